import type { Json, JsonObject } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { pathsOf } from './field-set.ts'
import { printElement } from './path-element.ts'
import { applied, apply, nothing, ship, updated, writeBy, type State } from './testing.ts'
import { applyConfig } from './apply.ts'
import type { Kind } from './write.ts'

function specOf(state: State): Json | undefined {
  return state.object['spec']
}

/** Paths below spec, as messages print them. */
function owned(state: State, manager: string): string[] {
  return [...state.managers.values()]
    .filter((entry) => entry.manager === manager)
    .flatMap((entry) => pathsOf(entry.fields))
    .map((path) => path.map(printElement).join(''))
    .toSorted()
}

function conflictPaths(state: State, manager: string, content: JsonObject): string[] {
  const result = apply(state, manager, content)
  if (result.kind === 'applied') return []
  return result.conflicts.map(({ owner, path }) => `${owner.manager}: ${path.map(printElement).join('')}`)
}

describe('what an apply claims', () => {
  it.each<{ what: string; content: JsonObject; fields: string[] }>([
    { what: 'a field', content: { name: 'gull' }, fields: ['.spec.name'] },
    { what: 'an atomic list', content: { steps: ['a', 'b'] }, fields: ['.spec.steps'] },
    { what: 'an atomic object', content: { pair: { left: 'x' } }, fields: ['.spec.pair'] },
    { what: 'values of a set', content: { flags: ['red'] }, fields: ['.spec.flags[="red"]'] },
    { what: 'keys of a map', content: { notes: { a: '1' } }, fields: ['.spec.notes.a'] },
    { what: 'an empty map', content: { notes: {} }, fields: ['.spec.notes'] },
    { what: 'no empty list of items', content: { crew: [] }, fields: [] },
    {
      what: 'items with their keys',
      content: { crew: [{ name: 'ann', rank: 'mate' }] },
      fields: ['.spec.crew[name="ann"]', '.spec.crew[name="ann"].name', '.spec.crew[name="ann"].rank'],
    },
    {
      what: 'items by keys with a default',
      content: { ports: [{ port: 80 }] },
      fields: ['.spec.ports[port=80,protocol="TCP"]', '.spec.ports[port=80,protocol="TCP"].port'],
    },
    {
      what: 'free-form content key by key',
      content: { free: { a: { b: 1 }, c: [1, { d: 2 }] } },
      fields: ['.spec.free.a', '.spec.free.a.b', '.spec.free.c'],
    },
  ])('$what', ({ content, fields }) => {
    expect(owned(applied(nothing, 'm', content), 'm')).toEqual(fields)
  })
})

describe('what an apply no longer names', () => {
  it('goes when nobody else owns it', () => {
    const before = applied(nothing, 'm', {
      name: 'gull',
      notes: { a: '1', b: '2' },
      flags: ['red', 'blue'],
      crew: [{ name: 'ann', rank: 'mate' }, { name: 'bob' }],
    })
    const after = applied(before, 'm', { notes: { b: '2' }, flags: ['blue'], crew: [{ name: 'ann' }] })
    expect(specOf(after)).toEqual({ notes: { b: '2' }, flags: ['blue'], crew: [{ name: 'ann' }] })
  })

  it('stays when somebody else owns it', () => {
    const shared = applied(applied(nothing, 'm', { name: 'gull', steps: ['a'] }), 'n', { name: 'gull' })
    const after = applied(shared, 'm', {})
    expect(specOf(after)).toEqual({ name: 'gull' })
    expect(owned(after, 'n')).toEqual(['.spec.name'])
    expect(owned(after, 'm')).toEqual(['.spec'])
  })

  it('leaves the part of an item that others own', () => {
    const before = applied(nothing, 'm', { crew: [{ name: 'ann', rank: 'mate' }] })
    const shared = applied(before, 'n', { crew: [{ name: 'ann', notes: { n: '1' } }] })
    const after = applied(shared, 'm', { crew: [] })
    expect(specOf(after)).toEqual({ crew: [{ name: 'ann', notes: { n: '1' } }] })
  })

  it('leaves what an update added', () => {
    const before = applied(nothing, 'm', { notes: { a: '1' } })
    const shared = updated(before, 'editor', { notes: { a: '1', b: '2' } })
    expect(specOf(applied(shared, 'm', {}))).toEqual({ notes: { b: '2' } })
  })
})

