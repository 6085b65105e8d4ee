/** The QEMU driver: which machines there are, starting them, and taking over those that an earlier process started. */

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, type Logger } from '@berth/base'
import { DriverError, type AdoptOptions, type Domain, type DomainEvent, type Driver } from '../driver.ts'
import type { HostCapabilities } from '../spec/capabilities.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { validateSpec } from '../validate/spec.ts'
import type { Cgroups } from './cgroups/cgroups.ts'
import { limitsOf } from './cgroups/machine-limits.ts'
import { Companions } from './companions/companions.ts'
import { titleOf } from './companions/plan.ts'
import { QemuDomain } from './domain.ts'
import type { DedicatedCpus } from './dedicated-cpus.ts'
import { DomainFolder } from './folder.ts'
import { processesByMachine, processesOfUsers, type MachineProcess } from './machine-processes.ts'
import { endProcess, readBootId } from './process-identity.ts'
import { dedicatedCount, moveMachine } from './pin.ts'
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
  /** Processors of the host that machines can have for themselves. */
  cpus: DedicatedCpus
  /** Group for KVM. */
  gid: number | undefined
  cgroups: Cgroups
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
  readonly #companions = new Map<string, Companions>()
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
    const { cpus: pool } = this.#parts
    const { uid, cpus } = this.#take(spec)
    const record: DomainRecord = {
      bootId: await readBootId(),
      startedAt: new Date().toISOString(),
      phase: 'starting',
      ...(uid === undefined ? {} : { uid }),
      ...(cpus === undefined ? {} : { cpus }),
    }
    const folder = new DomainFolder(this.#parts.directory, spec.id)
    try {
      await folder.create(spec, record)
    } catch (error) {
      this.#parts.uids?.release(uid)
      pool.release(spec.id)
      const taken = error instanceof Error && 'code' in error && error.code === 'EEXIST'
      // Without adopt(), a machine of an earlier process may live there.
      if (taken) throw new DriverError('AlreadyExists', `${folder.path} is there already`, { cause: error })
      await folder.remove()
      throw new DriverError('StartFailed', `${folder.path} cannot be made: ${messageOf(error)}`, { cause: error })
    }
    const domain = this.#make(spec, folder, record)
    const companions = new Companions()
    this.#domains.set(spec.id, domain)
    this.#companions.set(spec.id, companions)
    this.#emit({ type: 'state', id: spec.id, status: domain.status })
    try {
      const { binary, host, gid, cgroups, startTimeoutMs: timeoutMs } = this.#parts
      await cgroups.make(spec.id, limitsOf(spec, host.acceleration))
      await bringUp({
        domain,
        binary,
        host,
        timeoutMs,
        runAs: uid === undefined ? {} : { uid, gid: gid ?? uid },
        nodeOf: pool.host.nodeOf,
        companions,
        confine: ({ pid }) => cgroups.add(spec.id, pid),
      })
      if (pool.shared() !== undefined) await this.#makeRoom()
      return domain
    } catch (error) {
      await this.#discard(domain, error)
      if (error instanceof DriverError) throw error
      throw new DriverError('StartFailed', `${spec.id} could not be started: ${messageOf(error)}`, { cause: error })
    }
  }

  /** What a machine has alone on this host. @throws {DriverError} Unsupported */
  #take({ id, cpu }: DomainSpec): { uid: number | undefined; cpus: number[] | undefined } {
    const cpus = cpu.dedicated === undefined ? undefined : this.#parts.cpus.take(id, dedicatedCount(cpu))
    try {
      return { uid: this.#parts.uids?.take(), cpus }
    } catch (error) {
      this.#parts.cpus.release(id)
      throw error
    }
  }

  /** Leaves nothing of a machine whose start failed. */
  async #discard(domain: QemuDomain, error: unknown): Promise<void> {
    domain.release()
    const { process } = domain.record
    if (process !== undefined) await endProcess(process, 0)
    await domain.concludeGone({ reason: 'crashed', detail: messageOf(error) })
    await this.#remove(domain)
  }

  /** Nothing of an ended machine stays on the host. */
  async #remove({ id, folder, record }: QemuDomain): Promise<void> {
    await this.#companions.get(id)?.end()
    this.#companions.delete(id)
    await this.#parts.cgroups.remove(id)
    await folder.remove()
    this.#domains.delete(id)
    this.#parts.uids?.release(record.uid)
    if (record.cpus !== undefined) {
      this.#parts.cpus.release(id)
      await this.#makeRoom()
    }
  }

  /** Keeps machines without processors of their own off those that others have. */
  async #makeRoom(): Promise<void> {
    const { cpus } = this.#parts
    const shared = cpus.shared() ?? cpus.all()
    const guests = [...this.#domains.values()].flatMap(({ record }) =>
      record.cpus === undefined && record.process !== undefined ? [record.process] : [],
    )
    await Promise.all(guests.map((guest) => moveMachine(guest, shared)))
  }

  async adopt(options: AdoptOptions = {}): Promise<{ adopted: Domain[]; ended: Domain[] }> {
    const running = processesByMachine(this.#parts.directory)
    const bootId = await readBootId()
    const entries = await readdir(this.#parts.directory, { withFileTypes: true })
    const names = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
    for (const [machine, processes] of running) {
      if (!names.includes(machine)) await this.#killOrphans(join(this.#parts.directory, machine), processes)
    }
    const taken = await Promise.all(
      names.map((name) => this.#adoptOne(name, running.get(name) ?? [], { ...options, bootId })),
    )
    await this.#endStrays()
    await this.#parts.cgroups.removeAllBut(new Set(this.#domains.keys()))
    const domains = taken.filter((domain) => domain !== undefined)
    return {
      adopted: domains.filter(({ status }) => status.state !== 'stopped'),
      ended: domains.filter(({ status }) => status.state === 'stopped'),
    }
  }

  async #adoptOne(
    name: string,
    processes: MachineProcess[],
    { bootId, ...options }: AdoptOptions & { bootId: string },
  ): Promise<QemuDomain | undefined> {
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
    if (record.cpus !== undefined) this.#parts.cpus.claim(name, record.cpus)
    const companions = new Companions()
    // A helper can leave its folder once it runs; one that was started a moment before the driver died is not on record.
    for (const [companion, identity] of Object.entries(record.companions ?? {})) companions.adopt(companion, identity)
    for (const { companion, identity } of processes) {
      if (companion !== undefined && record.companions?.[companion]?.pid !== identity.pid)
        companions.adopt(companion, identity)
    }
    this.#companions.set(spec.id, companions)
    const found = processes.find(({ companion }) => companion === undefined)?.identity
    // The driver died after the spawn and before it wrote the process down.
    if (record.process === undefined && found !== undefined) record = { ...record, process: found }
    const domain = this.#make(spec, folder, record)
    this.#domains.set(spec.id, domain)
    if (!domain.alive || record.bootId !== bootId) {
      const lost =
        record.bootId === bootId ? undefined : { reason: 'crashed' as const, detail: 'The host was restarted.' }
      await companions.end()
      await domain.concludeGone(record.ending ?? lost)
      return domain
    }
    await domain.update({})
    await this.#parts.cgroups.make(spec.id, limitsOf(spec, this.#parts.host.acceleration))
    for (const { identity } of processes) await this.#parts.cgroups.add(spec.id, identity.pid)
    if (record.ending === undefined) await this.#attach(domain, options)
    else await domain.destroy()
    return domain
  }

  /** Connects to a machine that runs; one that cannot be talked to is ended, because nobody could ever stop it. */
  async #attach(domain: QemuDomain, options: AdoptOptions): Promise<void> {
    try {
      await domain.attach(this.#parts.startTimeoutMs, options)
      if (domain.record.phase === 'starting') await domain.begin()
      await domain.trimLogs()
    } catch (error) {
      this.#parts.logger.error({ machine: domain.id, error }, 'a running machine cannot be taken over')
      await domain.update({ ending: { reason: 'crashed', detail: `QEMU could not be reached: ${messageOf(error)}` } })
      await domain.destroy()
    }
  }

  /** What runs as a user of ours and belongs to no machine: a helper that has left its folder, for one. */
  async #endStrays(): Promise<void> {
    const { uids, directory } = this.#parts
    if (uids === undefined) return
    const strays = processesOfUsers((uid) => uids.isStray(uid))
    await this.#killOrphans(
      directory,
      strays.map((identity) => ({ identity })),
    )
  }

  async #killOrphans(folder: string, processes: MachineProcess[]): Promise<void> {
    for (const { identity } of processes) {
      this.#parts.logger.warn({ folder, pid: identity.pid }, 'ending a process that belongs to no machine')
      await endProcess(identity, 0)
    }
  }

  async forget(id: string): Promise<void> {
    const domain = this.#domains.get(id)
    if (domain === undefined) return
    if (domain.status.state !== 'stopped') {
      throw new DriverError('WrongState', `${id} is ${domain.status.state}`, { remedy: 'Destroy it first.' })
    }
    await this.#remove(domain)
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#trimmer)
    await this.#trimming
    for (const domain of this.#domains.values()) domain.release()
    this.#listeners.clear()
    await this.#parts.cgroups.close()
  }

  #make(spec: DomainSpec, folder: DomainFolder, record: DomainRecord): QemuDomain {
    const { logger, serialLogBytes } = this.#parts
    return new QemuDomain({ spec, folder, record, serialLogBytes, logger, emit: (event) => this.#emit(event) })
  }

  #emit(event: DomainEvent): void {
    // QEMU is gone, and its helpers with it; `forget` waits for their end.
    if (event.type === 'state' && event.status.state === 'stopped') this.#endCompanions(event.id)
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        this.#parts.logger.error({ event, error }, 'a listener of the driver failed')
      }
    }
  }

  #endCompanions(id: string): void {
    this.#companions
      .get(id)
      ?.end()
      .catch((error: unknown) => {
        this.#parts.logger.warn({ machine: id, error }, 'the helper processes of a machine could not be ended')
      })
  }

  /** Helpers that ended while their machine runs are told of; nothing can put a TPM or a mount back under a running guest. */
  async #lookAfter({ id, folder }: QemuDomain): Promise<void> {
    const companions = this.#companions.get(id)
    if (companions === undefined) return
    for (const name of companions.names) await folder.trimCompanionLog(name)
    for (const name of companions.takeEnded()) {
      const words = await folder.lastWords(folder.companionLog(name))
      const message = `${titleOf(name)} ended while the machine runs${words === '' ? '' : `: ${words}`}`
      this.#parts.logger.error({ machine: id, companion: name, words }, 'a helper process of a machine ended')
      this.#emit({ type: 'companion', id, message })
    }
  }

  async #trimLogs(): Promise<void> {
    for (const domain of this.#domains.values()) {
      if (domain.status.state === 'stopped' || this.#starting.has(domain.id)) continue
      try {
        await domain.trimLogs()
        await this.#lookAfter(domain)
      } catch (error) {
        this.#parts.logger.warn({ machine: domain.id, error }, 'the logs of a machine could not be cut')
      }
    }
  }
}
