import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepClone } from '../equal.ts'
import type { Json, JsonObject } from '../object.ts'
import type { Schema, SchemaSet } from '../schema.ts'
import { applyStrategicMergePatch } from './strategic-merge.ts'

const string: Schema = { type: 'string' }
const keyed = (ref: string, key: string): Schema => ({
  type: 'array',
  items: { ref },
  patchStrategy: 'merge',
  patchMergeKey: key,
})

/** The parts of the Pod schema the cases need, with its patch strategies. */
const set: SchemaSet = {
  Pod: { type: 'object', properties: { metadata: { type: 'object' }, spec: { ref: 'PodSpec' } } },
  PodSpec: {
    type: 'object',
    properties: {
      nodeName: string,
      nodeSelector: { type: 'object', additionalProperties: string },
      containers: keyed('Container', 'name'),
      tolerations: { type: 'array', items: { type: 'object' }, listType: 'atomic' },
      volumes: { ...keyed('Volume', 'name'), patchStrategy: 'merge,retainKeys' },
      strategy: {
        type: 'object',
        patchStrategy: 'retainKeys',
        properties: { type: string, rollingUpdate: { type: 'object' } },
      },
      affinity: { type: 'object', patchStrategy: 'replace' },
    },
  },
  Container: {
    type: 'object',
    properties: {
      name: string,
      image: string,
      args: { type: 'array', items: string },
      env: keyed('Env', 'name'),
      ports: keyed('Port', 'containerPort'),
      resources: { type: 'object', properties: { limits: { type: 'object', additionalProperties: string } } },
    },
  },
  Env: { type: 'object', properties: { name: string, value: string, valueFrom: { type: 'object' } } },
  Port: { type: 'object', properties: { containerPort: { type: 'integer' }, name: string } },
  Volume: { type: 'object', properties: { name: string, emptyDir: { type: 'object' }, hostPath: { type: 'object' } } },
}
const pod: Schema = { ref: 'Pod' }

function patched(target: JsonObject, patch: unknown): JsonObject {
  const before = deepClone(target)
  const result = applyStrategicMergePatch(target, patch, { schema: pod, set })
  expect(target).toEqual(before)
  return result
}

