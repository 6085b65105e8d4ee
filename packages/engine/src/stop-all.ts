/** `berth down` and what `berth` asks of a data directory from outside: status, probe, backup, restore. */

import { virtualMachineInstances } from '@berth/api'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { silentLogger } from '@berth/base'
import { createQemuDriver, findHostHelpers, type Domain, type Driver, type HostHelpers } from '@berth/hypervisor'
import { connectionOf, createClient, createHttpTransport, keyOf, loadKubeconfig, systemClock, wait } from '@berth/kube'
import { StoreError, type Store } from '@berth/apiserver'
import { backupStore as copyStore, restoreStore as putStore } from '@berth/store'
import { EngineError } from './errors.ts'
import { dataDirectory, type DataDirectory } from './host/data-directory.ts'
import { ifPresent } from './host/if-present.ts'
import { findLeftovers, knownToApi, knownToStore, type Leftover } from './host/leftovers.ts'
import { probeGuestOf } from './host/probe-guest.ts'
import { openDataStore } from './host/open-store.ts'
import { readEngineFile, type EngineRecord } from './host/engine-file.ts'
import type { EngineEvent } from './run.ts'
import { graceTag } from './instances/domain-spec.ts'
import { ImageLibrary } from './volumes/image-library.ts'
import { writtenDown } from './volume-updates/written-down.ts'

const engineStopMs = 30_000
/** Guests get as long as their machine says, and no longer than this, to obey the power button. */
const maxGraceMs = 30_000
const powerDownEveryMs = 5_000
const pollMs = 50

export type EngineState =
  | { state: 'running'; pid: number; server: string; version: string; startedAt: string; machines: string[] }
  | { state: 'stopped'; machines: string[] }

export async function engineStatus(dataDir: string): Promise<EngineState> {
  const paths = dataDirectory(dataDir)
  if (!(await exists(paths.machines))) return { state: 'stopped', machines: [] }
  const engine = await engineOrLock(paths, new AbortController().signal)
  if (engine.state === 'stopped') {
    try {
      return { state: 'stopped', machines: await machinesOnHost(paths, engine.store) }
    } finally {
      await engine.release()
    }
  }
  const machines = await machinesInApi(paths)
  const { pid, server, version, startedAt } = engine
  return { state: 'running', pid, server, version, startedAt, machines }
}

/** What lies or runs on this host that belongs to no object. Asks the engine, or reads its store while none runs. */
export async function leftovers(dataDir: string): Promise<Leftover[]> {
  const paths = dataDirectory(dataDir)
  if (!(await exists(paths.machines))) return []
  const engine = await engineOrLock(paths, new AbortController().signal)
  if (engine.state === 'running') return findLeftovers(paths, () => knownToApi(paths))
  try {
    return await findLeftovers(paths, () => Promise.resolve(knownToStore(engine.store)))
  } finally {
    await engine.release()
  }
}

/** Helper programs and limits that machines of this data directory can have. */
export function hostHelpers(dataDir: string): Promise<HostHelpers> {
  return findHostHelpers(dataDirectory(dataDir).machines)
}

/** Stops the engine first, so that nothing starts the machines again, then powers them down together. */
export async function stopAll(options: {
  dataDir: string
  onProgress: (event: EngineEvent) => void
  signal: AbortSignal
}): Promise<{ engineWasRunning: boolean; stoppedMachines: number }> {
  const { onProgress, signal } = options
  const paths = dataDirectory(options.dataDir)
  if (!(await exists(paths.machines))) return { engineWasRunning: false, stoppedMachines: 0 }
  let engine = await engineOrLock(paths, signal)
  const engineWasRunning = engine.state === 'running'
  while (engine.state === 'running') {
    await stopEngine(paths, { pid: engine.pid, onProgress, signal })
    engine = await engineOrLock(paths, signal)
  }
  try {
    return { engineWasRunning, stoppedMachines: await stopMachines(paths, { store: engine.store, onProgress, signal }) }
  } finally {
    await engine.release()
  }
}

