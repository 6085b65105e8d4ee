import { setTimeout as delay } from 'node:timers/promises'
import type { Row, RowsUpdate } from '@berth/view'
import { startConsoleProcess } from '../console/console-process.ts'
import { openLiveList, type LiveList } from '../console/live-list.ts'
import type { BenchContext } from '../context.ts'
import { engineWithHaltedMachines, freshEngine, type PopulatedEngine } from '../engine/fixtures.ts'
import { against, type BenchLine, type Measurement } from '../line.ts'
import { expectCode, httpsClient, type ServerAccess } from '../load/https.ts'
import { machinesPath } from '../load/objects.ts'
import { openWatch, watchAgent } from '../load/watching.ts'
import { median, percentile, spread } from '../statistics.ts'

const namespaced = '/apis/kubevirt.io/v1/namespaces/default/virtualmachines'
const changesPerSecond = 200

function engineWithFiftyThousand(context: BenchContext): Promise<PopulatedEngine> {
  return context.shared('fifty-thousand', async () => {
    const machines = context.quick ? 2000 : 50_000
    const running = await freshEngine(context, 'simulated')
    context.log(`creating ${machines} machines`)
    await running.engine.call('create', { kind: 'haltedMachines', prefix: 'many', count: machines, clients: 64 })
    await running.engine.call('settle', { kind: 'halted', machines })
    return { value: { ...running, machines }, dispose: () => running.engine.close() }
  })
}

export const consoleFirstRows: BenchLine = {
  name: 'console-first-rows',
  what: '10,000 VMs: a list asked of a console that knows nothing yet, until its first rows',
  budget: { of: 'value', bound: 'at most', amount: 1500 },
  run: async (context) => firstRows(context, await engineWithHaltedMachines(context)),
}

export const consoleFirstRowsMany: BenchLine = {
  name: 'console-first-rows-50k',
  what: '50,000 VMs: the same',
  budget: { of: 'value', bound: 'at most', amount: 7500 },
  run: async (context) => firstRows(context, await engineWithFiftyThousand(context)),
}

async function firstRows(context: BenchContext, { engine, access, machines }: PopulatedEngine): Promise<Measurement> {
  const rounds = context.quick ? 2 : 3
  const values: number[] = []
  const whole: number[] = []
  const memory: number[] = []
  const cpu: number[] = []
  for (let round = 0; round < rounds; round += 1) {
    const console_ = await startConsoleProcess(context, engine.kubeconfig)
    const before = await console_.usage()
    const list = await openLiveList(console_)
    const counted = list.until(({ total }) => total !== undefined && total >= machines)
    const settled = list.until(({ sources }) => sources?.every(({ state }) => state !== 'loading') === true)
    const askedAt = performance.now()
    list.ask({ query: 'kind:VirtualMachine', facets: ['status', 'node'] })
    values.push((await counted) - askedAt)
    whole.push((await settled) - askedAt)
    // What the joins changed is on its way.
    await delay(1500)
    const after = await console_.usage()
    memory.push(after.residentBytes / 1024 / 1024)
    cpu.push(after.cpuMs - before.cpuMs)
    list.close()
    await console_.close()
  }
  const bare: number[] = []
  const client = httpsClient(access, 1)
  for (let round = 0; round < rounds; round += 1) bare.push(await timed(() => everyObject(client)))
  client.close()
  return against(
    { what: 'the list of whole objects over TLS, parsed', value: median(bare) },
    {
      value: median(values),
      unit: 'ms',
      note: `${machines} VMs, cold; joined with all else after ${median(whole).toFixed(0)} ms; then ${median(memory).toFixed(0)} MiB resident; ${median(cpu).toFixed(0)} ms of processor; ${spread(values)}`,
    },
  )
}

async function everyObject(client: ReturnType<typeof httpsClient>): Promise<void> {
  JSON.parse(expectCode(await client.send('GET', machinesPath), 200, 'the list').body.toString('utf8'))
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await work()
  return performance.now() - started
}

