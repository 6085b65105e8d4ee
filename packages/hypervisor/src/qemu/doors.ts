/** The ways to what a guest shows and hears: its serial console and the log of it, its screen, its USB slots, its ports. */

import type { Duplex } from 'node:stream'
import type { Logger } from '@berth/base'
import { DriverError } from '../driver.ts'
import type { QmpClient } from '../qmp/client.ts'
import { encodePng } from '../screen/png.ts'
import { parsePpm } from '../screen/ppm.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { parseCidr } from '../validate/user-network.ts'
import { netId } from './arguments/nics.ts'
import { sockets, usbRedirectionSocket } from './arguments/open-files.ts'
import type { DomainFolder } from './folder.ts'
import { GuestPorts } from './guest-ports.ts'
import { Looks } from './looks.ts'
import { SerialLog } from './serial-log.ts'
import { ExclusiveSession, SlotSessions } from './sessions.ts'

export interface GuestDoorsOptions {
  spec: DomainSpec
  folder: DomainFolder
  serialLogBytes: number
  logger: Logger
  connect: (socket: string) => () => Promise<Duplex>
  qmp: () => QmpClient
}

const screenFile = 'screen.ppm'

export class GuestDoors {
  readonly #options: GuestDoorsOptions
  readonly #log: SerialLog
  readonly #looks = new Looks()
  readonly #serial: ExclusiveSession
  readonly #vnc: ExclusiveSession
  readonly #usb: SlotSessions
  readonly #ports: GuestPorts | undefined

  constructor(options: GuestDoorsOptions) {
    this.#options = options
    const { spec, folder, serialLogBytes, connect, qmp } = options
    const { id, title, nics, usbRedirections = 0 } = spec
    this.#log = new SerialLog(folder.serialLog, serialLogBytes)
    this.#serial = new ExclusiveSession(`the serial console of ${id}`, connect(sockets.serial))
    this.#vnc = new ExclusiveSession(`the screen of ${id}`, connect(sockets.vnc))
    const slots = Array.from({ length: usbRedirections }, (_, slot) => connect(usbRedirectionSocket(slot)))
    this.#usb = new SlotSessions(`slots for USB devices of ${id}`, slots)
    const [nic] = nics
    if (nic === undefined) return
    this.#ports = new GuestPorts({
      monitor: (line) => qmp().execute('human-monitor-command', { 'command-line': line }),
      network: netId(nic.name),
      guestAddress: parseCidr(nic.network.cidr, nic.name).guest,
      machine: title,
    })
  }

  async serial(): Promise<Duplex> {
    const { id, serialConsole } = this.#options.spec
    if (!serialConsole) throw new DriverError('WrongState', `${id} has no serial console`)
    return this.#serial.open({ preserve: false })
  }

  async vnc(options: { preserve: boolean }): Promise<Duplex> {
    this.#needScreen()
    return this.#vnc.open(options)
  }

  async usb(): Promise<Duplex> {
    return this.#usb.open()
  }

  async screenshot(): Promise<Buffer> {
    this.#needScreen()
    await this.#options.qmp().execute('screendump', { filename: screenFile })
    return encodePng(parsePpm(await this.#options.folder.takeRunFile(screenFile)))
  }

  async dial(port: number, protocol: 'tcp' | 'udp'): Promise<Duplex> {
    if (this.#ports === undefined) throw new DriverError('WrongState', `${this.#options.spec.id} has no network card`)
    return this.#ports.dial(port, protocol)
  }

  serialLog(options: { tailBytes?: number; follow: boolean; signal: AbortSignal }): AsyncIterable<Uint8Array> {
    return this.#log.read(options)
  }

  /** Keeps what is written on disk about the machine within its bounds. Most looks at a guest that says nothing are left out. */
  async trimLogs(): Promise<void> {
    if (!this.#looks.due()) return
    this.#looks.saw(await this.#log.rotate())
    await this.#options.folder.trimQemuLog()
  }

  /** A driver that ended in the middle of a session has left ports open that lead to the guest. */
  async sweep(): Promise<void> {
    try {
      await this.#ports?.sweep()
    } catch (error) {
      const { logger, spec } = this.#options
      logger.warn({ machine: spec.id, error }, 'ports that lead to the guest could not be closed')
    }
  }

  /** Sessions are left alone: what QEMU wrote before it ended is still to be read, and then they end in order. */
  end(): void {
    this.#ports?.end()
    this.#log.end()
  }

  /** Sessions, too. */
  close(): void {
    this.#serial.close()
    this.#vnc.close()
    this.#usb.close()
  }

  #needScreen(): void {
    const { id, graphics } = this.#options.spec
    if (!graphics) throw new DriverError('WrongState', `${id} has no screen`)
  }
}