async function stopMachines(
  paths: DataDirectory,
  { store, ...told }: { store: Store; onProgress: (event: EngineEvent) => void; signal: AbortSignal },
): Promise<number> {
  const driver = await createQemuDriver({ directory: paths.machines, acceleration: 'tcg' })
  try {
    const { adopted } = await driver.adopt(writtenDown(store))
    await powerDown(adopted, { driver, ...told })
    return adopted.length
  } finally {
    await driver.close()
  }
}

/**
 * The engine that runs, or the right to touch its machines while none does. Two drivers on one machine would fight for its control
 * socket, and the loser takes the machine for dead; so an engine that is just starting or stopping is waited for.
 * @throws {EngineError} AlreadyRunning when it does neither in time
 */
async function engineOrLock(
  paths: DataDirectory,
  signal: AbortSignal,
): Promise<({ state: 'running' } & EngineRecord) | { state: 'stopped'; store: Store; release(): Promise<void> }> {
  const deadline = performance.now() + engineStopMs
  for (;;) {
    const engine = await readEngineFile(paths.engineFile)
    if (engine !== undefined) return { state: 'running', ...engine }
    const store = await tryLock(paths)
    if (store !== undefined) return { state: 'stopped', store, release: () => store.close() }
    if (performance.now() > deadline) {
      throw new EngineError('AlreadyRunning', `an engine holds ${paths.root}, and is neither ready nor gone`, {
        remedy: `See ${paths.logs}/engine.log.`,
      })
    }
    await wait(systemClock, pollMs, signal)
    signal.throwIfAborted()
  }
}

/** The store's lock is what an engine holds from its first moment to its last. */
async function tryLock(paths: DataDirectory): Promise<Store | undefined> {
  try {
    return await openDataStore(paths, silentLogger)
  } catch (error) {
    if (error instanceof StoreError && error.code === 'Locked') return undefined
    throw error
  }
}

async function stopEngine(
  paths: DataDirectory,
  { pid, onProgress, signal }: { pid: number; onProgress: (event: EngineEvent) => void; signal: AbortSignal },
): Promise<void> {
  const id = 'engine'
  onProgress({ kind: 'step', id, text: 'Stopping the engine' })
  process.kill(pid, 'SIGTERM')
  const deadline = performance.now() + engineStopMs
  while ((await readEngineFile(paths.engineFile)) !== undefined) {
    if (performance.now() > deadline) {
      throw new EngineError('AlreadyRunning', `the engine (process ${pid}) did not stop in ${engineStopMs / 1000} s`, {
        remedy: `End it with \`kill -9 ${pid}\`; virtual machines survive that. Then try again.`,
      })
    }
    await wait(systemClock, pollMs, signal)
    signal.throwIfAborted()
  }
  onProgress({ kind: 'done', id, text: 'Engine stopped' })
}

async function powerDown(
  domains: Domain[],
  { driver, onProgress, signal }: { driver: Driver; onProgress: (event: EngineEvent) => void; signal: AbortSignal },
): Promise<void> {
  if (domains.length === 0) return
  const id = 'machines'
  const left = (): Domain[] => domains.filter((domain) => domain.status.state !== 'stopped')
  onProgress({ kind: 'step', id, text: `Shutting down ${counted(domains.length)}` })
  const started = performance.now()
  let pressedAt = -powerDownEveryMs
  const forced = new Set<Domain>()
  while (left().length > 0) {
    const elapsed = performance.now() - started
    const overdue = left().filter((domain) => elapsed >= graceMsOf(domain))
    for (const domain of overdue) forced.add(domain)
    await Promise.all(overdue.map((domain) => domain.destroy()))
    if (elapsed - pressedAt >= powerDownEveryMs) {
      pressedAt = elapsed
      // A machine that does not take the button is ended above when its time is over.
      await Promise.allSettled(left().map((domain) => domain.powerDown()))
    }
    onProgress({
      kind: 'progress',
      id,
      text: `Shutting down: ${left().length} of ${counted(domains.length)} left`,
    })
    await wait(systemClock, pollMs, signal)
    signal.throwIfAborted()
  }
  for (const domain of domains) await driver.forget(domain.id)
  const ended = forced.size === 0 ? '' : `, ${forced.size} of them forced`
  onProgress({ kind: 'done', id, text: `${counted(domains.length)} stopped${ended}` })
}

