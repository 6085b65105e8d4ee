/** The serial console of a simulated guest: greets, echoes, and remembers what it printed, up to a bound. */

import { Duplex } from 'node:stream'

const greeting = 'berth guest ready'
/** Scale tests have thousands of consoles; each keeps little. */
const maxKept = 16 * 1024

export class SimulatedConsole {
  #kept = Buffer.alloc(0)
  /** All bytes ever printed. */
  #printed = 0
  #session: Duplex | undefined
  #ended = false
  #greeted = false
  readonly #wakeups = new Set<() => void>()

  get greeted(): boolean {
    return this.#greeted
  }

  greet(title: string): void {
    this.#greeted = true
    this.print(`\r\n${greeting}\r\n\r\n  Hello from ${title}: a simulated guest.\r\n`)
  }

  /** The guest starts over. */
  restart(): void {
    this.#greeted = false
  }

  print(text: string): void {
    const bytes = Buffer.from(text)
    this.#kept = Buffer.concat([this.#kept, bytes]).subarray(-maxKept)
    this.#printed += bytes.length
    if (this.#session?.destroyed === false) this.#session.push(bytes)
    this.#wake()
  }

  /** A session that echoes what it is sent; ends the one before. */
  open(): Duplex {
    this.#session?.destroy()
    const session = new Duplex({
      read() {},
      write: (chunk: Buffer, _encoding, done) => {
        this.print(chunk.toString())
        done()
      },
    })
    this.#session = session
    return session
  }

  end(): void {
    this.#session?.destroy()
    this.#ended = true
    this.#wake()
  }

  async *read(options: { tailBytes?: number; follow: boolean; signal: AbortSignal }): AsyncGenerator<Uint8Array> {
    const { tailBytes = maxKept, follow, signal } = options
    let position = this.#printed - Math.min(tailBytes, this.#kept.length)
    for (;;) {
      if (signal.aborted) return
      const missing = Math.min(this.#printed - position, this.#kept.length)
      position = this.#printed
      if (missing > 0) yield this.#kept.subarray(this.#kept.length - missing)
      else if (!follow || this.#ended) return
      else await this.#change(signal)
    }
  }

  #wake(): void {
    for (const wake of this.#wakeups) wake()
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#wakeups.delete(done)
        signal.removeEventListener('abort', done)
        resolve()
      }
      this.#wakeups.add(done)
      signal.addEventListener('abort', done)
    })
  }
}
