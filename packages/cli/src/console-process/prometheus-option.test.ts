import { expect, it } from 'vitest'
import { prometheusOf } from './prometheus-option.ts'

it.each<[string[], string[], [string, string][]]>([
  [[], ['east'], []],
  [['http://p:9090/'], ['east'], [['east', 'http://p:9090']]],
  [['admin@east/x=https://p/prom'], ['admin@east/x', 'west'], [['admin@east/x', 'https://p/prom']]],
  [
    ['east=http://e', 'west=http://w'],
    ['east', 'west'],
    [
      ['east', 'http://e'],
      ['west', 'http://w'],
    ],
  ],
])('%j with contexts %j', (given, contexts, expected) => {
  expect([...prometheusOf(given, contexts)]).toEqual(expected)
})

it.each<[string[], string]>([
  [['ftp://p'], 'not the address'],
  [['http://'], 'not the address'],
  [['http://me:secret@p'], 'not the address'],
  [['http://p?x=1'], 'not the address'],
  [['http://p'], 'which of east, west'],
  [['north=http://p'], 'none of the contexts'],
  [['east=http://p', 'east=http://q'], 'given twice'],
])('%j is refused', (given, message) => {
  expect(() => prometheusOf(given, ['east', 'west'])).toThrow(message)
})
