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
    ['is not a version', [{ ...boats, versions: [{ name: 'One' }] }]],
    ['a version is named twice', [{ ...boats, versions: [{ name: 'v1' }, { name: 'v1' }] }]],
    ['must be a lower-case word', [{ ...boats, resource: 'Boats/x' }]],
    ['must be a DNS name', [{ ...boats, group: 'harbour/example' }]],
  ])('refuses definitions when %s', (message, definitions) => {
    expect(() => registryOf(...definitions)).toThrow(message)
  })

  it('serves what is added, replaced and removed while it runs, and tells of it', () => {
    const registry = registryOf(piers)
    const seen: string[] = []
    const stop = registry.onChange(({ type, definition }) => seen.push(`${type} ${definition.resource}`))
    registry.add(boats)
    expect(registry.find('harbour.example', 'v1', 'boats')).toBe(boats)
    const first = registry.ended('harbour.example', 'boats')
    expect(first.aborted).toBe(false)
    const renamed = { ...boats, shortNames: ['bt'] }
    registry.replace(renamed)
    expect(first.aborted).toBe(true)
    expect(registry.find('harbour.example', 'v1', 'boats')).toBe(renamed)
    expect(registry.all()).toEqual([piers, renamed])
    expect(registry.remove('harbour.example', 'boats')).toBe(true)
    expect(registry.remove('harbour.example', 'boats')).toBe(false)
    expect(registry.find('harbour.example', 'v1', 'boats')).toBeUndefined()
    expect(registry.groups().map(({ name }) => name)).toEqual([''])
    expect(registry.ended('harbour.example', 'boats').aborted).toBe(true)
    expect(Object.hasOwn(registry.schemas, boats.schemaName)).toBe(false)
    stop()
    registry.add(boats)
    expect(seen).toEqual(['added boats', 'replaced boats', 'removed boats'])
    expect(registry.revision).toBe(4)
  })

  it('changes nothing when a change is refused', () => {
    const registry = registryOf(boats)
    expect(() => registry.add({ ...boats, resource: 'ships' })).toThrow('two definitions of kind')
    expect(() => registry.replace(piers)).toThrow('no resource')
    expect(registry.all()).toEqual([boats])
    expect(registry.revision).toBe(0)
  })

  it('shows a resource as each version declares it, and no version that is not served', () => {
    const schema = { type: 'object' } as const
    const registry = registryOf({
      ...boats,
      versions: [
        { name: 'v2', served: false },
        { name: 'v1' },
        { name: 'v1beta1', schema, schemaName: 'Old', status: false },
      ],
    })
    const old = registry.find('harbour.example', 'v1beta1', 'boats')
    expect(old).toMatchObject({ schema, schemaName: 'Old', status: false, kind: 'Boat' })
    expect(registry.find('harbour.example', 'v1beta1', 'boats')).toBe(old)
    expect(registry.find('harbour.example', 'v2', 'boats')).toBeUndefined()
    expect(registry.group('harbour.example')?.versions).toEqual(['v1', 'v1beta1'])
    expect(registry.inGroupVersion('harbour.example', 'v1beta1')).toEqual([old])
    expect(registry.schemas['Old']).toBe(schema)
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
