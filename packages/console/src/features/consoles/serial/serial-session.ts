/** One connection to a machine's serial console. Bytes go both ways as they are; a terminal draws them. */

import { streamProtocol } from '../stream-address.ts'

export interface SerialEvents {
  connected: () => void
  ended: (end: { code: number; reason: string }) => void
  /** @param done to be called when the terminal has drawn the bytes */
  data: (bytes: Uint8Array, done: () => void) => void
  /** Bytes were dropped: the guest prints faster than a terminal draws. */
  dropped: (bytes: number) => void
}

/** Bytes that wait to be drawn. A browser can't slow a WebSocket down, so what is beyond is dropped, and told. */
const maxWaiting = 4 * 1024 * 1024
/** Serial ports have small buffers; a long paste goes in pieces that a guest can take. */
const pieceBytes = 256
const pieceGapMs = 10

export class SerialSession {
  readonly #socket: WebSocket
  #waiting = 0
  #closed = false

  constructor(address: string, events: SerialEvents) {
    this.#socket = new WebSocket(address, [streamProtocol])
    this.#socket.binaryType = 'arraybuffer'
    this.#socket.addEventListener('open', () => events.connected())
    this.#socket.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
      if (data instanceof ArrayBuffer) this.#receive(new Uint8Array(data), events)
    })
    this.#socket.addEventListener('close', ({ code, reason }) => {
      if (!this.#closed) events.ended({ code, reason })
    })
  }

  send(text: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(new TextEncoder().encode(text))
  }

  /** @param progress is told how many bytes are sent */
  async paste(
    text: string,
    { signal, progress }: { signal: AbortSignal; progress: (done: number) => void },
  ): Promise<void> {
    // Enter is a carriage return on a terminal.
    const bytes = new TextEncoder().encode(text.replaceAll(/\r\n|\n/g, '\r'))
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      if (signal.aborted || this.#socket.readyState !== WebSocket.OPEN) return
      this.#socket.send(bytes.subarray(from, from + pieceBytes))
      progress(Math.min(bytes.length, from + pieceBytes))
      await new Promise((resolve) => setTimeout(resolve, pieceGapMs))
    }
  }

  close(): void {
    this.#closed = true
    this.#socket.close()
  }

  #receive(bytes: Uint8Array, events: SerialEvents): void {
    if (this.#waiting + bytes.length > maxWaiting) {
      events.dropped(bytes.length)
      return
    }
    this.#waiting += bytes.length
    events.data(bytes, () => {
      this.#waiting -= bytes.length
    })
  }
}