function counted(machines: number): string {
  return machines === 1 ? '1 VM' : `${machines} VMs`
}

export async function probeAcceleration(options: {
  dataDir: string
  signal: AbortSignal
}): Promise<{ kind: 'kvm' | 'tcg'; why?: string }> {
  const paths = dataDirectory(options.dataDir)
  const library = new ImageLibrary(paths.images)
  const { guest: probeGuest, failure } = await probeGuestOf(library)
  const driver = await createQemuDriver({
    directory: paths.machines,
    logger: silentLogger,
    ...(probeGuest === undefined ? {} : { probeGuest }),
  })
  try {
    const { acceleration, accelerationReason } = driver.capabilities()
    const reason = failure ?? accelerationReason
    return { kind: acceleration, ...(reason === undefined ? {} : { why: reason }) }
  } finally {
    await driver.close()
  }
}

/** A consistent copy, also while an engine runs. */
export async function backupStore(options: {
  dataDir: string
  file: string
}): Promise<{ bytes: number; revision: number }> {
  const { revision } = await copyStore({ directory: dataDirectory(options.dataDir).store, to: options.file })
  return { bytes: (await stat(options.file)).size, revision }
}

export async function restoreStore(options: {
  dataDir: string
  file: string
}): Promise<{ revision: number; keptOld?: string }> {
  const paths = dataDirectory(options.dataDir)
  const engine = await readEngineFile(paths.engineFile)
  if (engine !== undefined) {
    throw new EngineError('AlreadyRunning', `the engine (process ${engine.pid}) uses ${paths.root}`, {
      remedy: 'Stop it with Ctrl-C, or `berth down`, then restore.',
    })
  }
  const hadStore = await exists(join(paths.store, 'store.db'))
  const keptOld = join(paths.root, `before-restore-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.db`)
  if (hadStore) await copyStore({ directory: paths.store, to: keptOld })
  const revision = await putStore({ from: options.file, directory: paths.store, force: true })
  return { revision, ...(hadStore ? { keptOld } : {}) }
}

/** An engine that runs holds the control sockets of its machines, so it is asked. */
async function machinesInApi(paths: DataDirectory): Promise<string[]> {
  const { connection } = await connectionOf(await loadKubeconfig([paths.adminKubeconfig]))
  const client = createClient(createHttpTransport(connection))
  try {
    const { items } = await client.list(virtualMachineInstances)
    return items.filter((instance) => instance.status?.phase === 'Running').map(keyOf)
  } finally {
    await client.transport.close()
  }
}

async function machinesOnHost(paths: DataDirectory, store: Store): Promise<string[]> {
  const driver = await createQemuDriver({ directory: paths.machines, acceleration: 'tcg' })
  try {
    const { adopted } = await driver.adopt(writtenDown(store))
    return adopted.map((domain) => `${domain.spec.tags['namespace'] ?? ''}/${domain.spec.tags['name'] ?? ''}`).sort()
  } finally {
    await driver.close()
  }
}

async function exists(path: string): Promise<boolean> {
  return (await ifPresent(stat(path))) !== undefined
}

function graceMsOf(domain: Domain): number {
  const asked = Number(domain.spec.tags[graceTag] ?? maxGraceMs / 1000) * 1000
  return Math.min(asked, maxGraceMs)
}
