/** Sessions on sockets of QEMU, each of which serves one client. */

import type { Duplex } from 'node:stream'
import { DriverError } from '../driver.ts'

/** One session at a time: the newest takes over. */
export class ExclusiveSession {
  readonly #connect: () => Promise<Duplex>
  readonly #name: string
  #current: Duplex | undefined
  #queue: Promise<unknown> = Promise.resolve()

  constructor(name: string, connect: () => Promise<Duplex>) {
    this.#name = name
    this.#connect = connect
  }

  /** @throws {DriverError} WrongState when `preserve` and a session is open */
  open({ preserve }: { preserve: boolean }): Promise<Duplex> {
    const result = this.#queue.then(async () => {
      const previous = this.#current
      if (previous !== undefined && !previous.destroyed) {
        if (preserve) throw new DriverError('WrongState', `${this.#name} has a session already`)
        previous.destroy()
      }
      const stream = await this.#connect()
      // Errors arrive as close; without a listener they would end the process.
      stream.on('error', () => stream.destroy())
      this.#current = stream
      return stream
    })
    this.#queue = result.catch(() => {})
    return result
  }

  close(): void {
    this.#current?.destroy()
    this.#current = undefined
  }
}

/** Several sockets of the same kind, one session each: the first free one is taken, and a session is never taken over. */
export class SlotSessions {
  readonly #name: string
  readonly #slots: { connect: () => Promise<Duplex>; current: Duplex | 'opening' | undefined }[]

  /** @param connects one function per slot */
  constructor(name: string, connects: (() => Promise<Duplex>)[]) {
    this.#name = name
    this.#slots = connects.map((connect) => ({ connect, current: undefined }))
  }

  /** @throws {DriverError} WrongState when every slot has a session */
  async open(): Promise<Duplex> {
    const slot = this.#slots.find(({ current }) => current === undefined)
    if (slot === undefined) {
      throw new DriverError('WrongState', `all ${this.#slots.length} ${this.#name} are in use`)
    }
    slot.current = 'opening'
    try {
      const stream = await slot.connect()
      stream.on('error', () => stream.destroy())
      stream.once('close', () => (slot.current = undefined))
      slot.current = stream
      return stream
    } catch (error) {
      slot.current = undefined
      throw error
    }
  }

  close(): void {
    for (const { current } of this.#slots) if (current !== 'opening') current?.destroy()
  }
}
