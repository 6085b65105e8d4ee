import { expect, it } from 'vitest'
import { groupByWords, plainReason } from './plan-groups.ts'

const item = (name: string, words: string) => ({
  target: { cluster: 'here', group: 'kubevirt.io', version: 'v1', resource: 'virtualmachines', name },
  words,
})

it('puts objects under their words, the most frequent first', () => {
  const groups = groupByWords([item('a', 'VM is not running'), item('b', 'forbidden'), item('c', 'forbidden')])
  expect(groups.map(({ words, targets }) => [words, targets.map(({ name }) => name)])).toEqual([
    ['forbidden', ['b', 'c']],
    ['VM is not running', ['a']],
  ])
  expect(groupByWords([])).toEqual([])
})

it.each([
  ['admission webhook "validator.example.io" denied the request: no room', 'no room'],
  ['VM is not running', 'VM is not running'],
  ['the admission webhook "x" denied the request: y', 'the admission webhook "x" denied the request: y'],
])('says %s as %s', (text, expected) => {
  expect(plainReason(text)).toBe(expected)
})
