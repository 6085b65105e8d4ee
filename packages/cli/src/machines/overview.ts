/** The engine's state, the nodes, and machines counted by state. */

import { nodes } from '@berth/kube'
import { connectOptions, session } from '../connection/options.ts'
import { readConsoleFile } from '../console-process/console-file.ts'
import { consoleDirectory } from '../console-process/locations.ts'
import type { CommandContext, Session } from '../context.ts'
import type { EngineState } from '../engine-port.ts'
import { failureOf } from '../failure-of.ts'
import type { Input } from '../input.ts'
import { adminKubeconfig } from '../locations.ts'
import { renderFields, renderTable } from '../output/table.ts'
import { ageOf } from './columns.ts'
import { virtualMachines } from '@berth/api'

export interface Overview {
  /** Of the engine of this host. */
  dataDirectory: string
  /** Left out when another server was named. */
  engine?: EngineState
  /** The console beside it; left out when none runs. */
  console?: { url: string; pid: number }
  server: { reachable: true; origin: string } | { reachable: false; why: string }
  nodes: { name: string; ready: boolean; schedulable: boolean }[]
  /** `{ Running: 3, Stopped: 1 }` */
  machines: Record<string, number>
}

export async function collectStatus(input: Input, context: CommandContext): Promise<Overview> {
  const elsewhere = Object.keys(connectOptions(input)).some((name) => name !== 'namespace')
  const engine = elsewhere ? undefined : await engineState(input, context)
  const dataDirectory = input.text('dataDir') ?? context.dataDirectory
  const page = elsewhere ? undefined : await readConsoleFile(consoleDirectory(dataDirectory))
  const overview: Overview = {
    dataDirectory,
    ...(engine === undefined ? {} : { engine }),
    ...(page === undefined ? {} : { console: { url: page.url, pid: page.pid } }),
    server: { reachable: false, why: 'the engine does not run' },
    nodes: [],
    machines: {},
  }
  try {
    const { client, origin } = await sessionOf(input, context)
    const [found, all] = await Promise.all([client.list(nodes), client.list(virtualMachines)])
    overview.server = { reachable: true, origin }
    for (const node of found.items) {
      const ready = node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true
      overview.nodes.push({ name: node.metadata.name ?? '', ready, schedulable: node.spec?.unschedulable !== true })
    }
    for (const machine of all.items) {
      const state = machine.status?.printableStatus ?? 'Unknown'
      overview.machines[state] = (overview.machines[state] ?? 0) + 1
    }
  } catch (error) {
    // Named by the person: a failure. Otherwise "not reachable" is the answer.
    if (elsewhere) throw error
    overview.server = { reachable: false, why: failureOf(error).message }
  }
  return overview
}

/** An engine named by its data directory is asked with its own kubeconfig, whatever others there are. */
function sessionOf(input: Input, context: CommandContext): Promise<Session> {
  const dataDirectory = input.text('dataDir')
  const options = connectOptions(input)
  if (dataDirectory === undefined || options.kubeconfig !== undefined) return session(input, context)
  return context.connect({ ...options, kubeconfig: adminKubeconfig(dataDirectory) })
}

async function engineState(input: Input, context: CommandContext): Promise<EngineState> {
  const engine = await context.engine()
  return engine.engineStatus(input.text('dataDir') ?? context.dataDirectory)
}

export function renderStatus(overview: Overview, nowMs: number): string {
  const { dataDirectory, engine, console: page, server, nodes, machines } = overview
  const fields: [string, string | undefined][] = []
  if (engine?.state === 'running') {
    fields.push(
      ['Engine', `running (process ${engine.pid}), ${engine.version}`],
      ['API', engine.server],
      ['Up for', ageOf(engine.startedAt, nowMs)],
    )
  } else if (engine !== undefined) {
    const left = engine.machines.length
    fields.push([
      'Engine',
      `not running in ${dataDirectory}${left === 0 ? '' : `; ${left} VM${left === 1 ? ' runs' : 's run'} on without it`}`,
    ])
  }
  if (page !== undefined) fields.push(['Console', page.url])
  fields.push(['Server', server.reachable ? server.origin : `not reachable: ${server.why}`])
  const counts = Object.entries(machines).sort(([a], [b]) => a.localeCompare(b))
  if (server.reachable)
    fields.push(['VMs', counts.length === 0 ? 'none' : counts.map(([state, count]) => `${count} ${state}`).join(', ')])
  const rows = nodes.map(({ name, ready, schedulable }) => [
    name,
    `${ready ? 'Ready' : 'NotReady'}${schedulable ? '' : ', no new VMs'}`,
  ])
  const table = rows.length === 0 ? '' : `\n${renderTable(['NODE', 'STATUS'], rows)}`
  const hint = engine?.state === 'stopped' && !server.reachable ? '\nnext: berth up\n' : ''
  return renderFields(fields) + table + hint
}
