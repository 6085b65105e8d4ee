/** The QEMU driver: which machines there are, starting them, and taking over those that an earlier process started. */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, type Logger } from '@berth/base'
import { DriverError, type Domain, type DomainEvent, type Driver } from '../driver.ts'
import type { HostCapabilities } from '../spec/capabilities.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { validateSpec } from '../validate/spec.ts'
import { QemuDomain } from './domain.ts'
import { DomainFolder } from './folder.ts'
import { endProcess, findByFolder, readBootId, type ProcessIdentity } from './process-identity.ts'
import type { DomainRecord } from './record.ts'
import { bringUp } from './start.ts'
import { checkSupported } from './supports.ts'
import type { UidPool } from './uid-pool.ts'

export interface QemuDriverParts {
  /** Without symbolic links: processes are found by it. */
  directory: string
  binary: string
  host: HostCapabilities
  /** Device types this QEMU has. */
  devices: ReadonlySet<string>
  /** Absent when machines run as the driver's own user. */
  uids: UidPool | undefined
  /** Group for KVM. */
  gid: number | undefined
  logger: Logger
  serialLogBytes: number
  startTimeoutMs: number
}

/** How often logs are looked at. A guest can write a few megabytes in that time. */
const trimMs = 500

export class QemuDriver implements Driver {
  readonly #parts: QemuDriverParts
  readonly #domains = new Map<string, QemuDomain>()
  readonly #starting = new Set<string>()
  readonly #listeners = new Set<(event: DomainEvent) => void>()
  readonly #trimmer: NodeJS.Timeout
  #trimming: Promise<void> = Promise.resolve()
  #closed = false

