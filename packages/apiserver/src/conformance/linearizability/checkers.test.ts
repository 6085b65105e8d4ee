import { describe, expect, it } from 'vitest'
import type { Action, History, Listing, Operation, Outcome, SeenEvent, Watched } from './history.ts'
import { checkLog } from './log.ts'
import { checkRegisters } from './registers.ts'

const ok = (revision: number, text: string): Outcome => ({ is: 'ok', version: { revision, text } })
const create = (text: string): Action => ({ do: 'create', text })
const swap = (expected: number, text: string): Action => ({ do: 'swap', expect: expected, text })
const patch = (text: string): Action => ({ do: 'patch', text })
const get: Action = { do: 'get' }
const remove: Action = { do: 'delete' }
const done: Outcome = { is: 'ok' }
const unknown: Outcome = { is: 'unknown' }
const absent: Outcome = { is: 'absent' }
const conflict: Outcome = { is: 'conflict' }

type Row = [started: number, ended: number, action: Action, outcome: Outcome, key?: string]

const operations = (rows: Row[]): Operation[] =>
  rows.map(([started, ended, action, outcome, key = 'k'], client) => ({ client, key, action, outcome, started, ended }))

describe('registers', () => {
  it.each<[string, Row[]]>([
    ['nothing at all', []],
    [
      'one after the other',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 3, swap(1, 'b'), ok(2, 'b')],
        [4, 5, get, ok(2, 'b')],
        [6, 7, remove, done],
        [8, 9, get, absent],
      ],
    ],
    [
      'a read beside a write that sees the state after it',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 9, patch('b'), ok(2, 'b')],
        [3, 4, get, ok(1, 'a')],
        [5, 6, get, ok(2, 'b')],
      ],
    ],
    [
      'two that swap at once, one of which loses',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 5, swap(1, 'b'), ok(2, 'b')],
        [2, 5, swap(1, 'c'), conflict],
      ],
    ],
    [
      'an unanswered write that happened, and is read',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 5, patch('b'), unknown],
        [6, 7, get, ok(2, 'b')],
        [8, 9, swap(2, 'c'), ok(3, 'c')],
      ],
    ],
    [
      'an unanswered write that never happened',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 5, remove, unknown],
        [6, 7, get, ok(1, 'a')],
      ],
    ],
    [
      'an unanswered write that nobody saw before the next one',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 5, patch('b'), unknown],
        [6, 7, swap(1, 'c'), conflict],
        [8, 9, remove, done],
      ],
    ],
  ])('finds an order for %s', (_, rows) => {
    expect(checkRegisters(operations(rows))).toEqual([])
  })

  it.each<[string, Row[], RegExp]>([
    [
      'a read of an old state after a newer one was acknowledged',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 3, patch('b'), ok(2, 'b')],
        [4, 5, get, ok(1, 'a')],
      ],
      /no order explains client 2/,
    ],
    [
      'a lost write',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 3, get, absent],
      ],
      /no order explains client 1/,
    ],
    [
      'two that swap the same revision and both win',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 5, swap(1, 'b'), ok(2, 'b')],
        [2, 5, swap(1, 'c'), ok(3, 'c')],
      ],
      /no order explains/,
    ],
    [
      'a conflict with nobody',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 3, swap(1, 'b'), conflict],
      ],
      /no order explains client 1/,
    ],
    [
      'an object that comes back from the dead',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 3, remove, done],
        [4, 5, get, ok(1, 'a')],
      ],
      /no order explains client 2/,
    ],
    [
      'an unanswered write that is seen, and then not',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 5, patch('b'), unknown],
        [6, 7, get, ok(2, 'b')],
        [8, 9, get, ok(1, 'a')],
      ],
      /no order explains client 3/,
    ],
    [
      'an unanswered write that happens after the process that had it died',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 3, patch('b'), unknown],
        [4, 5, get, ok(1, 'a')],
        [6, 7, get, ok(2, 'b')],
      ],
      /no order explains client 3/,
    ],
    [
      'a read of what nobody wrote',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 3, get, ok(9, 'z')],
      ],
      /no order explains client 1/,
    ],
    [
      'two creates that both succeed',
      [
        [0, 3, create('a'), ok(1, 'a')],
        [0, 3, create('b'), ok(2, 'b')],
      ],
      /no order explains/,
    ],
    [
      'one state under two revisions',
      [
        [0, 1, create('a'), ok(1, 'a')],
        [2, 3, get, ok(2, 'a')],
      ],
      /two revisions/,
    ],
  ])('finds none for %s', (_, rows, problem) => {
    expect(checkRegisters(operations(rows)).join('\n')).toMatch(problem)
  })

  it('keeps keys apart', () => {
    const rows: Row[] = [
      [0, 1, create('a'), ok(1, 'a'), 'one'],
      [2, 3, get, absent, 'two'],
    ]
    expect(checkRegisters(operations(rows))).toEqual([])
  })
})