export const consoleChange: BenchLine = {
  name: 'console-change',
  what: '10,000 VMs, 200 changes a second: a change of a visible row until it is in the browser, p99',
  budget: { of: 'value', bound: 'at most', amount: 150 },
  async run(context) {
    const { engine, access, machines } = await engineWithHaltedMachines(context)
    const seconds = context.quick ? 3 : 20
    const console_ = await startConsoleProcess(context, engine.kubeconfig)
    const list = await openLiveList(console_)
    const ready = list.until(({ sources }) => sources?.every(({ state }) => state !== 'loading') === true)
    list.ask({ query: 'kind:VirtualMachine', facets: ['status', 'node'] })
    await ready
    await delay(1500)
    const visible = await visibleNames(list)
    const bare = await watchTimes(access)
    const before = await console_.usage()
    const sentAt = new Map<string, number>()
    const values: number[] = []
    list.onUpdate = (update, at) => {
      for (const row of update.rows) {
        const sent = sentAt.get(markOf(row))
        if (sent === undefined) continue
        sentAt.delete(markOf(row))
        values.push(at - sent)
      }
    }
    const client = httpsClient(access, 32)
    const failures = await changes(client, { seconds, machines, visible, onSend: (mark, at) => sentAt.set(mark, at) })
    await delay(1000)
    const after = await console_.usage()
    const bareTimes = bare.stop()
    list.close()
    client.close()
    await console_.close()
    if (failures > 0) throw new Error(`${failures} changes failed`)
    const busy = ((after.cpuMs - before.cpuMs) / (after.atMs - before.atMs)) * 100
    return against(
      { what: 'the same changes in a bare watch over TLS, p99', value: percentile(bareTimes(sentMarks), 0.99) },
      {
        value: percentile(values, 0.99),
        unit: 'ms',
        note: `${values.length} changes of 60 visible rows seen (${sentAt.size} overtaken by newer ones of their row); console at ${busy.toFixed(0)} % of a processor, ${(after.residentBytes / 1024 / 1024).toFixed(0)} MiB; ${spread(values)}`,
      },
    )
  },
}

const markLabel = 'bench.berth.dev/mark'
/** When each change was sent. */
const sentMarks = new Map<string, number>()

function markOf(row: Row): string {
  return row.labels[markLabel] ?? ''
}

async function visibleNames(list: LiveList): Promise<string[]> {
  let names: string[] = []
  const shown = list.until((update: RowsUpdate) => {
    if (update.kind !== 'window' || update.rows.length < 60) return false
    names = update.rows.map(({ name }) => name)
    return true
  })
  list.ask({ query: 'kind:VirtualMachine', facets: ['status', 'node'], count: 60 })
  await shown
  return names
}

/** Every twentieth change is of a visible row. @returns how many failed */
export async function changes(
  client: ReturnType<typeof httpsClient>,
  of: { seconds: number; machines: number; visible: readonly string[]; onSend: (mark: string, at: number) => void },
): Promise<number> {
  const started = performance.now()
  const running: Promise<boolean>[] = []
  for (let n = 0; n < of.seconds * changesPerSecond; n += 1) {
    const due = started + (n * 1000) / changesPerSecond
    if (due > performance.now()) await delay(Math.max(0, due - performance.now()))
    const seen = n % 20 === 0
    const name = seen
      ? (of.visible[(n / 20) % of.visible.length] ?? '')
      : `halted-${Math.floor((n * 7919) % of.machines)}`
    const mark = `m${n}`
    const at = performance.now()
    if (seen) {
      sentMarks.set(mark, at)
      of.onSend(mark, at)
    }
    const body = JSON.stringify({ metadata: { labels: { [markLabel]: mark } } })
    running.push(
      client
        .send('PATCH', `${namespaced}/${name}`, body, 'application/merge-patch+json')
        .then(({ code }) => code === 200),
    )
  }
  const done = await Promise.all(running)
  return done.filter((fine) => !fine).length
}

/** The same changes, as somebody hears of them who watches the machines directly. */
async function watchTimes(
  access: ServerAccess,
): Promise<{ stop: () => (sent: ReadonlyMap<string, number>) => number[] }> {
  const arrivals = new Map<string, number>()
  const pattern = new RegExp(`"${markLabel}":"(m\\d+)"`)
  const { metadata } = JSON.parse(
    expectCode(await httpsClient(access, 1).send('GET', `${machinesPath}?limit=1`), 200, 'the list').body.toString(
      'utf8',
    ),
  ) as { metadata: { resourceVersion: string } } // a list of the API
  const watching = await openWatch(access, {
    agent: watchAgent(access),
    path: `${machinesPath}?watch=true&resourceVersion=${metadata.resourceVersion}`,
    onLine: (line, at) => {
      const mark = pattern.exec(line)?.[1]
      if (mark !== undefined && !arrivals.has(mark)) arrivals.set(mark, at)
    },
  })
  return {
    stop() {
      watching.stop()
      return (sent) =>
        [...sent].flatMap(([mark, at]) => {
          const arrived = arrivals.get(mark)
          return arrived === undefined ? [] : [arrived - at]
        })
    },
  }
}
