/** A machine that is only a state: what QEMU and a small obedient guest would do, without either. */

import { Duplex } from 'node:stream'
import type { Clock } from '@berth/base'
import { DelegatedDiskWork } from '../delegated-disk-work.ts'
import {
  DriverError,
  type Domain,
  type DomainEvent,
  type DomainMetrics,
  type DomainReason,
  type DomainStatus,
} from '../driver.ts'
import type { DomainDisk } from '../spec/disks.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { encodePng } from '../screen/png.ts'
import { validatePort } from '../validate/user-network.ts'
import { SimulatedAgent } from './agent.ts'
import { SimulatedConsole } from './console.ts'
import { SimulatedDiskWork } from './disk-work.ts'
import { withDisk, withoutDisk } from './disks.ts'

export interface SimulatedDomainOptions {
  spec: DomainSpec
  startedAt: Date
  /** As it was when another driver let go of it; starting when absent. */
  status?: DomainStatus
  clock: Clock
  bootDelayMs: number
  shutdownDelayMs: number
  /** Names of bitmaps by the path of their image. */
  bitmaps: Map<string, Set<string>>
  emit(this: void, event: DomainEvent): void
  /** Writes down what has changed without an event. */
  keep(this: void): void
}

export class SimulatedDomain extends DelegatedDiskWork implements Domain {
  protected override readonly diskWork: SimulatedDiskWork
  #spec: DomainSpec
  readonly startedAt: Date
  readonly agent: SimulatedAgent
  readonly #options: SimulatedDomainOptions
  readonly #console: SimulatedConsole
  #status: DomainStatus
  #cancel: () => void = () => {}
  #vnc: Duplex | undefined
  readonly #usb = new Set<Duplex>()

