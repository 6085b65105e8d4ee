/**
 * One machine: its QEMU process, the connections to it, and its status. The status always comes from asking QEMU (`query-status`),
 * events only say when to ask; so a machine that is adopted takes the same path as one that was just started.
 */

import type { Duplex } from 'node:stream'
import type { Logger } from '@berth/base'
import { AgentClient } from '../agent/client.ts'
import { QemuGuestAgent } from '../agent/guest-agent.ts'
import { DelegatedDiskWork } from '../delegated-disk-work.ts'
import {
  DriverError,
  type AdoptOptions,
  type Domain,
  type DomainEvent,
  type DomainMetrics,
  type DomainStatus,
} from '../driver.ts'
import type { DomainDisk } from '../spec/disks.ts'
import type { DomainSpec } from '../spec/domain.ts'
import type { QmpClient, QmpEvent } from '../qmp/client.ts'
import { encodePng } from '../screen/png.ts'
import { parsePpm } from '../screen/ppm.ts'
import { parseCidr } from '../validate/user-network.ts'
import { sockets, usbRedirectionSocket } from './arguments/open-files.ts'
import { netId, nicId } from './arguments/nics.ts'
import type { DomainFolder } from './folder.ts'
import { GuestPorts } from './guest-ports.ts'
import { QemuDiskWork } from './disk-work/disk-work.ts'
import { DiskHotplug } from './hotplug/disk-hotplug.ts'
import { QmpLink } from './link.ts'
import { Looks } from './looks.ts'
import { readMetrics } from './metrics.ts'
import { pinMachine } from './pin.ts'
import { prepareDevices } from './prepare-devices.ts'
import { describeFailingDisks } from './failing-disks.ts'
import { endProcess, isAlive } from './process-identity.ts'
import type { DomainRecord, Ending } from './record.ts'
import { meaningOf } from './run-state.ts'
import { SerialLog } from './serial-log.ts'
import { Turns } from './turns.ts'
import { ExclusiveSession, SlotSessions } from './sessions.ts'

export interface QemuDomainOptions {
  spec: DomainSpec
  folder: DomainFolder
  record: DomainRecord
  serialLogBytes: number
  logger: Logger
  emit(event: DomainEvent): void
}

/** Time QEMU has to end after a polite request before it is killed; it only has to flush its images. */
const politeMs = 5000
const screenFile = 'screen.ppm'

export class QemuDomain extends DelegatedDiskWork implements Domain {
  protected override readonly diskWork: QemuDiskWork
  readonly folder: DomainFolder
  #spec: DomainSpec
  #record: DomainRecord
  #status: DomainStatus = { state: 'starting', agentConnected: false }
  readonly #options: QemuDomainOptions
  readonly #link: QmpLink
  readonly agent: QemuGuestAgent
  readonly #agentChannel: AgentClient
  readonly #log: SerialLog
  readonly #looks = new Looks()
  readonly #serial: ExclusiveSession
  readonly #vnc: ExclusiveSession
  readonly #usb: SlotSessions
  /** Questions to QEMU about its state run one after the other, so that answers are applied in order. */
  #refreshing: Promise<void> = Promise.resolve()
  #recording: Promise<void> = Promise.resolve()
  readonly #ports: GuestPorts | undefined
  readonly #disks: DiskHotplug
  #finishing: Promise<void> | undefined

