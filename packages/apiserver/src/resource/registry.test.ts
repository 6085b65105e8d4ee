import { describe, expect, it } from 'vitest'
import { boats, piers } from '../server/testing/harbour.ts'
import type { ResourceDefinition } from './definition.ts'
import { ResourceRegistry } from './registry.ts'
import { compareVersions } from './version-order.ts'

const registryOf = (...definitions: ResourceDefinition[]): ResourceRegistry =>
  new ResourceRegistry({ definitions, schemas: {} })

describe('registry', () => {
  it('finds a resource by path in each of its versions, and by kind', () => {
    const registry = registryOf(boats, piers)
    expect(registry.find('harbour.example', 'v1', 'boats')).toBe(boats)
    expect(registry.find('harbour.example', 'v1beta1', 'boats')).toBe(boats)
    expect(registry.find('harbour.example', 'v2', 'boats')).toBeUndefined()
    expect(registry.find('', 'v1', 'toString')).toBeUndefined()
    expect(registry.byKind('', 'Pier')).toBe(piers)
    expect(registry.inGroupVersion('', 'v1')).toEqual([piers])
  })

  it('lists groups with the core group first and the preferred version first', () => {
    const registry = registryOf({ ...boats, versions: [{ name: 'v1beta1' }, { name: 'v2' }, { name: 'v1' }] }, piers)
    expect(registry.groups()).toEqual([
      { name: '', versions: ['v1'] },
      { name: 'harbour.example', versions: ['v2', 'v1', 'v1beta1'] },
    ])
  })

  it.each<[string, ResourceDefinition[]]>([
    ['two definitions of resource', [boats, { ...boats, kind: 'Ship' }]],
    ['two definitions of kind', [boats, { ...boats, resource: 'ships' }]],
    ['at least one version', [{ ...boats, versions: [] }]],
    ['is not a version', [{ ...boats, versions: [{ name: 'one' }] }]],
    ['a version is named twice', [{ ...boats, versions: [{ name: 'v1' }, { name: 'v1' }] }]],
    ['must be a lower-case word', [{ ...boats, resource: 'Boats/x' }]],
    ['must be a DNS name', [{ ...boats, group: 'harbour/example' }]],
  ])('refuses definitions when %s', (message, definitions) => {
    expect(() => registryOf(...definitions)).toThrow(message)
  })

  it('lets a parent of subresources stand for a kind that another group owns', () => {
    const parent: ResourceDefinition = { ...boats, resource: 'ships', verbs: [] }
    expect(registryOf(boats, parent).byKind('harbour.example', 'Boat')).toBe(boats)
  })
})

it('versions sort as Kubernetes sorts them', () => {
  const sorted = ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11alpha2', 'foo1', 'foo10']
  expect(sorted.toReversed().toSorted(compareVersions)).toEqual(sorted)
})