describe('conflicts', () => {
  const live = applied(nothing, 'owner', {
    name: 'gull',
    pair: { left: 'x', right: 'y' },
    steps: ['a'],
    crew: [{ name: 'ann', rank: 'mate' }],
    flags: ['red'],
    size: '1024Mi',
  })

  it.each<{ what: string; content: JsonObject; paths: string[] }>([
    { what: 'another value', content: { name: 'tern' }, paths: ['owner: .spec.name'] },
    { what: 'the same value', content: { name: 'gull' }, paths: [] },
    { what: 'the same amount', content: { size: '1Gi' }, paths: [] },
    { what: 'part of an atomic object', content: { pair: { left: 'x' } }, paths: ['owner: .spec.pair'] },
    { what: 'another list', content: { steps: ['a', 'b'] }, paths: ['owner: .spec.steps'] },
    {
      what: 'a field of an item',
      content: { crew: [{ name: 'ann', rank: 'cook' }] },
      paths: ['owner: .spec.crew[name="ann"].rank'],
    },
    { what: 'another item', content: { crew: [{ name: 'bob' }] }, paths: [] },
    { what: 'another value of a set', content: { flags: ['blue'] }, paths: [] },
  ])('of $what', ({ content, paths }) => {
    expect(conflictPaths(live, 'other', content)).toEqual(paths)
  })

  it('end with force, which takes exactly what was in conflict', () => {
    const after = applied(live, 'other', { name: 'tern', steps: ['a'] }, true)
    expect(specOf(after)).toMatchObject({ name: 'tern', steps: ['a'] })
    expect(owned(after, 'owner')).not.toContain('.spec.name')
    expect(owned(after, 'owner')).toContain('.spec.steps')
    expect(owned(after, 'other')).toEqual(['.spec.name', '.spec.steps'])
  })
})

describe('updates', () => {
  it('take what they change from everybody', () => {
    const live = applied(nothing, 'm', { name: 'gull', notes: { a: '1' } })
    const after = updated(live, 'editor', { name: 'tern', notes: { a: '1', b: '2' } })
    expect(owned(after, 'm')).toEqual(['.spec.notes.a'])
    expect(owned(after, 'editor')).toEqual(['.spec.name', '.spec.notes.b'])
  })

  it('end the ownership of what they remove', () => {
    const live = applied(nothing, 'm', { name: 'gull', crew: [{ name: 'ann' }] })
    const after = updated(live, 'editor', { name: 'gull' })
    expect(owned(after, 'm')).toEqual(['.spec.name'])
    expect(owned(after, 'editor')).toEqual([])
  })

  it('that change nothing change no owner', () => {
    const live = applied(nothing, 'm', { name: 'gull', crew: [{ name: 'ann' }], free: { a: [1] } })
    const again = updated(live, 'editor', structuredClone(specOf(live)) as JsonObject)
    expect(again.managers).toBe(live.managers)
  })

  it('of more than ten managers become one entry for the oldest', () => {
    let state = updated({ ...nothing, object: {} }, 'm00', { notes: { k0: '1' } })
    for (let n = 1; n < 14; n += 1) {
      const notes = { ...((specOf(state) as JsonObject)['notes'] as JsonObject), [`k${n}`]: '1' }
      state = updated(state, `m${String(n).padStart(2, '0')}`, { notes })
    }
    const names = [...state.managers.values()].map((entry) => entry.manager)
    expect(names).toHaveLength(10)
    expect(names).toContain('ancient-changes')
    expect(owned(state, 'ancient-changes')).toEqual(
      expect.arrayContaining(['.spec.notes.k0', '.spec.notes.k1', '.spec.notes.k2']),
    )
  })
})

describe('a schema that changed', () => {
  it('makes the owner of a part of what is atomic now the owner of it all', () => {
    const { steps = {} } = ship.schema.properties?.['spec']?.properties ?? {}
    const properties = {
      ...ship.schema.properties?.['spec']?.properties,
      flags: steps,
      notes: { type: 'object', mapType: 'atomic' },
    } as const
    const kind: Kind = { ...ship, schema: { type: 'object', properties: { spec: { type: 'object', properties } } } }
    const live = applied(nothing, 'm', { flags: ['red'], notes: { a: '1' }, crew: [{ name: 'ann', rank: 'mate' }] })
    const config: JsonObject = { spec: { flags: ['blue'], notes: { b: '2' }, crew: [{ name: 'ann' }] } }
    const request = { live: live.object, config, managers: live.managers, kind, write: writeBy('n'), force: false }
    const result = applyConfig(request)
    expect(result.kind === 'conflicts' ? result.conflicts.map(({ path }) => path) : []).toEqual([
      ['f:spec', 'f:flags'],
      ['f:spec', 'f:notes'],
    ])
  })
})

describe('the order of merged lists', () => {
  it.each([
    { live: ['a', 'b'], config: ['b', 'a'], merged: ['b', 'a'] },
    { live: ['a', 'b', 'x'], config: ['b', 'a', 'c'], merged: ['b', 'x', 'a', 'c'] },
    { live: ['x', 'a', 'y'], config: ['n', 'a'], merged: ['x', 'n', 'a', 'y'] },
    { live: ['x', 'y'], config: ['n'], merged: ['x', 'y', 'n'] },
    { live: [], config: ['n', 'm'], merged: ['n', 'm'] },
  ])('$live with $config is $merged', ({ live, config, merged }) => {
    expect(specOf(applied(updated(nothing, 'u', { flags: live }), 'm', { flags: config }))).toEqual({ flags: merged })
  })
})
