/** Keeps a machine's QMP connection: connects, tells of events, and connects again when it is lost while QEMU lives. */

import type { Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@berth/base'
import { DriverError } from '../driver.ts'
import { QmpClient, type QmpEvent } from '../qmp/client.ts'

export interface QmpLinkOptions {
  /** Names the machine in errors. */
  machine: string
  connect(this: void): Promise<Socket>
  isAlive(this: void): boolean
  onEvent(this: void, event: QmpEvent): void
  /** After a connection was made anew. */
  onReconnect(this: void): void
  /** Once, when QEMU has ended. */
  onGone(this: void): void
  logger: Logger
}

/** Longest pause between looks at a process that is about to end, and between tries to connect. */
const longestPauseMs = 1000

export class QmpLink {
  readonly #options: QmpLinkOptions
  #client: QmpClient | undefined
  #closed = false

  constructor(options: QmpLinkOptions) {
    this.#options = options
  }

  /** @throws {DriverError} WrongState when there is no connection now */
  get client(): QmpClient {
    if (this.#client === undefined || this.#client.closed) {
      throw new DriverError('WrongState', `there is no connection to QEMU of ${this.#options.machine}`)
    }
    return this.#client
  }

  /** Let go of. */
  get closed(): boolean {
    return this.#closed
  }

  /** @throws {DriverError} Timeout, Protocol */
  async open(timeoutMs: number): Promise<QmpClient> {
    const { connect, machine, onEvent } = this.#options
    // Stays undefined when connecting fails: that is reported by the rejection.
    const own: { client?: QmpClient } = {}
    const client = await QmpClient.connect({
      stream: await connect(),
      peer: `QEMU of ${machine}`,
      timeoutMs,
      onEvent,
      onClose: () => {
        if (own.client !== undefined && this.#client === own.client && !this.#closed) void this.#recover()
      },
    })
    own.client = client
    this.#client = client
    return client
  }

  /** Lets go of the connection; nothing is reported any more. */
  close(): void {
    this.#closed = true
    this.#client?.close()
  }

  /** Waits for the end of QEMU; as long as it lives, tries to connect. */
  async #recover(): Promise<void> {
    const { isAlive, onGone, onReconnect, logger, machine } = this.#options
    for (let pause = 2; !this.#closed; pause = Math.min(longestPauseMs, pause * 2)) {
      if (!isAlive()) {
        onGone()
        return
      }
      // The connection closes a moment before the process ends; only a process that stays is worth a new connection.
      if (pause > 200) {
        try {
          await this.open(5000)
          onReconnect()
          return
        } catch (error) {
          logger.warn({ machine, error }, 'QEMU lives but does not take a connection')
        }
      }
      await delay(pause)
    }
  }
}
