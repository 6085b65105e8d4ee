import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { deepClone } from '../equal.ts'
import type { Json } from '../object.ts'
import { StatusError } from '../status.ts'
import { applyJsonPatch, diffJson } from './json-patch.ts'

/** The cases RFC 6902 shows in its appendix, and their neighbours: document, patch, result. */
const applied: [string, Json, Json, Json][] = [
  ['adds a member', { a: 1 }, [{ op: 'add', path: '/b', value: 2 }], { a: 1, b: 2 }],
  ['adds over a member', { a: 1 }, [{ op: 'add', path: '/a', value: 2 }], { a: 2 }],
  ['adds a list item', { a: [1, 3] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2, 3] }],
  ['adds at the end by index', { a: [1] }, [{ op: 'add', path: '/a/1', value: 2 }], { a: [1, 2] }],
  ['appends', { a: [1] }, [{ op: 'add', path: '/a/-', value: [2] }], { a: [1, [2]] }],
  ['removes a member', { a: 1, b: 2 }, [{ op: 'remove', path: '/a' }], { b: 2 }],
  ['removes a list item', { a: [1, 2, 3] }, [{ op: 'remove', path: '/a/1' }], { a: [1, 3] }],
  ['replaces', { a: 1 }, [{ op: 'replace', path: '/a', value: null }], { a: null }],
  ['replaces the whole', { a: 1 }, [{ op: 'replace', path: '', value: { b: 1 } }], { b: 1 }],
  ['moves a member', { a: { x: 1 }, b: {} }, [{ op: 'move', from: '/a/x', path: '/b/y' }], { a: {}, b: { y: 1 } }],
  ['moves a list item', { a: [1, 2, 3] }, [{ op: 'move', from: '/a/0', path: '/a/2' }], { a: [2, 3, 1] }],
  ['moves to where it is', { a: 1 }, [{ op: 'move', from: '/a', path: '/a' }], { a: 1 }],
  [
    'copies',
    { a: { x: 1 } },
    [
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'add', path: '/b/x', value: 2 },
    ],
    { a: { x: 1 }, b: { x: 2 } },
  ],
  ['tests a number', { a: 1 }, [{ op: 'test', path: '/a', value: 1 }], { a: 1 }],
  [
    'tests an object in any order',
    { a: { x: 1, y: [2] } },
    [{ op: 'test', path: '/a', value: { y: [2], x: 1 } }],
    { a: { x: 1, y: [2] } },
  ],
  ['tests null', { a: null }, [{ op: 'test', path: '/a', value: null }], { a: null }],
  ['tests an absent member as null', { a: {} }, [{ op: 'test', path: '/a/b', value: null }], { a: {} }],
  [
    'unescapes ~1 and ~0',
    { 'a/b': 1, '~1': 2 },
    [
      { op: 'remove', path: '/a~1b' },
      { op: 'test', path: '/~01', value: 2 },
    ],
    { '~1': 2 },
  ],
  ['treats numbers as names in objects', { a: {} }, [{ op: 'add', path: '/a/0', value: 1 }], { a: { 0: 1 } }],
  ['uses the empty name', { '': 1 }, [{ op: 'remove', path: '/' }], {}],
  ['ignores other members', { a: 1 }, [{ op: 'remove', path: '/a', note: 'x' }], {}],
  ['sets a member named constructor as data', {}, [{ op: 'add', path: '/constructor', value: 1 }], { constructor: 1 }],
  ['does nothing', { a: 1 }, [], { a: 1 }],
]