/** Cases below `spec`: what is there, the patch, the result. */
const cases: [string, JsonObject, JsonObject, JsonObject][] = [
  [
    'merges containers by name and keeps the others',
    {
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '1' },
      ],
    },
    { containers: [{ name: 'b', image: '2' }] },
    {
      containers: [
        { name: 'a', image: '1' },
        { name: 'b', image: '2' },
      ],
    },
  ],
  [
    'puts a new container first, as Kubernetes does',
    { containers: [{ name: 'a' }] },
    { containers: [{ name: 'b', image: null }] },
    { containers: [{ name: 'b' }, { name: 'a' }] },
  ],
  [
    'deletes a container by key',
    { containers: [{ name: 'a' }, { name: 'b' }] },
    { containers: [{ name: 'a', $patch: 'delete' }] },
    { containers: [{ name: 'b' }] },
  ],
  [
    'deletes and adds in one patch',
    { containers: [{ name: 'a' }] },
    { containers: [{ name: 'a', $patch: 'delete' }, { name: 'b' }] },
    { containers: [{ name: 'b' }] },
  ],
  [
    'replaces a merged list',
    { containers: [{ name: 'a' }, { name: 'b' }] },
    { containers: [{ $patch: 'replace' }, { name: 'c' }] },
    { containers: [{ name: 'c' }] },
  ],
  [
    'empties a list by replacing it with nothing',
    { containers: [{ name: 'a' }] },
    { containers: [{ $patch: 'replace' }] },
    { containers: [] },
  ],
  [
    'merges an item that says so',
    { containers: [{ name: 'a', image: '1' }] },
    { containers: [{ name: 'a', args: ['x'], $patch: 'merge' }] },
    { containers: [{ name: 'a', image: '1', args: ['x'] }] },
  ],
  [
    'merges environment variables, and null clears a field of one',
    {
      containers: [
        {
          name: 'a',
          env: [
            { name: 'X', value: '1' },
            { name: 'Y', value: '2' },
          ],
        },
      ],
    },
    {
      containers: [
        {
          name: 'a',
          env: [
            { name: 'Y', value: null, valueFrom: { x: 1 } },
            { name: 'Z', value: '3' },
          ],
        },
      ],
    },
    {
      containers: [
        {
          name: 'a',
          env: [
            { name: 'X', value: '1' },
            { name: 'Y', valueFrom: { x: 1 } },
            { name: 'Z', value: '3' },
          ],
        },
      ],
    },
  ],
  [
    'merges ports by a number',
    { containers: [{ name: 'a', ports: [{ containerPort: 80 }, { containerPort: 443 }] }] },
    {
      containers: [
        {
          name: 'a',
          ports: [
            { containerPort: 443, name: 'tls' },
            { containerPort: 80, $patch: 'delete' },
          ],
        },
      ],
    },
    { containers: [{ name: 'a', ports: [{ containerPort: 443, name: 'tls' }] }] },
  ],
  [
    'replaces lists without a merge strategy',
    { tolerations: [{ key: 'a' }, { key: 'b' }], containers: [{ name: 'a', args: ['1', '2'] }] },
    { tolerations: [{ key: 'c' }], containers: [{ name: 'a', args: ['3'] }] },
    { tolerations: [{ key: 'c' }], containers: [{ name: 'a', args: ['3'] }] },
  ],
  [
    'merges maps',
    { nodeSelector: { a: '1', b: '2' } },
    { nodeSelector: { b: null, c: '3' } },
    { nodeSelector: { a: '1', c: '3' } },
  ],
  [
    'replaces a map',
    { nodeSelector: { a: '1' } },
    { nodeSelector: { $patch: 'replace', b: '2' } },
    { nodeSelector: { b: '2' } },
  ],
  ['empties a map', { nodeSelector: { a: '1' } }, { nodeSelector: { $patch: 'delete' } }, { nodeSelector: {} }],
  ['ignores deleting a map that is not there', {}, { nodeSelector: { $patch: 'delete' } }, {}],
  [
    'replaces a map where there is none',
    {},
    { nodeSelector: { $patch: 'replace', a: '1' } },
    { nodeSelector: { a: '1' } },
  ],
  ['removes with null', { nodeName: 'n', containers: [] }, { nodeName: null, containers: null }, {}],
  ['replaces a field whose strategy says so', { affinity: { a: 1 } }, { affinity: { b: 2 } }, { affinity: { b: 2 } }],
  [
    'replaces a value of another type',
    { nodeSelector: 'x' },
    { nodeSelector: { a: '1', b: null } },
    { nodeSelector: { a: '1' } },
  ],
  [
    'keeps only the retained keys of a union',
    { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } },
    { strategy: { type: 'Recreate', $retainKeys: ['type'] } },
    { strategy: { type: 'Recreate' } },
  ],
  [
    'changes the source of a volume with retained keys',
    {
      volumes: [
        { name: 'v', emptyDir: {} },
        { name: 'w', emptyDir: {} },
      ],
    },
    { volumes: [{ name: 'v', hostPath: { path: '/x' }, $retainKeys: ['name', 'hostPath'] }] },
    {
      volumes: [
        { name: 'v', hostPath: { path: '/x' } },
        { name: 'w', emptyDir: {} },
      ],
    },
  ],
  [
    'orders by $setElementOrder, server items in between',
    { containers: [{ name: 'a' }, { name: 'server' }, { name: 'b' }] },
    { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'b', image: '2' }] },
    { containers: [{ name: 'server' }, { name: 'b', image: '2' }, { name: 'a' }] },
  ],
  [
    'orders a list the patch does not change',
    { containers: [{ name: 'a' }, { name: 'b' }] },
    { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }] },
    { containers: [{ name: 'b' }, { name: 'a' }] },
  ],
  [
    'orders a list that is new',
    {},
    { '$setElementOrder/containers': [{ name: 'b' }, { name: 'a' }], containers: [{ name: 'b' }, { name: 'a' }] },
    { containers: [{ name: 'b' }, { name: 'a' }] },
  ],
  [
    'deletes beside $setElementOrder',
    { containers: [{ name: 'a' }, { name: 'b' }] },
    { '$setElementOrder/containers': [{ name: 'b' }], containers: [{ name: 'a', $patch: 'delete' }] },
    { containers: [{ name: 'b' }] },
  ],
  [
    'drops directives from a branch that is new',
    {},
    {
      containers: [
        { name: 'a', '$setElementOrder/env': [{ name: 'X' }], env: [{ name: 'X' }], $retainKeys: ['name', 'env'] },
      ],
    },
    { containers: [{ name: 'a', env: [{ name: 'X' }] }] },
  ],
  [
    'merges fields the schema does not know',
    { other: { a: [1], b: 1 } },
    { other: { a: [2] } },
    { other: { a: [2], b: 1 } },
  ],
]

describe('spec', () => {
  it.each(cases)('%s', (_, before, patch, after) => {
    expect(patched({ spec: before }, { spec: patch })).toEqual({ spec: after })
  })
})

