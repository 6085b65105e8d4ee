import { expect, it } from 'vitest'
import { groupByReason } from './refused-reasons.ts'

const refused = (name: string, why: string) => ({
  target: { cluster: 'here', group: 'kubevirt.io', version: 'v1', resource: 'virtualmachines', name },
  why,
})

it('puts refused objects under their reason, the most frequent first', () => {
  expect(
    groupByReason([refused('a', 'VM is not running'), refused('b', 'forbidden'), refused('c', 'forbidden')]),
  ).toEqual([
    { why: 'forbidden', names: ['b', 'c'] },
    { why: 'VM is not running', names: ['a'] },
  ])
  expect(groupByReason([])).toEqual([])
})
