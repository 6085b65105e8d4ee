import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  columnOf,
  compileQuery,
  facetValues,
  parseQuery,
  type BareRow,
  type Line,
  type Query,
  type WorkloadRow,
} from '@berth/view'
import { wholeEntry, type Entry, type RowChange } from './entry.ts'
import type { RowId } from './join.ts'
import { createOrder } from './order.ts'
import type { Table } from './table.ts'
import { createView, type ViewRequest } from './view.ts'

const nowMs = Date.parse('2026-01-01T00:00:00Z')
const clock = { now: () => new Date(nowMs), after: () => () => {} }

function row(name: string, of: Partial<WorkloadRow> = {}): WorkloadRow {
  return {
    key: `here/VirtualMachine/shop/${name}`,
    cluster: 'here',
    kind: 'VirtualMachine',
    namespace: 'shop',
    name,
    uid: name,
    status: 'Stopped',
    tone: 'stopped',
    addresses: [],
    created: nowMs,
    labels: {},
    networks: [],
    storageClasses: [],
    has: [],
    restartRequired: false,
    deleting: false,
    refused: {},
    ...of,
  }
}

/** A table that tests change by hand. */
function tableOf(): Table & { change: (rows: (WorkloadRow | string)[]) => void } {
  const rows = new Map<RowId, Entry>()
  const listeners = new Set<(changes: readonly RowChange[]) => void>()
  return {
    rows,
    onChange(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    refresh() {},
    close() {},
    change(given) {
      const changes = given.map((each): RowChange => {
        const id: RowId = `machine ${typeof each === 'string' ? each : each.name}`
        const before = rows.get(id)
        if (typeof each === 'string') {
          rows.delete(id)
          return { before, after: undefined }
        }
        const after = wholeEntry(each)
        rows.set(id, after)
        return { before, after }
      })
      for (const listener of listeners) listener(changes)
    },
  }
}

/** What a list should be, worked out from nothing. */
function naive(rows: readonly BareRow[], request: ViewRequest, collapsed: ReadonlySet<string>): Line[] {
  const matcher = compileQuery(request.query)
  const order = createOrder(request)
  const items = rows
    .filter((each) => matcher.matches(each, nowMs))
    .map((each) => order.item({ row: each, full: () => ({ ...each, refused: {} }) }))
    .sort((left, right) => order.compare(left, right))
  if (request.group === undefined) return items.map(({ entry }) => entry.row.key)
  const lines: Line[] = []
  const heads = new Map<string, { group: string; count: number; collapsed: boolean }>()
  for (const { entry, group } of items) {
    const head = heads.get(group) ?? { group, count: 0, collapsed: collapsed.has(group) }
    if (!heads.has(group)) lines.push(head)
    heads.set(group, head)
    head.count += 1
    if (!head.collapsed) lines.push(entry.row.key)
  }
  return lines
}

function queryOf(text: string): Query {
  const parsed = parseQuery(text)
  if (!parsed.ok) throw new Error(`${text}: ${JSON.stringify(parsed.problems)}`)
  return parsed.query
}

const names = fc.integer({ min: 0, max: 40 }).map((n) => `web-${n}`)
const changed = fc.record({
  name: names,
  status: fc.constantFrom('Running', 'Stopped', 'Paused'),
  node: fc.constantFrom(undefined, 'n1', 'n2', 'N1', 'n10'),
  memory: fc.constantFrom(undefined, 1024, 2048),
  team: fc.constantFrom(undefined, 'a', 'b', '01', '1'),
})
const changes = fc.array(
  fc.array(
    fc.oneof(
      {
        weight: 4,
        arbitrary: changed.map(({ name, status, node, memory, team }) => {
          const labels: Record<string, string> = team === undefined ? {} : { team }
          return row(name, {
            status,
            labels,
            ...(node === undefined ? {} : { node }),
            ...(memory === undefined ? {} : { memory }),
          })
        }),
      },
      { weight: 1, arbitrary: names },
    ),
    { maxLength: 90 },
  ),
  { maxLength: 12 },
)
const requests = fc.record({
  query: fc.constantFrom(
    '',
    'status:Running',
    '-node:n1',
    'memory>=2KiB',
    'web-1',
    'label:team=a,team=b',
    'age<1h status:Running,Paused',
  ),
  sort: fc.constantFrom(
    [],
    [{ column: 'node' }],
    [{ column: 'memory', descending: true }, { column: 'status' }],
    [{ column: 'name', descending: true }],
  ),
  group: fc.constantFrom(undefined, 'status', 'node', 'label:team'),
  collapsed: fc.constantFrom([], ['Running'], ['n1', '']),
  from: fc.integer({ min: 0, max: 30 }),
  count: fc.integer({ min: 0, max: 20 }),
})

describe('view', () => {
  it('is after any changes what filtering and sorting everything would make it', () => {
    fc.assert(
      fc.property(changes, requests, (batches, { query, sort, group, collapsed, from, count }) => {
        const tables = [tableOf()]
        const request = { query: queryOf(query), sort, ...(group === undefined ? {} : { group }) }
        const folded = new Set(collapsed)
        const view = createView(tables, request, clock)
        for (const batch of batches) {
          // Within a batch the table tells of a row once.
          const once = new Map(batch.map((each) => [typeof each === 'string' ? each : each.name, each]))
          tables[0]?.change([...once.values()])
          const rows = [...(tables[0]?.rows.values() ?? [])].map((entry) => entry.row)
          const whole = naive(rows, request, folded)
          const { window } = view.window({ from, count, collapsed: folded })
          expect(window).toEqual(whole.slice(from, from + count))
          expect(view.lines(folded)).toBe(whole.length)
          const column = columnOf('status')
          const counts = new Map<string, number>()
          const matcher = compileQuery(queryOf(query.replace(/status:\S+/, '')))
          for (const each of rows.filter((one) => matcher.matches(one, nowMs))) {
            for (const value of column === undefined ? [] : facetValues(column, each))
              counts.set(value, (counts.get(value) ?? 0) + 1)
          }
          expect(new Map(view.facet('status').values.map((each) => [each.value, each.count]))).toEqual(counts)
        }
        view.close()
      }),
      { numRuns: 300 },
    )
  })
})