describe('metadata', () => {
  const meta = (finalizers: string[]): JsonObject => ({ metadata: { name: 'p', finalizers } })

  it('merges finalizers as a set', () => {
    expect(patched(meta(['a', 'b']), { metadata: { finalizers: ['b', 'c'] } })).toEqual(meta(['a', 'b', 'c']))
  })

  it('deletes finalizers with the parallel list, and orders the rest', () => {
    const patch = {
      metadata: {
        '$deleteFromPrimitiveList/finalizers': ['a'],
        '$setElementOrder/finalizers': ['c', 'b'],
        finalizers: ['c'],
      },
    }
    expect(patched(meta(['a', 'b']), patch)).toEqual(meta(['c', 'b']))
    expect(patched({ metadata: {} }, { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } })).toEqual({
      metadata: {},
    })
  })

  it('merges owners by uid', () => {
    const owners = (...list: JsonObject[]): JsonObject => ({ metadata: { ownerReferences: list } })
    const patch = owners({ uid: '2', controller: true }, { uid: '1', $patch: 'delete' })
    expect(patched(owners({ uid: '1' }, { uid: '2', name: 'x' }), patch)).toEqual(
      owners({ uid: '2', name: 'x', controller: true }),
    )
  })
})

describe('whole object', () => {
  it('is replaced or emptied by a directive', () => {
    expect(patched({ a: 1 }, { $patch: 'replace', b: 2 })).toEqual({ b: 2 })
    expect(patched({ a: 1 }, { $patch: 'delete' })).toEqual({})
  })
})

describe('refusals', () => {
  const containers = { spec: { containers: [{ name: 'a' }] } }
  it.each<[string, JsonObject, unknown, string]>([
    ['a list', {}, [], 'a strategic merge patch must be a JSON object, not a list'],
    ['__proto__', {}, JSON.parse('{"spec":{"__proto__":{"x":1}}}'), '"__proto__"'],
    ['an unknown $patch', containers, { spec: { $patch: 'drop' } }, 'has "$patch": "drop"'],
    [
      'an unknown $patch of an item',
      containers,
      { spec: { containers: [{ name: 'a', $patch: 'x' }] } },
      'has "$patch": "x"',
    ],
    [
      'an item without its key',
      containers,
      { spec: { containers: [{ image: 'x' }] } },
      'does not contain declared merge key: name',
    ],
    [
      'an item that is no object',
      containers,
      { spec: { containers: ['a'] } },
      'holds a string where an object is expected',
    ],
    [
      'retained keys that miss one',
      { spec: { strategy: {} } },
      { spec: { strategy: { type: 'x', $retainKeys: ['y'] } } },
      'sets "type"',
    ],
    ['retained keys of another type', containers, { spec: { $retainKeys: 'x' } }, 'must be a list'],
    [
      'an order that misses an item',
      containers,
      { spec: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'b' }] } },
      'is not in the order of its "$setElementOrder/containers", at {"name":"b"}',
    ],
    [
      'an order that contradicts the patch',
      containers,
      {
        spec: {
          '$setElementOrder/containers': [{ name: 'a' }, { name: 'b' }],
          containers: [{ name: 'b' }, { name: 'a' }],
        },
      },
      'is not in the order',
    ],
    ['an order that is no list', containers, { spec: { '$setElementOrder/containers': 1 } }, 'must be a list'],
    [
      'objects among finalizers',
      { metadata: { finalizers: ['a'] } },
      { metadata: { finalizers: [{}] } },
      'without a merge key',
    ],
  ])('%s', (_, target, patch, words) => {
    expect(() => patched(target, patch)).toThrow(words)
  })
})

describe('properties', () => {
  const container = fc.record(
    { name: fc.constantFrom('a', 'b', 'c', 'd'), image: fc.constantFrom('1', '2') },
    { requiredKeys: ['name'] },
  )
  const list = fc.uniqueArray(container, { selector: (each) => each.name })
  const object = (containers: Json): JsonObject => ({ spec: { containers } })

  it('applied twice is applied once, and no name occurs twice', () => {
    fc.assert(
      fc.property(list, list, (before, patch) => {
        const once = patched(object(before), object(patch))
        expect(patched(once, object(patch))).toEqual(once)
        const names = (once['spec'] as { containers: { name: string }[] }).containers.map(({ name }) => name)
        expect(new Set(names).size).toBe(names.length)
      }),
    )
  })

  it('with a full order puts the list into that order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(['a', 'b', 'c', 'd'], { minLength: 4 }), (names) => {
        const order = names.map((name) => ({ name }))
        const before = ['a', 'b', 'c', 'd'].map((name) => ({ name }))
        const result = patched(object(before), { spec: { '$setElementOrder/containers': order } })
        expect(result).toEqual(object(order))
      }),
    )
  })
})

it('takes many items out of a long list soon', () => {
  const finalizers = Array.from({ length: 60_000 }, (_, index) => `example.com/${index}`)
  const started = performance.now()
  const patch = { '$deleteFromPrimitiveList/finalizers': finalizers.slice(1) }
  expect(applyStrategicMergePatch({ finalizers }, patch, { schema: {}, set: {} })).toEqual({
    finalizers: finalizers.slice(0, 1),
  })
  // Half a minute when each item is looked for in the whole list.
  expect(performance.now() - started).toBeLessThan(20_000)
})
