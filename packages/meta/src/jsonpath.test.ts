import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { MetaError } from './errors.ts'
import { jsonPathValues, parseJsonPath } from './jsonpath.ts'

const object = {
  kind: 'Pod',
  metadata: { name: 'web', labels: { 'a.b/c': 'slash', plain: 'x' } },
  spec: { replicas: 3, containers: [{ name: 'a', port: 80 }, { name: 'b', port: 443 }, { name: 'c' }] },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Paused', status: 'False' },
    ],
  },
}

describe('jsonPathValues', () => {
  it.each([
    ['.metadata.name', ['web']],
    ['metadata.name', ['web']],
    ['{.metadata.name}', ['web']],
    ['{ .metadata.name }', ['web']],
    ['$.metadata.name', ['web']],
    ['{$.spec.replicas}', [3]],
    ["['metadata']['name']", ['web']],
    [".metadata.labels['a.b/c']", ['slash']],
    ['.metadata.labels["a.b/c"]', ['slash']],
    [String.raw`.metadata.labels.a\.b/c`, ['slash']],
    [".metadata.labels['plain','a.b/c']", ['x', 'slash']],
    ['.metadata.labels.*', ['slash', 'x']],
    ['.spec.containers[0].name', ['a']],
    ['.spec.containers.[1].name', ['b']],
    ['.spec.containers[-1].name', ['c']],
    ['.spec.containers[0,2].name', ['a', 'c']],
    ['.spec.containers[1:].name', ['b', 'c']],
    ['.spec.containers[:2].name', ['a', 'b']],
    ['.spec.containers[::2].name', ['a', 'c']],
    ['.spec.containers[*].name', ['a', 'b', 'c']],
    ['.spec.containers[9].name', []],
    ['.spec.containers.name', []],
    ['.metadata[0]', []],
    ['.status.conditions[?(@.type=="Ready")].status', ['True']],
    [".status.conditions[?(@.type=='Ready')].status", ['True']],
    ['.status.conditions[?( @.type != "Ready" )].status', ['False']],
    ['.spec.containers[?(@.port)].name', ['a', 'b']],
    ['.spec.containers[?(@.port>100)].name', ['b']],
    ['.spec.containers[?(@.port<=80)].name', ['a']],
    ['.spec.containers[?(@.port > "a")].name', []],
    ['..name', ['web', 'a', 'b', 'c']],
    ['.spec..port', [80, 443]],
    ['.constructor', []],
    ['.metadata.__proto__', []],
    ['.metadata.name.length', []],
  ])('%s', (path, expected) => {
    expect(jsonPathValues(parseJsonPath(path), object)).toEqual(expected)
  })

  it.each(['', '.', '{.}', '$', '@'])('%j is the whole object', (path) => {
    expect(jsonPathValues(parseJsonPath(path), object)).toEqual([object])
  })

  it('selects nothing from null', () => {
    expect(jsonPathValues(parseJsonPath('.a[0]..b[?(@.c==1)]'), null)).toEqual([])
  })

  it('bounds what a hostile path can select', () => {
    const wide = Array.from({ length: 200 }, () => Array.from({ length: 200 }, () => 1))
    expect(jsonPathValues(parseJsonPath('..*'), wide)).toHaveLength(10_000)
    const long = Array.from({ length: 300_000 }, () => 1)
    expect(jsonPathValues(parseJsonPath('[*]'), long)).toHaveLength(10_000)
  })

  it.each([
    '.a[',
    '.a]',
    '.a[x]',
    '.a..',
    '.a[?(@.b==)]',
    '.a[?(@.b=="c"]',
    ".a['b",
    '.a b',
    '.a[::0]',
    ".a[0,'b']",
    `.${'a'.repeat(5000)}`,
  ])('refuses %j', (path) => {
    expect(() => parseJsonPath(path)).toThrow(MetaError)
  })

  it('throws only typed errors', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('.[]()?@*:,\'"\\ab01=<>!{}$ ')) }), (text) => {
        try {
          jsonPathValues(parseJsonPath(text), object)
        } catch (error) {
          expect(error).toBeInstanceOf(MetaError)
        }
      }),
    )
  })
})