/** Document, patch, reason, words of the message. */
const refused: [string, Json, unknown, string, string][] = [
  ['no list', {}, { op: 'remove' }, 'BadRequest', 'a JSON patch must be a list of operations, not an object'],
  ['no operation', {}, [1], 'BadRequest', 'operation 1 of the JSON patch must be an object'],
  ['no op', {}, [{ path: '/a' }], 'BadRequest', 'has no "op"'],
  ['an unknown op', {}, [{ op: 'merge', path: '/a' }], 'BadRequest', 'the unknown "op" "merge"'],
  ['no path', {}, [{ op: 'remove' }], 'BadRequest', 'needs a "path"'],
  ['no value', {}, [{ op: 'add', path: '/a' }], 'BadRequest', '(add /a) needs a "value"'],
  ['no from', {}, [{ op: 'copy', path: '/a' }], 'BadRequest', 'needs a "from"'],
  ['a relative path', {}, [{ op: 'add', path: 'a', value: 1 }], 'BadRequest', 'must start with "/"'],
  ['a bad escape', {}, [{ op: 'add', path: '/~2', value: 1 }], 'BadRequest', 'write ~0 for "~"'],
  ['__proto__ in a path', {}, [{ op: 'add', path: '/__proto__/x', value: 1 }], 'BadRequest', '__proto__'],
  [
    '__proto__ in a value',
    {},
    [{ op: 'add', path: '/a', value: JSON.parse('{"__proto__":1}') as Json }],
    'BadRequest',
    '__proto__',
  ],
  [
    'a path through constructor',
    {},
    [{ op: 'add', path: '/constructor/prototype/x', value: 1 }],
    'Invalid',
    'has nothing at "/constructor"',
  ],
  ['a missing parent', {}, [{ op: 'add', path: '/a/b', value: 1 }], 'Invalid', 'the object has nothing at "/a"'],
  ['a parent that is a scalar', { a: 1 }, [{ op: 'add', path: '/a/b', value: 1 }], 'Invalid', 'nothing at "/a/b"'],
  ['removing what is missing', {}, [{ op: 'remove', path: '/a' }], 'Invalid', 'nothing at "/a"'],
  ['replacing what is missing', {}, [{ op: 'replace', path: '/a', value: 1 }], 'Invalid', 'nothing at "/a"'],
  ['removing everything', {}, [{ op: 'remove', path: '' }], 'Invalid', 'whole object cannot be removed'],
  [
    'an index too far',
    { a: [1] },
    [{ op: 'add', path: '/a/2', value: 1 }],
    'Invalid',
    'beyond the end of the list (length 1)',
  ],
  ['an index with a zero', { a: [1] }, [{ op: 'remove', path: '/a/00' }], 'Invalid', 'not the index of a list'],
  ['a negative index', { a: [1] }, [{ op: 'remove', path: '/a/-1' }], 'Invalid', 'not the index of a list'],
  ['removing the end', { a: [1] }, [{ op: 'remove', path: '/a/-' }], 'Invalid', 'not the index of a list'],
  [
    'a failed test',
    { a: true },
    [{ op: 'test', path: '/a', value: false }],
    'Invalid',
    'operation 1 of the JSON patch (test /a): the test failed',
  ],
  ['a test of null on false', { a: false }, [{ op: 'test', path: '/a', value: null }], 'Invalid', 'the test failed'],
  ['a test of text on a number', { a: 1 }, [{ op: 'test', path: '/a', value: '1' }], 'Invalid', 'the test failed'],
  ['a test below nothing', {}, [{ op: 'test', path: '/a/b', value: null }], 'Invalid', 'nothing at "/a"'],
  ['moving into itself', { a: {} }, [{ op: 'move', from: '/a', path: '/a/b' }], 'Invalid', 'moved into itself'],
  [
    'too many operations',
    {},
    Array.from({ length: 10_001 }, () => ({})),
    'RequestEntityTooLarge',
    'maximum operations in a JSON patch is 10000, got 10001',
  ],
  [
    'copies without end',
    { a: ['x'.repeat(100)] },
    Array.from({ length: 40 }, () => ({ op: 'copy', from: '/a', path: '/a/-' })),
    'Invalid',
    'copies more than',
  ],
  [
    'nesting without end',
    { a: {} },
    Array.from({ length: 600 }, () => [
      { op: 'move', from: '/a', path: '/b' },
      { op: 'add', path: '/a', value: {} },
      { op: 'move', from: '/b', path: '/a/b' },
    ]).flat(),
    'BadRequest',
    'nests deeper than 512 levels',
  ],
]

describe('applyJsonPatch', () => {
  it.each(applied)('%s', (_, document, patch, expected) => {
    const before = deepClone(document)
    expect(applyJsonPatch(document, patch)).toEqual(expected)
    expect(document).toEqual(before)
  })

  it.each(refused)('refuses %s', (_, document, patch, reason, words) => {
    const before = deepClone(document)
    let thrown: unknown
    try {
      applyJsonPatch(document, patch)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toBeInstanceOf(StatusError)
    expect(thrown).toMatchObject({ code: reason, message: expect.stringContaining(words) as unknown })
    expect(document).toEqual(before)
    expect(Object.hasOwn(Object.prototype, 'x')).toBe(false)
  })

  it('leaves no trace of a patch whose last operation fails', () => {
    const document = { a: [1], b: { c: 1 } }
    const patch = [
      { op: 'remove', path: '/b/c' },
      { op: 'add', path: '/a/-', value: 2 },
      { op: 'test', path: '/a/0', value: 9 },
    ]
    expect(() => applyJsonPatch(document, patch)).toThrow('operation 3')
    expect(document).toEqual({ a: [1], b: { c: 1 } })
  })

  it.each(['add', 'remove', 'move'])('bounds what %s shifts in a giant list', (op) => {
    const document = { list: Array.from({ length: 1_000_000 }, () => 0) }
    const operation = { op, path: '/list/1', from: '/list/0', value: 1 }
    const patch = Array.from({ length: 10_000 }, () => operation)
    expect(() => applyJsonPatch(document, patch)).toThrow('shifts more than 200000000 items of lists')
  })

  it('does not share values with the patch', () => {
    const value = { x: 1 }
    const result = applyJsonPatch({}, [
      { op: 'add', path: '/a', value },
      { op: 'add', path: '/a/x', value: 2 },
    ])
    expect(result).toEqual({ a: { x: 2 } })
    expect(value).toEqual({ x: 1 })
  })
})

describe('diffJson', () => {
  it('gives a patch that leads to the other document', () => {
    const object = fc
      .dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>)
      // Plain JSON, as a request brings it: no -0, no null prototypes.
      .map((value) => JSON.parse(JSON.stringify(value)) as Record<string, Json>)
      .filter((value) => !JSON.stringify(value).includes('__proto__'))
    fc.assert(
      fc.property(object, object, (before, after) => {
        expect(applyJsonPatch(before, diffJson(before, after))).toEqual(after)
      }),
    )
  })
})
