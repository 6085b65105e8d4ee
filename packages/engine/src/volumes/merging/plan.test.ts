import { describe, expect, it } from 'vitest'
import { planMerge, type PairFacts } from './plan.ts'

const GiB = 1024 ** 3
const facts: PairFacts = { parentBytes: 10 * GiB, childBytes: 2 * GiB, keepsRaw: false, childIsHead: true, users: [] }

describe('two layers become one', () => {
  const cases: [string, Partial<PairFacts>, unknown][] = [
    ['the smaller one is copied', {}, { act: 'merge', kind: 'commit', live: false, costBytes: 2 * GiB }],
    [
      'the smaller one is copied, upward',
      { childBytes: 20 * GiB },
      { act: 'merge', kind: 'stream', live: false, costBytes: 10 * GiB },
    ],
    [
      'a raw volume stays raw',
      { childBytes: 20 * GiB, keepsRaw: true },
      { act: 'merge', kind: 'commit', live: false, costBytes: 20 * GiB },
    ],
    [
      'what cannot go down takes in',
      { childBytes: 3 * GiB, users: [{ hasBoth: true, canLower: false }] },
      { act: 'merge', kind: 'stream', live: true, costBytes: 10 * GiB },
    ],
    ['little is won for much work', { users: [{ hasBoth: true, canLower: false }] }, { act: 'wait' }],
    [
      'a small one is no work',
      { parentBytes: GiB / 2, childBytes: 1, users: [{ hasBoth: true, canLower: false }] },
      { act: 'merge', kind: 'stream', live: true, costBytes: GiB / 2 },
    ],
    [
      'a raw volume waits for its machine to stop when nothing can go down',
      { parentBytes: 1, keepsRaw: true, users: [{ hasBoth: true, canLower: false }] },
      { act: 'wait' },
    ],
    [
      'a guest goes on in the larger one below',
      { users: [{ hasBoth: true, canLower: true }] },
      { act: 'merge', kind: 'commit', live: true, costBytes: 2 * GiB },
    ],
    [
      'a guest goes on in what it writes to when that is the larger one',
      { childBytes: 20 * GiB, users: [{ hasBoth: true, canLower: true }] },
      { act: 'merge', kind: 'stream', live: true, costBytes: 10 * GiB },
    ],
    [
      'a raw volume is raw again under its machine',
      { childBytes: 20 * GiB, keepsRaw: true, users: [{ hasBoth: true, canLower: true }] },
      { act: 'merge', kind: 'commit', live: true, costBytes: 20 * GiB },
    ],
    [
      'between layers of a running machine',
      { childIsHead: false, users: [{ hasBoth: true, canLower: false }] },
      { act: 'merge', kind: 'commit', live: true, costBytes: 2 * GiB },
    ],
    [
      'two machines read it',
      {
        users: [
          { hasBoth: true, canLower: false },
          { hasBoth: true, canLower: false },
        ],
      },
      { act: 'wait' },
    ],
    ['a machine reads the lower one by itself', { users: [{ hasBoth: false, canLower: false }] }, { act: 'wait' }],
  ]
  it.each(cases)('%s', (_name, change, plan) => {
    expect(planMerge({ ...facts, ...change })).toEqual(plan)
  })
})