  constructor(options: QemuDomainOptions) {
    super()
    const { spec, folder, record, serialLogBytes, logger } = options
    this.#options = options
    this.#spec = spec
    this.folder = folder
    this.#record = record
    const socket = (name: string) => () => folder.connect(name, record.uid)
    this.#log = new SerialLog(folder.serialLog, serialLogBytes)
    this.#serial = new ExclusiveSession(`the serial console of ${this.id}`, socket(sockets.serial))
    this.#vnc = new ExclusiveSession(`the screen of ${this.id}`, socket(sockets.vnc))
    const slots = Array.from({ length: spec.usbRedirections ?? 0 }, (_, slot) => socket(usbRedirectionSocket(slot)))
    this.#usb = new SlotSessions(`slots for USB devices of ${this.id}`, slots)
    this.#agentChannel = new AgentClient({ connect: socket(sockets.agent), peer: this.id })
    this.agent = new QemuGuestAgent({
      client: this.#agentChannel,
      peer: this.id,
      isConnected: () => this.#status.state === 'running' && this.#status.agentConnected,
    })
    this.#ports = this.#portsOf(spec)
    const parts = {
      folder,
      uid: record.uid,
      turns: new Turns(),
      logger,
      qmp: () => this.#link.client,
      spec: () => this.#spec,
      setSpec: (changed: DomainSpec) => {
        this.#spec = changed
      },
    }
    this.diskWork = new QemuDiskWork({
      id: this.id,
      machine: {
        ...parts,
        isHeld: () => this.alive && !this.#link.closed,
        changes: () => this.#record.diskChanges ?? [],
        keepChanges: (diskChanges) => this.update({ diskChanges }),
      },
      need: () => this.#need('running', 'paused'),
    })
    this.#disks = new DiskHotplug({
      ...parts,
      onDetached: (disk) => this.#options.emit({ type: 'detached', id: this.id, disk }),
    })
    this.#link = new QmpLink({
      machine: this.id,
      connect: socket(sockets.qmp),
      isAlive: () => this.alive,
      onEvent: (event) => this.#onEvent(event),
      onReconnect: () => {
        this.diskWork.report()
        void this.#refresh()
      },
      onGone: () => {
        this.diskWork.report()
        void this.#finish()
      },
      logger,
    })
  }

  get id(): string {
    return this.#spec.id
  }

  /** With the disks it has now. */
  get spec(): DomainSpec {
    return this.#spec
  }

  get status(): DomainStatus {
    return this.#status
  }

  get startedAt(): Date {
    return new Date(this.#record.startedAt)
  }

  get record(): DomainRecord {
    return this.#record
  }

  /** Whether its process lives. */
  get alive(): boolean {
    return this.#record.process !== undefined && isAlive(this.#record.process)
  }

  /** Changes what is kept on disk; resolves when it is there. */
  update(change: Partial<DomainRecord>): Promise<void> {
    this.#record = { ...this.#record, ...change }
    const record = this.#record
    this.#recording = this.#recording.catch(() => {}).then(() => this.folder.writeRecord(record))
    return this.#recording
  }

  /** Connects to QEMU and finds out how the machine is. @throws {DriverError} Timeout, Protocol */
  async attach(timeoutMs: number, options: AdoptOptions = {}): Promise<void> {
    const qmp = await this.#link.open(timeoutMs)
    if (this.spec.guestAgent) {
      const open = (await qmp.execute('query-chardev')).some(
        ({ label, frontendOpen }) => label === 'agent' && frontendOpen,
      )
      if (open) this.#setStatus({ ...this.#status, agentConnected: true })
    }
    if (this.#record.phase === 'up') {
      await this.#sweepPorts()
      await this.#disks.adopt()
      await this.diskWork.adopt(options)
    }
    await this.#refresh()
  }

  /** Lets the guest run for the first time, or leaves it paused where the spec says so. */
  async begin(): Promise<void> {
    for (const nic of this.spec.nics) {
      if (!nic.linkUp) await this.setLink(nic.name, false)
    }
    // Kept by QEMU, so that it holds whether a driver is there or not.
    if (this.spec.onReboot === 'end') await this.#link.client.execute('set-action', { reboot: 'shutdown' })
    await prepareDevices(this.spec, this.#link.client)
    await pinMachine(this.spec.cpu, this.#record, this.#link.client)
    if (!this.spec.startPaused) await this.#link.client.execute('cont')
    await this.update({ phase: 'up' })
    await this.#refresh()
  }

  /** Tells of a machine whose process ended while no driver watched. */
  async concludeGone(ending?: Ending): Promise<void> {
    if (ending !== undefined) await this.update({ ending })
    await this.#finish()
  }

  async powerDown(): Promise<void> {
    this.#need('running')
    if (this.#record.rebooting === true) await this.update({ rebooting: false })
    await this.#link.client.execute('system_powerdown')
  }

  async destroy(): Promise<void> {
    if (this.#status.state === 'stopped') return
    if (this.#record.ending === undefined) await this.update({ ending: { reason: 'destroyed' } })
    await this.#end()
  }

  async pause(): Promise<void> {
    this.#need('running')
    await this.#link.client.execute('stop')
    await this.#refresh()
  }

  async resume(): Promise<void> {
    this.#need('paused')
    await this.#link.client.execute('cont')
    await this.#refresh()
  }

  async reset(): Promise<void> {
    this.#need('running', 'paused')
    await this.#link.client.execute('system_reset')
  }

  async softReboot(): Promise<void> {
    this.#need('running')
    if (this.#status.agentConnected) {
      await this.#agentChannel.send('guest-shutdown', { mode: 'reboot' })
      return
    }
    if (!this.spec.acpi) {
      throw new DriverError('WrongState', `${this.id} has neither a connected guest agent nor ACPI to reboot with`, {
        remedy: 'Reset it instead.',
      })
    }
    // ACPI has no reboot button: power it down and start it again in the same process.
    await this.update({ rebooting: true })
    await this.#link.client.execute('system_powerdown')
  }

  async setLink(nic: string, up: boolean): Promise<void> {
    if (!this.spec.nics.some(({ name }) => name === nic)) {
      throw new DriverError('NotFound', `${this.id} has no network card ${nic}`)
    }
    await this.#link.client.execute('set_link', { name: nicId(nic), up })
  }

  async attachDisk(disk: DomainDisk): Promise<void> {
    this.#need('running', 'paused')
    await this.#disks.attach(disk)
  }

  async detachDisk(name: string): Promise<void> {
    this.#need('running', 'paused')
    await this.diskWork.leave(name)
    await this.#disks.detach(name)
  }

  async metrics(): Promise<DomainMetrics> {
    const { process } = this.#record
    if (process === undefined) throw new DriverError('WrongState', `${this.id} is not running`)
    return readMetrics(this.spec, process, this.#link.client)
  }

  async openSerial(): Promise<Duplex> {
    this.#need('running', 'paused')
    if (!this.spec.serialConsole) throw new DriverError('WrongState', `${this.id} has no serial console`)
    return this.#serial.open({ preserve: false })
  }

  async openVnc(options: { preserve: boolean }): Promise<Duplex> {
    this.#need('running', 'paused')
    if (!this.spec.graphics) throw new DriverError('WrongState', `${this.id} has no screen`)
    return this.#vnc.open(options)
  }

  async openUsbRedirection(): Promise<Duplex> {
    this.#need('running', 'paused')
    return this.#usb.open()
  }

  async screenshot(): Promise<Buffer> {
    this.#need('running', 'paused')
    if (!this.spec.graphics) throw new DriverError('WrongState', `${this.id} has no screen`)
    await this.#link.client.execute('screendump', { filename: screenFile })
    return encodePng(parsePpm(await this.folder.takeRunFile(screenFile)))
  }

  async dial(port: number, protocol: 'tcp' | 'udp' = 'tcp'): Promise<Duplex> {
    this.#need('running')
    if (this.#ports === undefined) throw new DriverError('WrongState', `${this.id} has no network card`)
    return this.#ports.dial(port, protocol)
  }

  serialLog(options: { tailBytes?: number; follow: boolean; signal: AbortSignal }): AsyncIterable<Uint8Array> {
    return this.#log.read(options)
  }

  /** Keeps what is written on disk about the machine within its bounds. Most looks at a guest that says nothing are left out. */
  async trimLogs(): Promise<void> {
    if (!this.#looks.due()) return
    this.#looks.saw(await this.#log.rotate())
    await this.folder.trimQemuLog()
  }

  /** Lets go of the machine without stopping it. */
  release(): void {
    this.#letGo()
    this.#serial.close()
    this.#vnc.close()
    this.#usb.close()
  }

  /** Sessions are left alone: what QEMU wrote before it ended is still to be read, and then they end in order. */
  #letGo(): void {
    this.#link.close()
    this.#agentChannel.close()
    this.#ports?.end()
    this.#log.end()
  }

  #portsOf({ nics: [nic], title }: DomainSpec): GuestPorts | undefined {
    if (nic === undefined) return undefined
    return new GuestPorts({
      monitor: (line) => this.#link.client.execute('human-monitor-command', { 'command-line': line }),
      network: netId(nic.name),
      guestAddress: parseCidr(nic.network.cidr, nic.name).guest,
      machine: title,
    })
  }

  /** A driver that ended in the middle of a session has left ports open that lead to the guest. */
  async #sweepPorts(): Promise<void> {
    try {
      await this.#ports?.sweep()
    } catch (error) {
      this.#options.logger.warn({ machine: this.id, error }, 'ports that lead to the guest could not be closed')
    }
  }

  #need(...states: DomainStatus['state'][]): void {
    if (!states.includes(this.#status.state)) {
      throw new DriverError('WrongState', `${this.id} is ${this.#status.state}, not ${states.join(' or ')}`)
    }
  }

  #onEvent({ name, data }: QmpEvent): void {
    switch (name) {
      case 'VSERPORT_CHANGE':
        if (data.id === 'agent') this.#setAgent(data.open === true)
        break
      case 'DEVICE_DELETED':
        if (typeof data.device === 'string') this.#disks.onDeleted(data.device)
        break
      case 'JOB_STATUS_CHANGE':
        this.diskWork.report()
        break
      case 'RESET':
        this.#options.emit({ type: 'reset', id: this.id, byGuest: data.guest === true })
        break
      case 'WATCHDOG':
      case 'SHUTDOWN':
      case 'STOP':
      case 'RESUME':
      case 'GUEST_PANICKED':
      case 'BLOCK_IO_ERROR':
        void this.#refresh()
        break
      default:
      // Other events are of no consequence for the status.
    }
  }

  #setAgent(connected: boolean): void {
    if (this.#status.agentConnected === connected || this.#status.state === 'stopped') return
    this.#setStatus({ ...this.#status, agentConnected: connected })
    this.#options.emit({ type: 'agent', id: this.id, connected })
  }

  #setStatus(status: DomainStatus): void {
    const before = this.#status
    this.#status = status
    const same = before.state === status.state && before.reason === status.reason && before.detail === status.detail
    if (!same) this.#options.emit({ type: 'state', id: this.id, status })
  }

  /** Asks QEMU how the machine is and acts on it. Never rejects: a lost connection is dealt with by the link. */
  #refresh(): Promise<void> {
    this.#refreshing = this.#refreshing.then(() => this.#askState())
    return this.#refreshing
  }

  async #askState(): Promise<void> {
    if (this.#status.state === 'stopped') return
    try {
      await this.#apply(this.#link.client)
    } catch (error) {
      this.#options.logger.debug({ machine: this.id, error }, 'QEMU did not tell its state')
    }
  }

  async #apply(qmp: QmpClient): Promise<void> {
    const meaning = meaningOf(await qmp.execute('query-status'))
    const { agentConnected } = this.#status
    const common = { agentConnected, ...(this.#record.process === undefined ? {} : { pid: this.#record.process.pid }) }
    switch (meaning.kind) {
      case 'running':
        this.#setStatus({ state: 'running', ...common })
        return
      case 'paused': {
        const detail = meaning.reason === 'io-error' ? await describeFailingDisks(this.spec, qmp) : undefined
        this.#setStatus({
          state: 'paused',
          reason: meaning.reason,
          ...(detail === undefined ? {} : { detail }),
          ...common,
        })
        return
      }
      case 'prelaunch':
        if (this.#record.phase === 'up') this.#setStatus({ state: 'paused', reason: 'user', ...common })
        return
      case 'over':
        await this.#over(qmp, meaning)
    }
  }

  /** The guest is over and QEMU waits: start it again, or end QEMU. */
  async #over(qmp: QmpClient, ending: Ending): Promise<void> {
    if (ending.reason === 'guest-shutdown' && this.#record.rebooting === true && this.spec.onReboot !== 'end') {
      await this.update({ rebooting: false })
      await qmp.execute('system_reset')
      await qmp.execute('cont')
      return
    }
    if (this.#record.ending === undefined) {
      const { reason, detail } = ending
      await this.update({ ending: { reason, ...(detail === undefined ? {} : { detail }) } })
    }
    void this.#end()
  }

  /** Ends the process: asks, then kills. Resolves when it is gone and the status says so. */
  async #end(): Promise<void> {
    const { process } = this.#record
    if (process === undefined || !isAlive(process)) {
      await this.#finish()
      return
    }
    await endProcess(process, politeMs)
    await this.#finish()
  }

  /** The process is gone: settles the reason, closes everything, reports. */
  #finish(): Promise<void> {
    this.#finishing ??= (async () => {
      const ending = this.#record.ending ?? { reason: 'crashed' as const, detail: await this.#crashDetail() }
      this.#letGo()
      await this.update({ phase: 'ended', ending }).catch((error: unknown) => {
        this.#options.logger.warn({ machine: this.id, error }, 'the end of a machine could not be recorded')
      })
      this.#setStatus({ state: 'stopped', agentConnected: false, ...ending })
    })()
    return this.#finishing
  }

  async #crashDetail(): Promise<string> {
    const words = await this.folder.lastWords()
    return words === '' ? 'QEMU ended without a word.' : `QEMU ended: ${words}`
  }
}
