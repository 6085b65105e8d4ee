/** `berth up`: the engine in the foreground, with every long step told, until it is asked to stop. */

import { internalUser } from '@berth/apiserver'
import type { Logger } from '@berth/base'
import type { StorageOption } from './volumes/volume-types.ts'
import type { Client } from '@berth/kube'
import type { EngineStep } from './host/open-driver.ts'
import { registrySettings } from './host/registry-settings.ts'
import { startEngine, type Engine } from './engine.ts'
import { createSample, type SampleResult } from './sample.ts'
import { EngineError } from './errors.ts'
import { fileLogger } from './logging.ts'
import type { AccessFiles } from './host/access-files.ts'
import { dataDirectory } from './host/data-directory.ts'
import { nodeNames } from './nodes/node-objects.ts'

export type EngineEvent =
  | { kind: 'step'; id: string; text: string }
  | { kind: 'progress'; id: string; text: string }
  | { kind: 'done'; id: string; text: string }
  /** The step did not succeed; a warning says why, and the engine goes on. */
  | { kind: 'failed'; id: string }
  | { kind: 'warning'; text: string; remedy?: string }
  /** The API answers; what follows may take longer. */
  | { kind: 'listening'; server: string }
  | { kind: 'ready'; summary: EngineSummary }

export interface EngineSummary {
  server: string
  /** Path of the admin kubeconfig. */
  kubeconfig: string
  nodes: string[]
  acceleration: 'kvm' | 'tcg'
  /** Machines that were running already and are looked after again. */
  adopted: number
  times: { what: string; ms: number }[]
  sample?: { namespace: string; name: string; greeting: string }
}

export interface RunEngineOptions {
  dataDir: string
  /** `host:port`; 127.0.0.1:7443 unless given. */
  listen?: string
  nodes: number
  /** Folders that hostDisk volumes may name files in; none unless given. */
  hostDiskFolders?: readonly string[]
  /** Directories where volumes are kept, beside the data directory; remembered from then on. */
  storages?: readonly StorageOption[]
  /** `caFile`: PEM certificates to trust beside the system's; see RegistrySettings for the rest. */
  registries?: { insecure?: readonly string[]; caFile?: string }
  /** Whether servers of this host may be imported from; see EngineOptions. */
  importsFromHost?: boolean
  access?: AccessFiles
  sample: boolean
  onProgress: (event: EngineEvent) => void
  /** Started when the API answers and ended before the engine is: clients that run in its process. */
  beside?: (world: Beside) => { stop(): Promise<void> }
  /** The program's own; a file in the data directory unless given. */
  logger?: Logger
  signal: AbortSignal
}

export interface Beside {
  /** May do everything, and is checked like anybody: it is not the engine's own. */
  client: Client
  logger: Logger
}

/** Who {@link RunEngineOptions.beside} acts as. */
const besideUser = internalUser('system:serviceaccount:kubevirt:berth-controllers')

/** Resolves when the signal has aborted and the engine is down; machines keep running. */
export async function runEngine(options: RunEngineOptions): Promise<{ runningMachines: number }> {
  const { onProgress, signal } = options
  const started = performance.now()
  const times: EngineSummary['times'] = []
  const logger =
    options.logger ??
    fileLogger(`${dataDirectory(options.dataDir).logs}/engine.log`, process.env['BERTH_LOG'] ?? 'info')
  const engine = await startEngine({
    dataDir: options.dataDir,
    ...addressOf(options.listen),
    nodes: options.nodes,
    hostDiskFolders: options.hostDiskFolders ?? [],
    storages: options.storages ?? [],
    registries: await registrySettings(options.registries),
    ...(options.importsFromHost === undefined ? {} : { importsFromHost: options.importsFromHost }),
    ...(options.access === undefined ? {} : { access: options.access }),
    logger,
    onProgress: (step) => onProgress(eventOf(step)),
  })
  let beside: { stop(): Promise<void> } | undefined
  try {
    times.push({ what: 'API ready', ms: performance.now() - started })
    onProgress({ kind: 'listening', server: engine.server })
    beside = options.beside?.({ client: engine.services.clientAs(besideUser), logger })
    const { acceleration, accelerationReason } = engine.services.driver.capabilities()
    if (acceleration === 'tcg') {
      onProgress({
        kind: 'warning',
        text: `Virtual machines run by emulation, which is slow: ${accelerationReason ?? 'no KVM'}`,
        remedy: '`berth doctor` says what is missing.',
      })
    }
    const sample = options.sample && engine.fresh ? await sampleOf(engine, { onProgress, signal, times }) : undefined
    if (!signal.aborted) onProgress({ kind: 'ready', summary: summaryOf(engine, { options, times, sample }) })
    await aborted(signal)
    return {
      runningMachines: engine.services.driver.list().filter((domain) => domain.status.state !== 'stopped').length,
    }
  } finally {
    try {
      await beside?.stop()
    } finally {
      await engine.close()
    }
  }
}

async function sampleOf(
  engine: Engine,
  {
    onProgress,
    signal,
    times,
  }: { onProgress: (event: EngineEvent) => void; signal: AbortSignal; times: EngineSummary['times'] },
): Promise<SampleResult | undefined> {
  const id = 'sample'
  const started = performance.now()
  onProgress({ kind: 'step', id, text: 'Starting the virtual machine "hello" and waiting for its greeting' })
  try {
    const sample = await createSample(engine, { signal, onStep: (text) => onProgress({ kind: 'progress', id, text }) })
    times.push(
      { what: 'hello running', ms: sample.runningMs },
      { what: 'hello greeted', ms: performance.now() - started },
    )
    onProgress({ kind: 'done', id, text: `"hello" says: ${sample.greeting}` })
    return sample
  } catch (error) {
    if (signal.aborted) return undefined
    onProgress({ kind: 'failed', id })
    onProgress({
      kind: 'warning',
      text: `the sample virtual machine did not come up: ${error instanceof Error ? error.message : String(error)}`,
      remedy: 'The API works all the same. See `berth vm why hello`.',
    })
    return undefined
  }
}

function summaryOf(
  engine: Engine,
  {
    options,
    times,
    sample,
  }: { options: RunEngineOptions; times: EngineSummary['times']; sample: SampleResult | undefined },
): EngineSummary {
  return {
    server: engine.server,
    kubeconfig: engine.paths.adminKubeconfig,
    nodes: nodeNames(options.nodes),
    acceleration: engine.services.driver.capabilities().acceleration,
    adopted: engine.adopted,
    times,
    ...(sample === undefined
      ? {}
      : { sample: { namespace: sample.namespace, name: sample.name, greeting: sample.greeting } }),
  }
}

function eventOf({ id, text, state }: EngineStep): EngineEvent {
  const kinds = { begin: 'step', progress: 'progress', done: 'done' } as const
  return { kind: kinds[state], id, text }
}

/** `host:port`, `:port`, `port`, `[v6]:port`. */
export function addressOf(listen: string | undefined): { host?: string; port?: number } {
  if (listen === undefined) return {}
  const match = /^(?:(?:\[([0-9a-f:]+)\]|([^:[\]]*)):)?(\d{1,5})$/i.exec(listen)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) {
    throw new EngineError('ListenFailed', `"${listen}" is not an address to listen on`, {
      remedy: 'Write it like 127.0.0.1:7443.',
    })
  }
  const host = match[1] ?? match[2]
  return { port, ...(host === undefined || host === '' ? {} : { host }) }
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
