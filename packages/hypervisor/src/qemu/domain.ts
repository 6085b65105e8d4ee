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
import { sockets } from './arguments/open-files.ts'
import { nicId } from './arguments/nics.ts'
import { askState } from './ask-state.ts'
import { GuestDoors } from './doors.ts'
import type { DomainFolder } from './folder.ts'
import { QemuDiskWork } from './disk-work/disk-work.ts'
import { DiskHotplug } from './hotplug/disk-hotplug.ts'
import { crashDetail } from './last-words.ts'
import { QmpLink } from './link.ts'
import { readMetrics } from './metrics.ts'
import { pinMachine } from './pin.ts'
import { prepareDevices } from './prepare-devices.ts'
import { endProcess, isAlive } from './process-identity.ts'
import type { DomainRecord, Ending } from './record.ts'
import { ReportedStatus } from './reported-status.ts'
import { Turns } from './turns.ts'

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

export class QemuDomain extends DelegatedDiskWork implements Domain {
  protected override readonly diskWork: QemuDiskWork
  readonly folder: DomainFolder
  #spec: DomainSpec
  #record: DomainRecord
  readonly #reported: ReportedStatus
  readonly #options: QemuDomainOptions
  readonly #link: QmpLink
  readonly agent: QemuGuestAgent
  readonly #agentChannel: AgentClient
  readonly #doors: GuestDoors
  /** Questions to QEMU about its state run one after the other, so that answers are applied in order. */
  #refreshing: Promise<void> = Promise.resolve()
  #recording: Promise<void> = Promise.resolve()
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
    this.#reported = new ReportedStatus({ id: this.id, emit: (event) => options.emit(event) })
    const qmp = (): QmpClient => this.#link.client
    this.#doors = new GuestDoors({ spec, folder, serialLogBytes, logger, connect: socket, qmp })
    this.#agentChannel = new AgentClient({ connect: socket(sockets.agent), peer: this.id })
    this.agent = new QemuGuestAgent({
      client: this.#agentChannel,
      peer: this.id,
      isConnected: () => this.status.state === 'running' && this.status.agentConnected,
    })
    const parts = {
      folder,
      uid: record.uid,
      turns: new Turns(),
      logger,
      qmp,
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
      need: () => this.#reported.need('running', 'paused'),
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
    return this.#reported.current
  }

  get startedAt(): Date {
    return new Date(this.#record.startedAt)
  }

  get record(): DomainRecord {
    return this.#record
  }

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
      if (open) this.#reported.set({ ...this.status, agentConnected: true })
    }
    if (this.#record.phase === 'up') {
      await this.#doors.sweep()
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
    this.#reported.need('running')
    if (this.#record.rebooting === true) await this.update({ rebooting: false })
    await this.#link.client.execute('system_powerdown')
  }

  async destroy(): Promise<void> {
    if (this.status.state === 'stopped') return
    if (this.#record.ending === undefined) await this.update({ ending: { reason: 'destroyed' } })
    await this.#end()
  }

  async pause(): Promise<void> {
    this.#reported.need('running')
    await this.#link.client.execute('stop')
    await this.#refresh()
  }

  async resume(): Promise<void> {
    this.#reported.need('paused')
    await this.#link.client.execute('cont')
    await this.#refresh()
  }

  async reset(): Promise<void> {
    this.#reported.need('running', 'paused')
    await this.#link.client.execute('system_reset')
  }

  async softReboot(): Promise<void> {
    this.#reported.need('running')
    if (this.status.agentConnected) {
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
    this.#reported.need('running', 'paused')
    await this.#disks.attach(disk)
  }

  async detachDisk(name: string): Promise<void> {
    this.#reported.need('running', 'paused')
    await this.diskWork.leave(name)
    await this.#disks.detach(name)
  }

  async metrics(): Promise<DomainMetrics> {
    const { process } = this.#record
    if (process === undefined) throw new DriverError('WrongState', `${this.id} is not running`)
    return readMetrics(this.spec, process, this.#link.client)
  }

  async openSerial(): Promise<Duplex> {
    this.#reported.need('running', 'paused')
    return this.#doors.serial()
  }

  async openVnc(options: { preserve: boolean }): Promise<Duplex> {
    this.#reported.need('running', 'paused')
    return this.#doors.vnc(options)
  }

  async openUsbRedirection(): Promise<Duplex> {
    this.#reported.need('running', 'paused')
    return this.#doors.usb()
  }

  async screenshot(): Promise<Buffer> {
    this.#reported.need('running', 'paused')
    return this.#doors.screenshot()
  }

  async dial(port: number, protocol: 'tcp' | 'udp' = 'tcp'): Promise<Duplex> {
    this.#reported.need('running')
    return this.#doors.dial(port, protocol)
  }

  serialLog(options: { tailBytes?: number; follow: boolean; signal: AbortSignal }): AsyncIterable<Uint8Array> {
    return this.#doors.serialLog(options)
  }

  /** Keeps what is written on disk about the machine within its bounds. */
  trimLogs(): Promise<void> {
    return this.#doors.trimLogs()
  }

  /** Lets go of the machine without stopping it. */
  release(): void {
    this.#letGo()
    this.#doors.close()
  }

  /** Sessions are left alone: what QEMU wrote before it ended is still to be read, and then they end in order. */
  #letGo(): void {
    this.#link.close()
    this.#agentChannel.close()
    this.#doors.end()
  }

  #onEvent({ name, data }: QmpEvent): void {
    switch (name) {
      case 'VSERPORT_CHANGE':
        if (data.id === 'agent') this.#reported.setAgent(data.open === true)
        return
      case 'DEVICE_DELETED':
        if (typeof data.device === 'string') this.#disks.onDeleted(data.device)
        break
      case 'JOB_STATUS_CHANGE':
        return this.diskWork.report()
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
      // Other events are of no consequence for the status.
    }
  }

  /** Asks QEMU how the machine is and acts on it. Never rejects: a lost connection is dealt with by the link. */
  #refresh(): Promise<void> {
    this.#refreshing = this.#refreshing.then(() => this.#askState())
    return this.#refreshing
  }

  async #askState(): Promise<void> {
    if (this.status.state === 'stopped') return
    try {
      await this.#apply(this.#link.client)
    } catch (error) {
      this.#options.logger.debug({ machine: this.id, error }, 'QEMU did not tell its state')
    }
  }

  async #apply(qmp: QmpClient): Promise<void> {
    const isAgentConnected = (): boolean => this.status.agentConnected
    const answer = await askState(qmp, { spec: this.spec, record: this.#record, isAgentConnected })
    if (answer?.kind === 'status') this.#reported.set(answer.status)
    if (answer?.kind === 'over') await this.#over(qmp, answer.ending)
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
      const ending = this.#record.ending ?? {
        reason: 'crashed' as const,
        detail: crashDetail(await this.folder.lastWords()),
      }
      this.#letGo()
      await this.update({ phase: 'ended', ending }).catch((error: unknown) => {
        this.#options.logger.warn({ machine: this.id, error }, 'the end of a machine could not be recorded')
      })
      this.#reported.set({ state: 'stopped', agentConnected: false, ...ending })
    })()
    return this.#finishing
  }
}
