import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { validate } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { kubevirtSchemas } from '../../generated/kubevirt.ts'
import type { Instancetype, Preference } from '../../types/instancetype.ts'
import { validateInstancetype, validatePreference } from '../validation.ts'
import { commonPreferences } from './guests.ts'
import { commonInstancetypes } from './series.ts'

const folder = join(import.meta.dirname, '../../../../../../shared/reference/kubevirt-data')

function published<T>(file: string): T[] {
  // Published data of a known shape.
  const list = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { items: T[] }
  return list.items
}

const byName = <T extends Instancetype | Preference>(items: T[]): T[] =>
  items.toSorted((a, b) => String(a.metadata.name).localeCompare(String(b.metadata.name)))

const types = commonInstancetypes()
const preferences = commonPreferences()

describe('the common instance types and preferences', () => {
  it('are 65 and 54, each name once', () => {
    expect(new Set(types.map(({ metadata }) => metadata.name)).size).toBe(65)
    expect(new Set(preferences.map(({ metadata }) => metadata.name)).size).toBe(54)
    expect([types.length, preferences.length]).toEqual([65, 54])
  })

  it('are what the API accepts', () => {
    for (const { kind, spec, ...object } of [...types, ...preferences]) {
      const schema = { ref: `io.kubevirt.v1beta1.${kind}` }
      // Through JSON, as the API carries it.
      expect(validate(JSON.parse(JSON.stringify({ kind, spec, ...object })), schema, kubevirtSchemas)).toEqual([])
    }
    expect(types.flatMap(({ spec }) => validateInstancetype(spec))).toEqual([])
    expect(preferences.flatMap(({ spec }) => validatePreference(spec))).toEqual([])
  })
})

describe.skipIf(!existsSync(folder))(
  'beside the published ones (skipped where ../shared/reference/kubevirt-data does not lie beside the repository)',
  () => {
    it('instance types have the same names and specs, and the labels clients look for', () => {
      const theirs = byName(published<Instancetype>('common-clusterinstancetypes-bundle.json'))
      const ours = byName(types)
      expect(ours.map(({ metadata }) => metadata.name)).toEqual(theirs.map(({ metadata }) => metadata.name))
      for (const [index, { metadata, spec }] of theirs.entries()) {
        expect(ours[index]?.spec, metadata.name).toEqual(spec)
        expect(ours[index]?.metadata.labels, metadata.name).toEqual(metadata.labels)
      }
    })

    it('preferences have the same names and specs, and the labels clients look for', () => {
      const theirs = byName(published<Preference>('common-clusterpreferences-bundle.json'))
      const ours = byName(preferences)
      expect(ours.map(({ metadata }) => metadata.name)).toEqual(theirs.map(({ metadata }) => metadata.name))
      for (const [index, { metadata, spec }] of theirs.entries()) {
        expect(ours[index]?.spec, metadata.name).toEqual(spec)
        expect(ours[index]?.metadata.labels, metadata.name).toEqual(metadata.labels)
        expect(ours[index]?.metadata.annotations?.['openshift.io/display-name']).toBe(
          metadata.annotations?.['openshift.io/display-name'],
        )
      }
    })
  },
)