  constructor(options: SimulatedDomainOptions) {
    super()
    this.#options = options
    this.#spec = options.spec
    this.startedAt = options.startedAt
    this.#status = options.status ?? { state: 'starting', agentConnected: false }
    this.#console = new SimulatedConsole()
    this.diskWork = new SimulatedDiskWork({
      need: () => this.#need('running', 'paused'),
      spec: () => this.#spec,
      change: (spec) => this.#change(spec),
      bitmaps: options.bitmaps,
      now: () => options.clock.now(),
    })
    this.agent = new SimulatedAgent(this.spec, () => this.#status)
    if (this.#status.state === 'running' && !this.#status.agentConnected) this.#boot()
    if (this.#status.state === 'stopped') this.#console.end()
  }

  get id(): string {
    return this.#spec.id
  }

  get spec(): DomainSpec {
    return this.#spec
  }

  get status(): DomainStatus {
    return this.#status
  }

  /** Lets the guest run for the first time, or leaves it paused where the spec says so. */
  begin(): void {
    if (this.spec.startPaused) this.#setStatus({ state: 'paused', reason: 'user', agentConnected: false })
    else {
      this.#setStatus({ state: 'running', agentConnected: false })
      this.#boot()
    }
  }

  async powerDown(): Promise<void> {
    this.#need('running')
    if (!this.spec.acpi) return
    this.#cancel()
    this.#cancel = this.#options.clock.after(this.#options.shutdownDelayMs, () => this.#stop('guest-shutdown'))
  }

  async destroy(): Promise<void> {
    if (this.#status.state !== 'stopped') this.#stop('destroyed')
  }

  async pause(): Promise<void> {
    this.#need('running')
    this.#cancel()
    this.#setStatus({ state: 'paused', reason: 'user', agentConnected: this.#status.agentConnected })
  }

  async resume(): Promise<void> {
    this.#need('paused')
    this.#setStatus({ state: 'running', agentConnected: this.#status.agentConnected })
    if (!this.#console.greeted) this.#boot()
  }

  async reset(): Promise<void> {
    this.#need('running', 'paused')
    this.#restart(false)
  }

  async softReboot(): Promise<void> {
    this.#need('running')
    if (!this.#status.agentConnected && !this.spec.acpi) {
      throw new DriverError('WrongState', `${this.id} has neither a connected guest agent nor ACPI to reboot with`, {
        remedy: 'Reset it instead.',
      })
    }
    this.#restart(true)
  }

  async setLink(nic: string, _up: boolean): Promise<void> {
    this.#need('running', 'paused')
    if (!this.spec.nics.some(({ name }) => name === nic)) {
      throw new DriverError('NotFound', `${this.id} has no network card ${nic}`)
    }
  }

  async attachDisk(disk: DomainDisk): Promise<void> {
    this.#need('running', 'paused')
    this.#change(withDisk(this.#spec, disk))
  }

  async detachDisk(name: string): Promise<void> {
    this.#need('running', 'paused')
    this.#change(withoutDisk(this.#spec, name))
  }

  async metrics(): Promise<DomainMetrics> {
    this.#need('running', 'paused')
    const none = { readBytes: 0, writtenBytes: 0, reads: 0, writes: 0 }
    return {
      cpuSeconds: 0,
      residentBytes: 0,
      disks: Object.fromEntries(this.spec.disks.map(({ name }) => [name, none])),
      nics: {},
    }
  }

  async openSerial(): Promise<Duplex> {
    this.#need('running', 'paused')
    if (!this.spec.serialConsole) throw new DriverError('WrongState', `${this.id} has no serial console`)
    return this.#console.open()
  }

  async openVnc({ preserve }: { preserve: boolean }): Promise<Duplex> {
    this.#needScreen()
    if (this.#vnc !== undefined && !this.#vnc.destroyed) {
      if (preserve) throw new DriverError('WrongState', `the screen of ${this.id} has a session already`)
      this.#vnc.destroy()
    }
    // Greets with the protocol version (RFC 6143, 7.1.1) and stays silent then.
    this.#vnc = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
    this.#vnc.push('RFB 003.008\n')
    return this.#vnc
  }

  async openUsbRedirection(): Promise<Duplex> {
    this.#need('running', 'paused')
    const slots = this.spec.usbRedirections ?? 0
    if (this.#usb.size >= slots) throw new DriverError('WrongState', `all ${slots} slots for USB devices are in use`)
    const session = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() })
    this.#usb.add(session)
    session.once('close', () => this.#usb.delete(session))
    return session
  }

  async screenshot(): Promise<Buffer> {
    this.#needScreen()
    return encodePng({ width: 640, height: 480, pixels: Buffer.alloc(640 * 480 * 3) })
  }

  async dial(port: number, protocol: 'tcp' | 'udp' = 'tcp'): Promise<Duplex> {
    this.#need('running')
    validatePort(port)
    if (protocol === 'udp')
      return new Duplex({ objectMode: true, read() {}, write: (_datagram, _encoding, done) => done() })
    throw new DriverError('Refused', `nothing listens on port ${port} of ${this.id}: it is simulated`)
  }

  serialLog(options: { tailBytes?: number; follow: boolean; signal: AbortSignal }): AsyncIterable<Uint8Array> {
    return this.#console.read(options)
  }

  release(): void {
    this.#cancel()
    this.#vnc?.destroy()
    for (const session of this.#usb) session.destroy()
    this.#console.end()
  }

  #need(...states: DomainStatus['state'][]): void {
    if (!states.includes(this.#status.state)) {
      throw new DriverError('WrongState', `${this.id} is ${this.#status.state}, not ${states.join(' or ')}`)
    }
  }

  #change(spec: DomainSpec): void {
    this.#spec = spec
    this.#options.keep()
  }

  #needScreen(): void {
    this.#need('running', 'paused')
    if (!this.spec.graphics) throw new DriverError('WrongState', `${this.id} has no screen`)
  }

  #setStatus(status: DomainStatus): void {
    this.#status = status
    this.#options.emit({ type: 'state', id: this.id, status })
  }

  #setAgent(connected: boolean): void {
    if (this.#status.agentConnected === connected) return
    this.#status = { ...this.#status, agentConnected: connected }
    this.#options.emit({ type: 'agent', id: this.id, connected })
  }

  #boot(): void {
    this.#cancel()
    this.#cancel = this.#options.clock.after(this.#options.bootDelayMs, () => {
      this.#console.greet(this.spec.title)
      if (this.spec.guestAgent) this.#setAgent(true)
    })
  }

  #restart(byGuest: boolean): void {
    if (this.spec.onReboot === 'end') {
      this.#stop('guest-shutdown')
      return
    }
    this.#options.emit({ type: 'reset', id: this.id, byGuest })
    this.#setAgent(false)
    this.agent.restart()
    this.#console.restart()
    if (this.#status.state === 'running') this.#boot()
  }

  /** The guest ends, or its process does. */
  endItself(reason: Extract<DomainReason, 'guest-shutdown' | 'guest-panic' | 'crashed' | 'watchdog'>): void {
    this.#need('running', 'paused')
    this.#stop(reason)
  }

  rebootItself(): void {
    this.#need('running')
    this.#restart(true)
  }

  /** A write that the host could not do: the machine waits. */
  failDisk(): void {
    this.#need('running')
    this.#cancel()
    this.#setStatus({
      ...this.#status,
      state: 'paused',
      reason: 'io-error',
      detail: 'A disk failed: disk (no space left).',
    })
  }

  #stop(reason: Exclude<DomainReason, 'user' | 'io-error'>): void {
    this.release()
    this.#setStatus({ state: 'stopped', reason, agentConnected: false })
  }
}
