import type { RowsRequest, RowsUpdate, WorkloadRow } from '@berth/view'
import { beforeEach, describe, expect, it } from 'vitest'
import type { OpenRows } from '../../rows/engine.ts'
import { wholeEntry, type Entry, type RowChange } from '../../rows/entry.ts'
import type { RowId } from '../../rows/join.ts'
import { createView } from '../../rows/view.ts'
import { createWindowSender, type WindowSender } from './window-sender.ts'

const request: RowsRequest = { table: 'workloads', query: '', sort: [], from: 0, count: 3, facets: ['status'] }

let nowMs = 0
let timers: { at: number; callback: () => void }[] = []
const clock = {
  now: () => new Date(nowMs),
  after(ms: number, callback: () => void) {
    const timer = { at: nowMs + ms, callback }
    timers.push(timer)
    return () => {
      timers = timers.filter((each) => each !== timer)
    }
  },
}
function pass(ms: number): void {
  const end = nowMs + ms
  for (;;) {
    const [next] = timers.filter(({ at }) => at <= end).sort((left, right) => left.at - right.at)
    if (next === undefined) break
    timers = timers.filter((each) => each !== next)
    nowMs = next.at
    next.callback()
  }
  nowMs = end
}

function row(name: string, status = 'Stopped'): WorkloadRow {
  return {
    key: `here/VirtualMachine/shop/${name}`,
    cluster: 'here',
    kind: 'VirtualMachine',
    namespace: 'shop',
    name,
    uid: name,
    status,
    tone: 'stopped',
    addresses: [],
    created: 0,
    labels: {},
    networks: [],
    storageClasses: [],
    has: [],
    restartRequired: false,
    deleting: false,
    refused: {},
  }
}

let rows: Map<RowId, Entry>
let tell: (changes: RowChange[]) => void
let sent: RowsUpdate[]
let ready: boolean
let sender: WindowSender

beforeEach(() => {
  nowMs = 1_000_000
  timers = []
  rows = new Map()
  sent = []
  ready = true
  const view = createView(
    [
      {
        rows,
        onChange(listener) {
          tell = listener
          return () => {}
        },
        refresh() {},
        close() {},
      },
    ],
    { query: { terms: [] }, sort: [] },
    clock,
  )
  for (const name of ['a', 'b', 'c', 'd']) put(row(name))
  const open: OpenRows = { view, sources: () => [], ask() {}, close() {} }
  sender = createWindowSender({ rows: open, request, send: (update) => sent.push(update), ready: () => ready, clock })
  view.onChange(() => sender.poke())
  sender.send()
})

function put(next: WorkloadRow): void {
  const id: RowId = `machine ${next.name}`
  const before = rows.get(id)
  const after = wholeEntry(next)
  rows.set(id, after)
  tell([{ before, after }])
}

function remove(name: string): void {
  const before = rows.get(`machine ${name}`)
  rows.delete(`machine ${name}`)
  tell([{ before, after: undefined }])
}

const rowsOf = (update: RowsUpdate | undefined): string[] =>
  (update?.rows ?? []).map(({ name, status }) => `${name} ${status}`)

describe('what is sent of a window', () => {
  it('is all of it first', () => {
    expect(sent).toHaveLength(1)
    expect(sent[0]).toMatchObject({ kind: 'window', revision: 1, from: 0, lines: 4, total: 4 })
    expect(rowsOf(sent[0])).toEqual(['a Stopped', 'b Stopped', 'c Stopped'])
  })

  it('is then what differs, at most ten times a second, each row once as it is by then', () => {
    pass(500)
    for (const status of ['Starting', 'Running', 'Paused']) put(row('b', status))
    pass(0)
    expect(rowsOf(sent[1])).toEqual(['b Paused'])
    expect(sent[1]).not.toHaveProperty('window')
    for (let n = 0; n < 100; n += 1) {
      put(row('a', `state-${n}`))
      pass(10)
    }
    expect(sent.length).toBeLessThanOrEqual(2 + 11)
    pass(100)
    expect(rowsOf(sent.at(-1))).toEqual(['a state-99'])
    expect(sent.map(({ revision }) => revision)).toEqual(sent.map((_, at) => at + 1))
  })

  it('is nothing for rows that are not seen, but counts once a second', () => {
    pass(500)
    put(row('z', 'Running'))
    pass(400)
    expect(sent).toHaveLength(1)
    pass(700)
    expect(sent).toHaveLength(2)
    expect(sent[1]).toMatchObject({ kind: 'delta', rows: [], lines: 5, total: 5 })
    expect(sent[1]?.facets).toEqual([
      {
        column: 'status',
        more: 0,
        values: [
          { value: 'Stopped', count: 4 },
          { value: 'Running', count: 1 },
        ],
      },
    ])
  })

  it('has new lines with the rows that come into sight, and the counts that go with them', () => {
    pass(500)
    remove('a')
    pass(0)
    expect(sent[1]).toMatchObject({
      lines: 3,
      total: 3,
      window: ['b', 'c', 'd'].map((name) => `here/VirtualMachine/shop/${name}`),
    })
    expect(rowsOf(sent[1])).toEqual(['d Stopped'])
  })

  it('is the same row only once', () => {
    pass(500)
    put(row('a'))
    pass(1000)
    expect(sent).toHaveLength(1)
  })

  it('waits for a browser that does not keep up, and is the newest state then', () => {
    pass(500)
    ready = false
    for (let n = 0; n < 50; n += 1) {
      put(row('a', `state-${n}`))
      pass(100)
    }
    expect(sent).toHaveLength(1)
    ready = true
    pass(100)
    expect(sent).toHaveLength(2)
    expect(rowsOf(sent[1])).toEqual(['a state-49'])
  })

  it('is a whole window again when that could not be sent at first', () => {
    pass(500)
    ready = false
    sender.request = { ...request, from: 2 }
    sender.send()
    pass(300)
    ready = true
    pass(100)
    expect(sent).toHaveLength(2)
    expect(sent[1]).toMatchObject({ kind: 'window', from: 2 })
    expect(rowsOf(sent[1])).toEqual(['c Stopped', 'd Stopped'])
  })

  it('is nothing after the end', () => {
    put(row('a', 'Running'))
    sender.close()
    put(row('b', 'Running'))
    pass(5000)
    expect(sent).toHaveLength(1)
    expect(timers).toHaveLength(0)
  })
})
