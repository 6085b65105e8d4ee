/** The public test vectors of JSON Patch (json-patch/json-patch-tests) and merge patch (RFC 7396, appendix A), as tables. */

import { applyJsonPatch, applyMergePatch, type Json, type JsonObject } from '@berth/meta'
import { describe, expect, it } from 'vitest'

/** Document, patch, result. */
const applied: [Json, Json, Json][] = [
  [{}, [], {}],
  [{ foo: 1 }, [], { foo: 1 }],
  [{ foo: 1, bar: 2 }, [], { bar: 2, foo: 1 }],
  [[{ foo: 1, bar: 2 }], [], [{ bar: 2, foo: 1 }]],
  [{ foo: { foo: 1, bar: 2 } }, [], { foo: { bar: 2, foo: 1 } }],
  [{ foo: null }, [{ op: 'add', path: '/foo', value: 1 }], { foo: 1 }],
  [[], [{ op: 'add', path: '/0', value: 'foo' }], ['foo']],
  [['foo'], [], ['foo']],
  [{}, [{ op: 'add', path: '/foo', value: '1' }], { foo: '1' }],
  [{}, [{ op: 'add', path: '/foo', value: 1 }], { foo: 1 }],
  [{}, [{ op: 'add', path: '', value: [] }], []],
  [[], [{ op: 'add', path: '', value: {} }], {}],
  [[], [{ op: 'add', path: '/-', value: 'hi' }], ['hi']],
  [{}, [{ op: 'add', path: '/', value: 1 }], { '': 1 }],
  [{ foo: {} }, [{ op: 'add', path: '/foo/', value: 1 }], { foo: { '': 1 } }],
  [{ foo: 1 }, [{ op: 'add', path: '/bar', value: [1, 2] }], { foo: 1, bar: [1, 2] }],
  [
    { foo: 1, baz: [{ qux: 'hello' }] },
    [{ op: 'add', path: '/baz/0/foo', value: 'world' }],
    { foo: 1, baz: [{ qux: 'hello', foo: 'world' }] },
  ],
  [{ foo: 1 }, [{ op: 'add', path: '/bar', value: true }], { foo: 1, bar: true }],
  [{ foo: 1 }, [{ op: 'add', path: '/bar', value: false }], { foo: 1, bar: false }],
  [{ foo: 1 }, [{ op: 'add', path: '/bar', value: null }], { foo: 1, bar: null }],
  [{ foo: 1 }, [{ op: 'add', path: '/0', value: 'bar' }], { foo: 1, '0': 'bar' }],
  [['foo'], [{ op: 'add', path: '/1', value: 'bar' }], ['foo', 'bar']],
  [['foo', 'sil'], [{ op: 'add', path: '/1', value: 'bar' }], ['foo', 'bar', 'sil']],
  [['foo', 'sil'], [{ op: 'add', path: '/0', value: 'bar' }], ['bar', 'foo', 'sil']],
  [['foo', 'sil'], [{ op: 'add', path: '/2', value: 'bar' }], ['foo', 'sil', 'bar']],
  [{ '1e0': 'foo' }, [{ op: 'test', path: '/1e0', value: 'foo' }], { '1e0': 'foo' }],
  [['foo', 'sil'], [{ op: 'add', path: '/1', value: ['bar', 'baz'] }], ['foo', ['bar', 'baz'], 'sil']],
  [{ foo: 1, bar: [1, 2, 3, 4] }, [{ op: 'remove', path: '/bar' }], { foo: 1 }],
  [{ foo: 1, baz: [{ qux: 'hello' }] }, [{ op: 'remove', path: '/baz/0/qux' }], { foo: 1, baz: [{}] }],
  [
    { foo: 1, baz: [{ qux: 'hello' }] },
    [{ op: 'replace', path: '/foo', value: [1, 2, 3, 4] }],
    { foo: [1, 2, 3, 4], baz: [{ qux: 'hello' }] },
  ],
  [
    { foo: [1, 2, 3, 4], baz: [{ qux: 'hello' }] },
    [{ op: 'replace', path: '/baz/0/qux', value: 'world' }],
    { foo: [1, 2, 3, 4], baz: [{ qux: 'world' }] },
  ],
  [['foo'], [{ op: 'replace', path: '/0', value: 'bar' }], ['bar']],
  [[''], [{ op: 'replace', path: '/0', value: 0 }], [0]],
  [[''], [{ op: 'replace', path: '/0', value: true }], [true]],
  [[''], [{ op: 'replace', path: '/0', value: false }], [false]],
  [[''], [{ op: 'replace', path: '/0', value: null }], [null]],
  [['foo', 'sil'], [{ op: 'replace', path: '/1', value: ['bar', 'baz'] }], ['foo', ['bar', 'baz']]],
  [{ foo: 'bar' }, [{ op: 'replace', path: '', value: { baz: 'qux' } }], { baz: 'qux' }],
  [{ foo: 1 }, [{ op: 'test', path: '/foo', value: 1, spurious: 1 }], { foo: 1 }],
  [{ foo: null }, [{ op: 'test', path: '/foo', value: null }], { foo: null }],
  [{ foo: null }, [{ op: 'replace', path: '/foo', value: 'truthy' }], { foo: 'truthy' }],
  [{ foo: null }, [{ op: 'move', from: '/foo', path: '/bar' }], { bar: null }],
  [{ foo: null }, [{ op: 'copy', from: '/foo', path: '/bar' }], { foo: null, bar: null }],
  [{ foo: null }, [{ op: 'remove', path: '/foo' }], {}],
  [{ foo: 'bar' }, [{ op: 'replace', path: '/foo', value: null }], { foo: null }],
  [{ foo: { foo: 1, bar: 2 } }, [{ op: 'test', path: '/foo', value: { bar: 2, foo: 1 } }], { foo: { foo: 1, bar: 2 } }],
  [
    { foo: [{ foo: 1, bar: 2 }] },
    [{ op: 'test', path: '/foo', value: [{ bar: 2, foo: 1 }] }],
    { foo: [{ foo: 1, bar: 2 }] },
  ],
  [
    { foo: { bar: [1, 2, 5, 4] } },
    [{ op: 'test', path: '/foo', value: { bar: [1, 2, 5, 4] } }],
    { foo: { bar: [1, 2, 5, 4] } },
  ],
  [{ '': 1 }, [{ op: 'test', path: '/', value: 1 }], { '': 1 }],
  [
    { foo: ['bar', 'baz'], '': 0, 'a/b': 1, 'c%d': 2, 'e^f': 3, 'g|h': 4, 'i\\j': 5, 'k"l': 6, ' ': 7, 'm~n': 8 },
    [
      { op: 'test', path: '/foo', value: ['bar', 'baz'] },
      { op: 'test', path: '/foo/0', value: 'bar' },
      { op: 'test', path: '/', value: 0 },
      { op: 'test', path: '/a~1b', value: 1 },
      { op: 'test', path: '/c%d', value: 2 },
      { op: 'test', path: '/e^f', value: 3 },
      { op: 'test', path: '/g|h', value: 4 },
      { op: 'test', path: '/i\\j', value: 5 },
      { op: 'test', path: '/k"l', value: 6 },
      { op: 'test', path: '/ ', value: 7 },
      { op: 'test', path: '/m~0n', value: 8 },
    ],
    { '': 0, ' ': 7, 'a/b': 1, 'c%d': 2, 'e^f': 3, foo: ['bar', 'baz'], 'g|h': 4, 'i\\j': 5, 'k"l': 6, 'm~n': 8 },
  ],
  [{ foo: 1 }, [{ op: 'move', from: '/foo', path: '/foo' }], { foo: 1 }],
  [
    { foo: 1, baz: [{ qux: 'hello' }] },
    [{ op: 'move', from: '/foo', path: '/bar' }],
    { baz: [{ qux: 'hello' }], bar: 1 },
  ],
  [
    { baz: [{ qux: 'hello' }], bar: 1 },
    [{ op: 'move', from: '/baz/0/qux', path: '/baz/1' }],
    { baz: [{}, 'hello'], bar: 1 },
  ],
  [
    { baz: [{ qux: 'hello' }], bar: 1 },
    [{ op: 'copy', from: '/baz/0', path: '/boo' }],
    { baz: [{ qux: 'hello' }], bar: 1, boo: { qux: 'hello' } },
  ],
  [{ foo: 'bar' }, [{ op: 'add', path: '', value: { baz: 'qux' } }], { baz: 'qux' }],
  [[1, 2], [{ op: 'add', path: '/-', value: { foo: ['bar', 'baz'] } }], [1, 2, { foo: ['bar', 'baz'] }]],
  [
    [1, 2, [3, [4, 5]]],
    [{ op: 'add', path: '/2/1/-', value: { foo: ['bar', 'baz'] } }],
    [1, 2, [3, [4, 5, { foo: ['bar', 'baz'] }]]],
  ],
  [[1, 2, 3, 4], [{ op: 'remove', path: '/0' }], [2, 3, 4]],
  [
    [1, 2, 3, 4],
    [
      { op: 'remove', path: '/1' },
      { op: 'remove', path: '/2' },
    ],
    [1, 3],
  ],
  [{ foo: 'bar' }, [{ op: 'add', path: '/FOO', value: 'BAR' }], { foo: 'bar', FOO: 'BAR' }],
  [
    { foo: { bar: { baz: [{ boo: 'net' }] } } },
    [
      { op: 'copy', from: '/foo', path: '/bak' },
      { op: 'replace', path: '/bak/bar/baz/0/boo', value: 'qux' },
    ],
    { foo: { bar: { baz: [{ boo: 'net' }] } }, bak: { bar: { baz: [{ boo: 'qux' }] } } },
  ],
  [
    { foo: { bar: { baz: [{ boo: 'net' }] } } },
    [
      { op: 'copy', from: '/foo', path: '/bak' },
      { op: 'replace', path: '/foo/bar/baz/0/boo', value: 'qux' },
    ],
    { foo: { bar: { baz: [{ boo: 'qux' }] } }, bak: { bar: { baz: [{ boo: 'net' }] } } },
  ],
  [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
  [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
  [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
  [{ foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
  [{ baz: 'qux', foo: 'bar' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo', foo: 'bar' }],
  [
    { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
    [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
    { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
  ],
  [
    { foo: ['all', 'grass', 'cows', 'eat'] },
    [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
    { foo: ['all', 'cows', 'eat', 'grass'] },
  ],
  [
    { baz: 'qux', foo: ['a', 2, 'c'] },
    [
      { op: 'test', path: '/baz', value: 'qux' },
      { op: 'test', path: '/foo/1', value: 2 },
    ],
    { baz: 'qux', foo: ['a', 2, 'c'] },
  ],
  [
    { foo: 'bar' },
    [{ op: 'add', path: '/child', value: { grandchild: {} } }],
    { foo: 'bar', child: { grandchild: {} } },
  ],
  [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux', xyz: 123 }], { foo: 'bar', baz: 'qux' }],
  [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
  [{ foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc', 'def'] }], { foo: ['bar', ['abc', 'def']] }],
]

/** Document, patch. */
const refused: [Json, Json][] = [
  [{ bar: [1, 2] }, [{ op: 'add', path: '/bar/8', value: '5' }]],
  [{ bar: [1, 2] }, [{ op: 'add', path: '/bar/-1', value: '5' }]],
  [['foo', 'sil'], [{ op: 'add', path: '/3', value: 'bar' }]],
  [['foo', 'bar'], [{ op: 'test', path: '/1e0', value: 'bar' }]],
  [['foo', 'sil'], [{ op: 'add', path: '/bar', value: 42 }]],
  [{ bar: 'baz' }, [{ op: 'replace', path: '/foo/bar', value: false }]],
  [{ foo: { bar: [1, 2, 5, 4] } }, [{ op: 'test', path: '/foo', value: [1, 2] }]],
  [{ foo: 1, baz: [{ qux: 'hello' }] }, [{ op: 'remove', path: '/baz/1e0/qux' }]],
  [[1, 2, 3, 4], [{ op: 'remove', path: '/1e0' }]],
  [[''], [{ op: 'replace', path: '/1e0', value: false }]],
  [{ baz: [1, 2, 3], bar: 1 }, [{ op: 'copy', from: '/baz/1e0', path: '/boo' }]],
  [{ foo: 1, baz: [1, 2, 3, 4] }, [{ op: 'move', from: '/baz/1e0', path: '/foo' }]],
  [['foo', 'sil'], [{ op: 'add', path: '/1e0', value: 'bar' }]],
  [{}, [{ op: 'add', value: 'bar' }]],
  [{}, [{ op: 'add', path: null, value: 'bar' }]],
  [{}, [{ op: 'add', path: 'foo', value: 'bar' }]],
  [[1], [{ op: 'add', path: '/-' }]],
  [[1], [{ op: 'replace', path: '/0' }]],
  [[null], [{ op: 'test', path: '/0' }]],
  [[false], [{ op: 'test', path: '/0' }]],
  [[1], [{ op: 'copy', path: '/-' }]],
  [{ foo: 1 }, [{ op: 'copy', from: '/bar', path: '/foo' }]],
  [{ foo: 1 }, [{ op: 'move', path: '' }]],
  [{ foo: 1 }, [{ op: 'move', from: '/bar', path: '/foo' }]],
  [{ foo: 1 }, [{ op: 'spam', path: '/foo', value: 1 }]],
  [['foo', 'bar'], [{ op: 'test', path: '/00', value: 'foo' }]],
  [['foo', 'bar'], [{ op: 'test', path: '/01', value: 'bar' }]],
  [{ foo: 'bar' }, [{ op: 'remove', path: '/baz' }]],
  [{ foo: 'bar' }, [{ op: 'remove', path: '/missing1/missing2' }]],
  [['foo', 'bar'], [{ op: 'remove', path: '/2' }]],
  [{ q: { bar: 2 } }, [{ op: 'add', path: '/a/b', value: 1 }]],
  [{ baz: 'qux' }, [{ op: 'test', path: '/baz', value: 'bar' }]],
  [{ foo: 'bar' }, [{ op: 'add', path: '/baz/bat', value: 'qux' }]],
  [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: '10' }]],
]

describe('JSON Patch', () => {
  it.each(applied)('%j with %j is %j', (document, patch, result) => {
    expect(applyJsonPatch(document, patch)).toEqual(result)
  })

  it.each(refused)('of %j by %j is refused', (document, patch) => {
    expect(() => applyJsonPatch(document, patch)).toThrow()
  })
})

/** Document, patch, result. The appendix has documents that are no objects too: no API object is one. */
const merged: [JsonObject, JsonObject, JsonObject][] = [
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
]

describe('merge patch', () => {
  it.each(merged)('%j with %j is %j', (document, patch, result) => {
    expect(applyMergePatch(document, patch)).toEqual(result)
  })
})
