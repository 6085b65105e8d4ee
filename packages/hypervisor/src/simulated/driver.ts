/** The simulated driver: the driver interface over machines that are only states. */

import type { Clock } from '@berth/base'
import { DriverError, type Domain, type DomainEvent, type DomainStatus, type Driver } from '../driver.ts'
import type { HostCapabilities } from '../spec/capabilities.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { validateSpec } from '../validate/spec.ts'
import { SimulatedDomain } from './domain.ts'
import { Journal } from './journal.ts'

export interface SimulatedDriverParts {
  stateFile: string | undefined
  clock: Clock
  bootDelayMs: number
  shutdownDelayMs: number
}

const host: HostCapabilities = {
  acceleration: 'tcg',
  accelerationReason: 'Machines are simulated.',
  version: 'simulated',
  architecture: 'amd64',
  uefi: { code: '/simulated/code.fd', vars: '/simulated/vars.fd' },
  secureBoot: { code: '/simulated/secure-code.fd', vars: '/simulated/secure-vars.fd' },
  cpuModels: ['max', 'host', 'qemu64'],
  machineTypes: ['q35', 'pc-q35-7.2'],
}

export class SimulatedDriver implements Driver {
  readonly #parts: SimulatedDriverParts
  readonly #journal: Journal
  readonly #domains = new Map<string, SimulatedDomain>()
  readonly #listeners = new Set<(event: DomainEvent) => void>()
  readonly #bitmaps = new Map<string, Set<string>>()
  #closed = false

  constructor(parts: SimulatedDriverParts) {
    this.#parts = parts
    this.#journal = new Journal(parts.stateFile)
  }

  capabilities(): HostCapabilities {
    return host
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
    if (!host.machineTypes.includes(spec.machine)) {
      throw new DriverError('Unsupported', `the machine type "${spec.machine}" is unknown (simulated)`)
    }
    if (this.#domains.has(spec.id)) {
      throw new DriverError('AlreadyExists', `${spec.id} is there already`, { remedy: 'Forget the ended one first.' })
    }
    const domain = this.#make(structuredClone(spec), this.#parts.clock.now())
    this.#domains.set(spec.id, domain)
    this.#emit({ type: 'state', id: spec.id, status: domain.status })
    domain.begin()
    return domain
  }

  async adopt(): Promise<{ adopted: Domain[]; ended: Domain[] }> {
    for (const { spec, startedAt, status } of this.#journal.load()) {
      this.#domains.set(spec.id, this.#make(spec, new Date(startedAt), status))
    }
    const domains = this.list()
    return {
      adopted: domains.filter(({ status }) => status.state !== 'stopped'),
      ended: domains.filter(({ status }) => status.state === 'stopped'),
    }
  }

  async forget(id: string): Promise<void> {
    const domain = this.#domains.get(id)
    if (domain === undefined) return
    if (domain.status.state !== 'stopped') {
      throw new DriverError('WrongState', `${id} is ${domain.status.state}`, { remedy: 'Destroy it first.' })
    }
    this.#domains.delete(id)
    this.#journal.forget(id)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#listeners.clear()
    for (const domain of this.#domains.values()) domain.release()
  }

  #make(spec: DomainSpec, startedAt: Date, status?: DomainStatus): SimulatedDomain {
    const { clock, bootDelayMs, shutdownDelayMs } = this.#parts
    return new SimulatedDomain({
      spec,
      startedAt,
      ...(status === undefined ? {} : { status }),
      clock,
      bitmaps: this.#bitmaps,
      bootDelayMs,
      shutdownDelayMs,
      emit: (event) => this.#emit(event),
      keep: () => this.#keep(spec.id),
    })
  }

  #emit(event: DomainEvent): void {
    this.#keep(event.id)
    for (const listener of this.#listeners) listener(event)
  }

  #keep(id: string): void {
    const domain = this.#domains.get(id)
    if (domain === undefined || this.#closed) return
    const { spec, startedAt, status } = domain
    this.#journal.write(id, { spec, startedAt: startedAt.toISOString(), status })
  }
}
