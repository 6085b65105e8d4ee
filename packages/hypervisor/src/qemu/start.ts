/** Brings one machine up: files opened, QEMU spawned, QMP connected, guest running. */

import { watch } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { messageOf } from '@berth/base'
import { DriverError } from '../driver.ts'
import type { FirmwareFiles, HostCapabilities } from '../spec/capabilities.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { buildArguments } from './arguments/command-line.ts'
import { sockets } from './arguments/open-files.ts'
import type { Companions } from './companions/companions.ts'
import { companionsOf } from './companions/plan.ts'
import type { QemuDomain } from './domain.ts'
import type { RunAs } from './identity.ts'
import { checkFreeHugePages } from './huge-pages.ts'
import { launch } from './launch.ts'
import { withLockedMemory } from './memory-lock.ts'
import { closeAll, openFiles } from './open-files.ts'
import { guestNodes } from './pin.ts'
import type { ProcessIdentity } from './process-identity.ts'

/** Time for a process to end after its connection has. */
const lastWordsMs = 500

export interface BringUpOptions {
  domain: QemuDomain
  binary: string
  host: HostCapabilities
  runAs: RunAs
  /** NUMA node by processor of the host. */
  nodeOf: ReadonlyMap<number, number>
  timeoutMs: number
  companions: Companions
  /** Puts a process of the machine under its limits. */
  confine: (this: void, process: ProcessIdentity) => Promise<void>
}

/** The domain's folder is there; on an error the process may be, and the caller ends it. @throws {DriverError} */
export async function bringUp(options: BringUpOptions): Promise<void> {
  const { domain, binary, host, runAs, timeoutMs, companions, confine, nodeOf } = options
  const { spec, folder } = domain
  await checkFreeHugePages(spec)
  for (const companion of companionsOf(spec, host)) {
    const identity = await companions.start(companion, { folder, runAs, timeoutMs })
    await domain.update({ companions: { ...domain.record.companions, [companion.name]: identity } })
    await confine(identity)
  }
  const { files, handles } = await openFiles({
    spec,
    folder,
    firmware: firmwareFor(spec, host),
    uid: runAs.uid,
  })
  let log: FileHandle | undefined
  const ready = whenSocketAppears(folder.run, sockets.qmp)
  try {
    log = await open(folder.qemuLog, 'a', 0o600)
    const args = buildArguments({
      spec,
      files,
      acceleration: host.acceleration,
      version: host.version,
      processor: host.compute?.processor,
      numa: guestNodes({ ...spec, cpus: domain.record.cpus ?? [], nodeOf }),
      now: domain.startedAt,
    })
    const program = { binary, args, cwd: folder.run, runAs, log, handles }
    const { identity, exited } =
      spec.lockedMemory === true ? await withLockedMemory(() => launch(program)) : await launch(program)
    const died = exited.then(async () => {
      const words = await folder.lastWords()
      throw new DriverError('StartFailed', `QEMU of ${spec.id} did not start: ${words || 'it ended without a word'}`)
    })
    died.catch(() => {})
    const over = new AbortController()
    void exited.then(() => over.abort())
    await domain.update({ process: identity })
    await confine(identity)
    const timer = AbortSignal.timeout(timeoutMs)
    try {
      await Promise.race([ready.appeared, died, aborted(timer, spec.id, timeoutMs)])
      await attachSoon(domain, timeoutMs, AbortSignal.any([timer, over.signal]))
      await domain.begin()
    } catch (error) {
      // A lost connection is mostly QEMU's end, which has better words and comes a moment later.
      await Promise.race([died, delay(lastWordsMs)])
      throw new DriverError('StartFailed', `${spec.id} could not be started: ${messageOf(error)}`, { cause: error })
    }
  } finally {
    ready.stop()
    await Promise.all([closeAll(handles), log?.close()])
  }
}

function firmwareFor({ firmware }: DomainSpec, host: HostCapabilities): FirmwareFiles | undefined {
  if (firmware.kind === 'bios') return undefined
  return firmware.secureBoot === true ? host.secureBoot : host.uefi
}

/** QEMU makes its sockets in one go; the file is there a moment after the process is, and takes connections soon after. */
function whenSocketAppears(folder: string, name: string): { appeared: Promise<void>; stop(): void } {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  promise.catch(() => {})
  const watcher = watch(folder, (_, file) => {
    if (file === name) resolve()
  })
  watcher.on('error', reject)
  return { appeared: promise, stop: () => watcher.close() }
}

/**
 * A socket's file is there a moment before it takes connections; that of a QEMU that has ended stays, and takes none.
 * @param stop nobody will take a connection any more
 */
async function attachSoon(domain: QemuDomain, timeoutMs: number, stop: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await domain.attach(timeoutMs)
      return
    } catch (error) {
      const tooSoon = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED'
      if (!tooSoon || stop.aborted) throw error
      await delay(1)
    }
  }
}

function aborted(signal: AbortSignal, id: string, timeoutMs: number): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => {})
  signal.addEventListener('abort', () => {
    reject(new DriverError('StartFailed', `QEMU of ${id} did not make its control socket within ${timeoutMs} ms`))
  })
  return promise
}
