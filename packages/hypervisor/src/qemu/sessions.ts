/** One session at a time on a socket of QEMU that serves one client: the newest takes over. */

import type { Duplex } from 'node:stream'
import { DriverError } from '../driver.ts'

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