  constructor(parts: QemuDriverParts) {
    this.#parts = parts
    this.#trimmer = setInterval(() => {
      this.#trimming = this.#trimming.then(() => this.#trimLogs())
    }, trimMs)
    this.#trimmer.unref()
  }

  capabilities(): HostCapabilities {
    return this.#parts.host
  }

  get(id: string): Domain | undefined {
    return this.#domains.get(id)
  }

  list(): Domain[] {
    return [...this.#domains.values()]
  }

  on(listener: (event: DomainEvent) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async start(spec: DomainSpec): Promise<Domain> {
    if (this.#closed) throw new DriverError('WrongState', 'the driver is closed')
    validateSpec(spec)
    checkSupported(spec, this.#parts.host, this.#parts.devices)
    if (this.#domains.has(spec.id) || this.#starting.has(spec.id)) {
      throw new DriverError('AlreadyExists', `${spec.id} is there already`, { remedy: 'Forget the ended one first.' })
    }
    this.#starting.add(spec.id)
    try {
      return await this.#start(structuredClone(spec))
    } finally {
      this.#starting.delete(spec.id)
    }
  }

  async #start(spec: DomainSpec): Promise<Domain> {
    const uid = this.#parts.uids?.take()
    const record: DomainRecord = {
      bootId: await readBootId(),
      startedAt: new Date().toISOString(),
      phase: 'starting',
      ...(uid === undefined ? {} : { uid }),
    }
    const folder = new DomainFolder(this.#parts.directory, spec.id)
    try {
      await folder.create(spec, record)
    } catch (error) {
      this.#parts.uids?.release(uid)
      const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST'
      // Without adopt(), a machine of an earlier process may live there.
      if (taken) throw new DriverError('AlreadyExists', `${folder.path} is there already`, { cause: error })
      await folder.remove()
      throw new DriverError('StartFailed', `${folder.path} cannot be made: ${messageOf(error)}`, { cause: error })
    }
    const domain = this.#make(spec, folder, record)
    this.#domains.set(spec.id, domain)
    this.#emit({ type: 'state', id: spec.id, status: domain.status })
    try {
      const { binary, host, gid, startTimeoutMs: timeoutMs } = this.#parts
      await bringUp({
        domain,
        binary,
        host,
        timeoutMs,
        runAs: uid === undefined ? {} : { uid, gid: gid ?? uid },
      })
      return domain
    } catch (error) {
      await this.#discard(domain, error)
      if (error instanceof DriverError) throw error
      throw new DriverError('StartFailed', `${spec.id} could not be started: ${messageOf(error)}`, { cause: error })
    }
  }

  /** Leaves nothing of a machine whose start failed. */
  async #discard(domain: QemuDomain, error: unknown): Promise<void> {
    domain.release()
    const { process, uid } = domain.record
    if (process !== undefined) await endProcess(process, 0)
    await domain.concludeGone({ reason: 'crashed', detail: messageOf(error) })
    this.#domains.delete(domain.id)
    await domain.folder.remove()
    this.#parts.uids?.release(uid)
  }

  async adopt(): Promise<{ adopted: Domain[]; ended: Domain[] }> {
    const running = findByFolder(this.#parts.directory)
    const bootId = await readBootId()
    const entries = await readdir(this.#parts.directory, { withFileTypes: true })
    const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
    const known = new Set(names.map((name) => join(this.#parts.directory, name, 'run')))
    for (const [folder, processes] of running) {
      if (!known.has(folder)) await this.#killOrphans(folder, processes)
    }
    const taken = await Promise.all(
      names.map((name) => this.#adoptOne(name, running.get(join(this.#parts.directory, name, 'run')) ?? [], bootId)),
    )
    const domains = taken.filter((domain) => domain !== undefined)
    return {
      adopted: domains.filter(({ status }) => status.state !== 'stopped'),
      ended: domains.filter(({ status }) => status.state === 'stopped'),
    }
  }

  async #adoptOne(name: string, processes: ProcessIdentity[], bootId: string): Promise<QemuDomain | undefined> {
    const folder = new DomainFolder(this.#parts.directory, name)
    const { logger } = this.#parts
    let spec: DomainSpec
    let record: DomainRecord
    try {
      const found = await folder.read()
      validateSpec(found.spec)
      spec = found.spec
      record = found.record
    } catch (error) {
      // A start was cut short before the machine was described: nobody knows of it.
      logger.warn({ folder: folder.path, error }, 'removing the folder of a machine that was never started')
      await this.#killOrphans(folder.path, processes)
      await folder.remove()
      return undefined
    }
    if (record.uid !== undefined) this.#parts.uids?.claim(record.uid)
    const [found] = processes
    // The driver died after the spawn and before it wrote the process down.
    if (record.process === undefined && found !== undefined) record = { ...record, process: found }
    const domain = this.#make(spec, folder, record)
    this.#domains.set(spec.id, domain)
    if (!domain.alive || record.bootId !== bootId) {
      const lost =
        record.bootId === bootId ? undefined : { reason: 'crashed' as const, detail: 'The host was restarted.' }
      await domain.concludeGone(record.ending ?? lost)
      return domain
    }
    await domain.update({})
    if (record.ending === undefined) await this.#attach(domain)
    else await domain.destroy()
    return domain
  }

  /** Connects to a machine that runs; one that cannot be talked to is ended, because nobody could ever stop it. */
  async #attach(domain: QemuDomain): Promise<void> {
    try {
      await domain.attach(this.#parts.startTimeoutMs)
      if (domain.record.phase === 'starting') await domain.begin()
      await domain.trimLogs()
    } catch (error) {
      this.#parts.logger.error({ machine: domain.id, error }, 'a running machine cannot be taken over')
      await domain.update({ ending: { reason: 'crashed', detail: `QEMU could not be reached: ${messageOf(error)}` } })
      await domain.destroy()
    }
  }

  async #killOrphans(folder: string, processes: ProcessIdentity[]): Promise<void> {
    for (const identity of processes) {
      this.#parts.logger.warn({ folder, pid: identity.pid }, 'ending a QEMU that belongs to no machine')
      await endProcess(identity, 0)
    }
  }

  async forget(id: string): Promise<void> {
    const domain = this.#domains.get(id)
    if (domain === undefined) return
    if (domain.status.state !== 'stopped') {
      throw new DriverError('WrongState', `${id} is ${domain.status.state}`, { remedy: 'Destroy it first.' })
    }
    await domain.folder.remove()
    this.#domains.delete(id)
    this.#parts.uids?.release(domain.record.uid)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#trimmer)
    await this.#trimming
    for (const domain of this.#domains.values()) domain.release()
    this.#listeners.clear()
  }

  #make(spec: DomainSpec, folder: DomainFolder, record: DomainRecord): QemuDomain {
    const { logger, serialLogBytes } = this.#parts
    return new QemuDomain({ spec, folder, record, serialLogBytes, logger, emit: (event) => this.#emit(event) })
  }

  #emit(event: DomainEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#parts.logger.error({ event, error }, 'a listener of the driver failed')
      }
    }
  }

  async #trimLogs(): Promise<void> {
    for (const domain of this.#domains.values()) {
      if (domain.status.state === 'stopped' || this.#starting.has(domain.id)) continue
      try {
        await domain.trimLogs()
      } catch (error) {
        this.#parts.logger.warn({ machine: domain.id, error }, 'the logs of a machine could not be cut')
      }
    }
  }
}
