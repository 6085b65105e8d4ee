import { afterEach, describe, expect, it, vi } from 'vitest'
import { virtualMachines, type VirtualMachine } from '@berth/api'
import type { Line, Row, RowsRequest, RowsUpdate } from '@berth/view'
import { useChannelHost } from '../testing/channel-host.ts'
import { rowsChannel } from './rows-channel.ts'

const host = useChannelHost()

/** A browser: keeps the window as the protocol says. */
function browse(request: Partial<RowsRequest>): Browser {
  const asked: RowsRequest = { table: 'workloads', query: '', sort: [], from: 0, count: 50, ...request }
  const browser: Browser = { rows: new Map(), window: [], lines: 0, total: 0, updates: [], problems: [], ...noChannel }
  const channel = rowsChannel.open({
    context: host().context(),
    request: rowsChannel.parse(asked),
    send: (update) => take(browser, update),
    refuse: ({ message }) => browser.problems.push(message),
  })
  browser.ask = (next) => channel.change(rowsChannel.parse({ ...asked, ...next }))
  browser.resync = () => channel.resync()
  browser.close = () => channel.close()
  open.push(browser)
  return browser
}

interface Browser {
  rows: Map<string, Row>
  window: Line[]
  lines: number
  total: number
  updates: RowsUpdate[]
  problems: string[]
  ask: (next: Partial<RowsRequest>) => void
  resync: () => void
  close: () => void
}
const noChannel = { ask() {}, resync() {}, close() {} }
const open: Browser[] = []
afterEach(() => {
  for (const browser of open.splice(0)) browser.close()
})

function take(browser: Browser, update: RowsUpdate): void {
  const last = browser.updates.at(-1)
  if (update.kind === 'delta' && update.revision !== (last?.revision ?? 0) + 1)
    browser.problems.push('a revision is missing')
  browser.updates.push(update)
  if (update.kind === 'window') browser.rows.clear()
  for (const row of update.rows) browser.rows.set(row.key, row)
  if (update.window !== undefined) browser.window = update.window
  browser.lines = update.lines ?? browser.lines
  browser.total = update.total ?? browser.total
  for (const line of browser.window) {
    if (typeof line === 'string' && !browser.rows.has(line)) browser.problems.push(`no row for ${line}`)
  }
}

const names = ({ window, rows }: Browser): string[] =>
  window.map((line) => (typeof line === 'string' ? (rows.get(line)?.name ?? '?') : `[${line.group} ${line.count}]`))

function machine(
  name: string,
  change: Partial<VirtualMachine['spec']> = {},
  labels: Record<string, string> = {},
): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace: 'default', labels },
    spec: {
      runStrategy: 'Halted',
      template: { spec: { domain: { memory: { guest: '64Mi' }, devices: {} } } },
      ...change,
    },
  }
}

const patient = { timeout: 30_000, interval: 20 }

describe('channel rows', () => {
  it('shows machines live, sorted as people count, with what joins them', async () => {
    const browser = browse({ query: 'live-' })
    for (const name of ['live-10', 'live-9', 'live-2'])
      await host().engine.client.create(virtualMachines, machine(name))
    await vi.waitFor(() => expect(names(browser)).toEqual(['live-2', 'live-9', 'live-10']), patient)
    await vi.waitFor(() => expect(browser.total).toBe(3), patient)
    await host().engine.client.patch(
      virtualMachines,
      { namespace: 'default', name: 'live-9' },
      { type: 'merge', patch: { spec: { runStrategy: 'Always' } } },
    )
    const row = (): Row | undefined => browser.rows.get('here/VirtualMachine/default/live-9')
    await vi.waitFor(
      () => expect(row()).toMatchObject({ status: 'Running', tone: 'running', memory: 64 * 2 ** 20 }),
      patient,
    )
    expect(row()?.node).toBeDefined()
    expect(row()?.refused).toMatchObject({ start: 'VM is already running', unpause: 'VMI is not paused' })
    expect(row()?.refused).not.toHaveProperty('stop')
    await host().engine.client.delete(virtualMachines, { namespace: 'default', name: 'live-2' })
    await vi.waitFor(() => expect(names(browser)).toEqual(['live-9', 'live-10']), patient)
    await vi.waitFor(() => expect(browser).toMatchObject({ total: 2, lines: 2, problems: [] }), patient)
    const last = browser.updates.findLast(({ sources }) => sources !== undefined)
    expect(last?.sources).toContainEqual({ cluster: 'here', resource: 'virtualmachines', state: 'live' })
    expect(last?.sources?.find(({ resource }) => resource === 'deployments')?.state).toBe('absent')
  })

  it('answers a moved window at once, groups, folds groups, and counts facets', async () => {
    for (let n = 0; n < 6; n += 1) {
      await host().engine.client.create(virtualMachines, machine(`grp-${n}`, {}, { tier: n % 2 === 0 ? 'web' : 'db' }))
    }
    const browser = browse({ query: 'grp-', count: 2, facets: ['status', 'label:tier'] })
    await vi.waitFor(() => expect(browser.total).toBe(6), patient)
    browser.ask({ query: 'grp-', from: 3, count: 2 })
    expect(names(browser)).toEqual(['grp-3', 'grp-4'])
    browser.ask({ query: 'grp-', group: 'label:tier', count: 20, facets: ['label:tier', 'status'] })
    await vi.waitFor(
      () => expect(names(browser)).toEqual(['[db 3]', 'grp-1', 'grp-3', 'grp-5', '[web 3]', 'grp-0', 'grp-2', 'grp-4']),
      patient,
    )
    browser.ask({
      query: 'grp- label:tier=web',
      group: 'label:tier',
      collapsed: ['web'],
      count: 20,
      facets: ['label:tier'],
    })
    await vi.waitFor(() => expect(names(browser)).toEqual(['[web 3]']), patient)
    expect(browser).toMatchObject({ lines: 1, total: 3 })
    const { facets } = browser.updates.at(-1) ?? {}
    // Other values of a facet can still be chosen.
    expect(facets).toEqual([
      {
        column: 'label:tier',
        more: 0,
        values: [
          { value: 'db', count: 3 },
          { value: 'web', count: 3 },
        ],
      },
    ])
  })

  it.each<[string, Partial<RowsRequest>, RegExp]>([
    ['an unknown field', { query: 'statos:Running' }, /There is no field "statos"\. Did you mean "status"\?/],
    ['too large a window', { count: 501 }, /request\.count must be a whole number from 0 to 500/],
    ['a column that has no order', { sort: [{ column: 'has' }] }, /request\.sort\.column/],
    ['a group by many values', { group: 'network' }, /request\.group/],
    ['another table', { table: 'secrets' as 'workloads' }, /request\.table/],
  ])('refuses %s', (_, request, message) => {
    const asked = { table: 'workloads', query: '', sort: [], from: 0, count: 50, ...request }
    expect(() => rowsChannel.parse(asked)).toThrow(message)
  })
})
