import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultColumns, moveColumn, parseColumns, resizeColumn, toggleColumn, writeColumns } from './chosen-columns.ts'
import { columnTable } from './column-ids.ts'

const ids = (columns: readonly { id: string }[] | undefined) => columns?.map(({ id }) => id).join(' ')

describe('chosen columns', () => {
  it.each([
    ['nothing', undefined, undefined],
    ['an empty text', '', undefined],
    ['something that is no text', { a: 1 }, undefined],
    ['unknown names only', 'price,colour', undefined],
    ['names', 'status,name', 'name status'],
    ['no name', 'status,memory', 'name status memory'],
    ['one twice', 'name,status,status', 'name status'],
  ])('are read from %s', (_what, text, expected) => {
    expect(ids(parseColumns(text))).toBe(expected)
  })

  it('have widths within limits', () => {
    expect(parseColumns('name:99999,status:1,memory:x,cpus:100')).toEqual([
      { id: 'name', width: 640 },
      { id: 'status', width: 48 },
      { id: 'memory', width: 88 },
      { id: 'cpus', width: 100 },
    ])
    expect(resizeColumn(defaultColumns, 'name', 301.4)[0]).toEqual({ id: 'name', width: 301 })
  })

  it('move, and the name stays first', () => {
    const columns = parseColumns('name,status,node,os') ?? []
    expect(ids(moveColumn(columns, 'os', 1))).toBe('name os status node')
    expect(ids(moveColumn(columns, 'os', 0))).toBe('name os status node')
    expect(ids(moveColumn(columns, 'status', 9))).toBe('name node os status')
    expect(ids(moveColumn(columns, 'name', 2))).toBe('name status node os')
    expect(ids(moveColumn(columns, 'memory', 2))).toBe('name status node os')
  })

  it('come and go, but for the name', () => {
    const columns = parseColumns('name,status') ?? []
    expect(ids(toggleColumn(columns, 'node'))).toBe('name status node')
    expect(ids(toggleColumn(columns, 'status'))).toBe('name')
    expect(ids(toggleColumn(columns, 'name'))).toBe('name status')
  })

  it('are read as they were written', () => {
    const column = fc.record({
      id: fc.constantFrom(...columnTable.slice(1).map(({ id }) => id)),
      width: fc.integer({ min: 48, max: 640 }),
    })
    const some = fc.uniqueArray(column, { selector: ({ id }) => id })
    fc.assert(
      fc.property(some, (rest) => {
        const columns = [{ id: 'name' as const, width: 200 }, ...rest]
        expect(parseColumns(writeColumns(columns))).toEqual(columns)
      }),
    )
  })
})