const event = (type: SeenEvent['type'], key: string, revision: number, text: string): SeenEvent => ({
  type,
  key,
  version: { revision, text },
})

const log = [
  event('ADDED', 'x', 1, 'red 1'),
  event('ADDED', 'y', 2, 'blue 2'),
  event('MODIFIED', 'x', 3, 'blue 3'),
  event('DELETED', 'y', 4, 'blue 2'),
  event('MODIFIED', 'x', 5, 'red 5'),
]

const nothing: History = { operations: [], listings: [], watched: [] }
const watcher = (events: SeenEvent[], more: Partial<Watched> = {}): History => ({
  ...nothing,
  watched: [{ name: 'w', from: 0, until: 5, events, ...more }],
})
const listing = (revision: number, items: Record<string, [number, string]>, times: Partial<Listing> = {}): Listing => ({
  started: 10,
  ended: 11,
  revision,
  items: new Map(Object.entries(items).map(([key, [at, text]]) => [key, { revision: at, text }])),
  ...times,
})
const reds = { selects: (text: string) => text.startsWith('red') }

describe('log', () => {
  it.each<[string, History]>([
    ['a watcher of everything', watcher(log)],
    ['a watcher from the middle that has not seen the end', watcher(log.slice(2, 4), { from: 2, until: 4 })],
    [
      'a watcher of a selection that objects leave and enter',
      watcher([log[0], event('DELETED', 'x', 3, 'red 1'), event('ADDED', 'x', 5, 'red 5')].filter(isThere), reds),
    ],
    ['lists of different moments', { ...nothing, listings: [listing(3, { x: [3, 'blue 3'], y: [2, 'blue 2'] })] }],
    [
      'writes that were acknowledged',
      { ...nothing, operations: operations([[0, 1, create('red 1'), ok(1, 'red 1'), 'x']]) },
    ],
  ])('agrees with %s', (_, history) => {
    expect(checkLog(log, history)).toEqual([])
  })

  it.each<[string, History, RegExp]>([
    ['a gap', watcher(log.filter(({ version }) => version.revision !== 3)), /should have seen MODIFIED x blue 3/],
    ['an event missing at the end', watcher(log.slice(0, 4)), /not of MODIFIED x red 5/],
    ['the wrong order', watcher([log[1], log[0], ...log.slice(2)].filter(isThere)), /as event 0/],
    ['an event twice', watcher([log[0], ...log].filter(isThere)), /as event 1/],
    [
      'an event of a write that was never kept',
      watcher([...log, event('MODIFIED', 'x', 6, 'ghost')], { until: 6 }),
      /should have seen nothing/,
    ],
    ['an event of an object that does not match', watcher(log, reds), /as event 1/],
    [
      'a list of two moments',
      { ...nothing, listings: [listing(3, { x: [1, 'red 1'], y: [2, 'blue 2'] })] },
      /revision 3 is/,
    ],
    [
      'a stale list',
      {
        ...nothing,
        operations: operations([[0, 1, patch('red 5'), ok(5, 'red 5'), 'x']]),
        listings: [listing(3, { x: [3, 'blue 3'], y: [2, 'blue 2'] })],
      },
      /asked for after/,
    ],
    [
      'a list of the future',
      {
        ...nothing,
        operations: operations([[20, 21, patch('blue 3'), ok(3, 'blue 3'), 'x']]),
        listings: [listing(3, { x: [3, 'blue 3'], y: [2, 'blue 2'] })],
      },
      /answered before/,
    ],
    [
      'an acknowledged write that is gone',
      { ...nothing, operations: operations([[0, 1, patch('lost'), ok(7, 'lost'), 'x']]) },
      /was acknowledged, and the log knows nothing/,
    ],
  ])('tells of %s', (_, history, problem) => {
    expect(checkLog(log, history).join('\n')).toMatch(problem)
  })

  it.each<[string, SeenEvent[], RegExp]>([
    ['goes back', [event('ADDED', 'x', 2, 'a'), event('ADDED', 'y', 1, 'b')], /from revision 2 to 1/],
    ['changes what is not there', [event('MODIFIED', 'x', 1, 'a')], /does not follow/],
    ['adds what is there', [event('ADDED', 'x', 1, 'a'), event('ADDED', 'x', 2, 'b')], /does not follow/],
  ])('finds a log wrong that %s', (_, wrong, problem) => {
    expect(checkLog(wrong, nothing).join('\n')).toMatch(problem)
  })
})

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined
}
