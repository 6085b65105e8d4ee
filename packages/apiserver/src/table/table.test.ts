import { describe, expect, it } from 'vitest'
import type { JsonObject, KubeObject } from '@berth/meta'
import type { PrinterColumn } from '../resource/definition.ts'
import { ageCell, cellOf } from './cells.ts'
import { partialObjectList, renderTable } from './table.ts'

const now = new Date('2026-01-01T01:00:00Z')

const boat: KubeObject & JsonObject = {
  apiVersion: 'harbour.example/v1',
  kind: 'Boat',
  metadata: { name: 'ada', namespace: 'north', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { sails: 3, draught: 1.5, covered: true, colours: ['red', 'blue'] },
}

const columns: PrinterColumn[] = [
  { name: 'Sails', type: 'integer', value: '.spec.sails' },
  { name: 'Colours', type: 'string', value: '.spec.colours', priority: 1 },
  { name: 'Age', type: 'date', value: '.metadata.creationTimestamp' },
]

describe('ageCell', () => {
  it.each([
    ['2026-01-01T00:00:00Z', '60m'],
    ['2026-01-01T01:00:01Z', '0s'],
    ['2026-01-01T01:00:09Z', '<invalid>'],
    ['soon', '<invalid>'],
    [undefined, '<unknown>'],
    [null, '<unknown>'],
  ])('%s reads %s', (timestamp, text) => {
    expect(ageCell(timestamp, now)).toBe(text)
  })
})

describe('cellOf', () => {
  it.each([
    ['integer', '.spec.sails', 3],
    ['integer', '.spec.draught', 1],
    ['integer', '.spec.colours', null],
    ['number', '.spec.draught', 1.5],
    ['boolean', '.spec.covered', true],
    ['boolean', '.spec.sails', null],
    ['string', '.spec.sails', '3'],
    ['string', '.spec.colours', '["red","blue"]'],
    ['string', '.spec.missing', null],
    ['date', '.metadata.creationTimestamp', '60m'],
    ['date', '.spec.missing', null],
  ] as const)('a %s column of %s is %j', (type, value, cell) => {
    expect(cellOf({ name: 'X', type, value }, boat, now)).toBe(cell)
  })
})

describe('renderTable', () => {
  it('puts Name first and carries metadata only', () => {
    const table = renderTable({ definition: { columns }, objects: [boat], now, listMeta: { resourceVersion: '7' } })
    expect(table).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1', metadata: { resourceVersion: '7' } })
    expect(table.columnDefinitions?.map(({ name, priority }) => [name, priority])).toEqual([
      ['Name', 0],
      ['Sails', 0],
      ['Colours', 1],
      ['Age', 0],
    ])
    expect(table.rows).toEqual([
      {
        cells: ['ada', 3, '["red","blue"]', '60m'],
        object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: boat.metadata },
      },
    ])
  })

  it('shows name and age of kinds without columns', () => {
    const table = renderTable({ definition: {}, objects: [boat], now, includeObject: 'None' })
    expect(table.rows).toEqual([{ cells: ['ada', '60m'] }])
  })

  it('keeps a name column the kind brings itself', () => {
    const own: PrinterColumn = { name: 'Name', type: 'string', format: 'name', value: () => 'ada (flagship)' }
    expect(renderTable({ definition: { columns: [own] }, objects: [boat], now }).rows[0]?.cells).toEqual([
      'ada (flagship)',
    ])
  })

  it('leaves the columns out after the first event of a watch, and carries whole objects when asked', () => {
    const table = renderTable({
      definition: { columns },
      objects: [boat],
      now,
      columnDefinitions: false,
      includeObject: 'Object',
    })
    expect(table.columnDefinitions).toBeNull()
    expect(table.rows[0]?.object).toBe(boat)
  })
})

it('lists metadata only', () => {
  expect(partialObjectList([boat], { resourceVersion: '7' }, 'v1beta1')).toEqual({
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1beta1',
    metadata: { resourceVersion: '7' },
    items: [{ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1beta1', metadata: boat.metadata }],
  })
})
