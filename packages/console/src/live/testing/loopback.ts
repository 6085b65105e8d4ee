/** A line that a test holds at both ends: what a server would see and say, without a network. */

import type { BrowserMessage, ServerMessage } from '@berth/view'
import type { LiveSocket } from '../connection.ts'

export class Loopback implements LiveSocket {
  readonly received: BrowserMessage[] = []
  closed = false
  readonly #onOpen: (() => void)[] = []
  readonly #onMessage: ((event: { data: unknown }) => void)[] = []
  readonly #onClose: ((event: { code: number }) => void)[] = []

  send(text: string): void {
    this.received.push(JSON.parse(text) as BrowserMessage)
  }

  close(): void {
    this.closed = true
    this.drop(1000)
  }

  addEventListener(type: 'open', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { code: number }) => void): void
  addEventListener(type: string, listener: (event: never) => void): void {
    // The overloads above say which listener comes with which type.
    if (type === 'open') this.#onOpen.push(listener as () => void)
    else if (type === 'message') this.#onMessage.push(listener as (event: { data: unknown }) => void)
    else this.#onClose.push(listener as (event: { code: number }) => void)
  }

  accept(): void {
    for (const listener of this.#onOpen) listener()
  }

  say(message: ServerMessage): void {
    for (const listener of this.#onMessage) listener({ data: JSON.stringify(message) })
  }

  drop(code: number): void {
    for (const listener of this.#onClose) listener({ code })
  }
}
