import { describe, expect, it } from 'vitest'
import { boats, piers } from '../server/testing/harbour.ts'
import type { ApiObject } from './api-object.ts'
import { selectionOf } from './selection.ts'

const select = (query: string, definition = boats) => selectionOf(definition, new URLSearchParams(query))

const gull: ApiObject = {
  apiVersion: 'harbour.example/v1',
  kind: 'Boat',
  metadata: { name: 'gull', namespace: 'default', labels: { rig: 'sloop' } },
  status: { phase: 'Afloat' },
}

describe('selectors', () => {
  it.each([
    ['', true],
    ['fieldSelector=metadata.name%3Dgull', true],
    ['fieldSelector=metadata.name%3D%3Dgull', true],
    ['fieldSelector=metadata.name!%3Dgull', false],
    ['fieldSelector=metadata.namespace%3Ddefault,status.phase%3DAfloat', true],
    ['fieldSelector=metadata.namespace%3Dother', false],
    ['fieldSelector=status.phase!%3DAfloat', false],
    ['fieldSelector=,metadata.name!%3Db,', true],
    [String.raw`fieldSelector=metadata.name%3Da\,b`, false],
    ['labelSelector=rig%3Dsloop&fieldSelector=metadata.name%3Dgull', true],
    ['labelSelector=rig%20in%20(ketch,sloop)', true],
    ['labelSelector=!rig', false],
  ])('?%s selects: %s', (query, selected) => {
    expect(select(query).matches(gull)).toBe(selected)
  })

  /** Sentences of kube-apiserver. */
  it.each([
    ['fieldSelector=metadata.name', boats, "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ['fieldSelector=a%3Db%3Dc', boats, 'invalid field selector: unescaped character in value: 61'],
    [
      String.raw`fieldSelector=metadata.name%3Da\xb`,
      boats,
      String.raw`invalid field selector: invalid escape sequence: \x`,
    ],
    ['fieldSelector=spec.sails%3D1', boats, 'field label not supported: spec.sails'],
    ['fieldSelector=foo%3Db', piers, '"foo" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    [
      'fieldSelector=metadata.namespace%3Db',
      { ...boats, namespaced: false },
      'field label not supported: metadata.namespace',
    ],
    ['labelSelector=a%20b', boats, "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ])('?%s is refused', (query, definition, message) => {
    expect(() => select(query, definition)).toThrow(message)
  })

  it('lets kinds without scope be asked for their namespace where Kubernetes does', () => {
    expect(select('fieldSelector=metadata.namespace%3Db', piers).matches(gull)).toBe(false)
  })
})
