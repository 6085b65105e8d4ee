/** A QMP connection: greeting, numbered commands with time-outs, events. Knows nothing of machines. */

import type { Duplex } from 'node:stream'
import { messageOf } from '@berth/base'
import { DriverError } from '../driver.ts'
import { readOptionalText, readRecord, readText, type WireRecord } from '../wire.ts'
import { qmpCommands, type QmpArguments, type QmpCommandName, type QmpResult } from './commands.ts'
import { JsonLines } from './framing.ts'

export interface QmpEvent {
  name: string
  data: WireRecord
}

export interface QmpConnectOptions {
  /** A connected stream. Owned by the client from here on. */
  stream: Duplex
  /** Names the peer in errors. */
  peer: string
  onEvent(event: QmpEvent): void
  /** Called once when the connection is over, with the reason when it was not `close`. */
  onClose(error: DriverError | undefined): void
  /** Time for the greeting and for entering command mode, in milliseconds. */
  timeoutMs: number
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: DriverError): void
  timer: NodeJS.Timeout
}

export class QmpClient {
  readonly #stream: Duplex
  readonly #options: QmpConnectOptions
  readonly #lines = new JsonLines()
  readonly #waiting = new Map<number, Waiting>()
  #greeting: { resolve(): void; reject(error: DriverError): void } | undefined
  #nextId = 1
  #closed: DriverError | undefined

  private constructor(options: QmpConnectOptions) {
    this.#options = options
    this.#stream = options.stream
    this.#stream.on('data', (chunk: Buffer) => this.#receive(chunk))
    this.#stream.on('error', (error) => this.#end(this.#lost(messageOf(error))))
    this.#stream.on('close', () => this.#end(this.#lost('the connection closed')))
  }

  /**
   * Waits for the greeting and leaves capability negotiation.
   * @throws {DriverError} Timeout, Protocol
   */
  static async connect(options: QmpConnectOptions): Promise<QmpClient> {
    const client = new QmpClient(options)
    const greeted = new Promise<void>((resolve, reject) => {
      client.#greeting = { resolve, reject }
    })
    if (options.stream.destroyed) client.#end(client.#lost('the connection closed'))
    const timer = setTimeout(() => {
      client.#end(new DriverError('Timeout', `${options.peer} did not greet within ${options.timeoutMs} ms`))
    }, options.timeoutMs)
    try {
      await greeted
      await client.execute('qmp_capabilities')
    } finally {
      clearTimeout(timer)
    }
    return client
  }

  get closed(): boolean {
    return this.#closed !== undefined
  }

  /** @throws {DriverError} Refused (QEMU's class and words), Timeout, Protocol */
  async execute<Name extends QmpCommandName>(
    name: Name,
    ...args: QmpArguments<Name> extends undefined ? [] : [QmpArguments<Name>]
  ): Promise<QmpResult<Name>> {
    const { timeoutMs, read } = qmpCommands[name]
    const value = await this.#request(name, args[0], timeoutMs)
    // The table ties each name to its reader; the compiler cannot follow that through the union.
    return read(value) as QmpResult<Name>
  }

  /**
   * The same for a command that something goes beside: `send` writes the line, on the stream this client was made with.
   * @throws what `send` throws, too
   */
  async executeBeside<Name extends QmpCommandName>(
    name: Name,
    args: QmpArguments<Name>,
    send: (line: string) => Promise<void>,
  ): Promise<QmpResult<Name>> {
    const { timeoutMs, read } = qmpCommands[name]
    const sent: { failure?: Promise<never> } = {}
    const answer = this.#request(name, args, timeoutMs, (line) => {
      sent.failure = send(line).then(() => new Promise<never>(() => {}))
    })
    // As above.
    return read(await Promise.race([answer, ...(sent.failure === undefined ? [] : [sent.failure])])) as QmpResult<Name>
  }

  close(): void {
    this.#end(undefined)
  }

  #request(
    name: string,
    args: unknown,
    timeoutMs: number,
    send: (line: string) => void = (line) => this.#stream.write(line),
  ): Promise<unknown> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed)
    const id = this.#nextId
    this.#nextId += 1
    return new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(id)
        reject(new DriverError('Timeout', `${this.#options.peer} did not answer ${name} within ${timeoutMs} ms`))
      }, timeoutMs)
      this.#waiting.set(id, { resolve, reject, timer })
      send(`${JSON.stringify({ execute: name, id, ...(args === undefined ? {} : { arguments: args }) })}\n`)
    })
  }

  #receive(chunk: Buffer): void {
    if (this.#closed !== undefined) return
    try {
      for (const value of this.#lines.push(chunk)) this.#handle(readRecord(value, 'message'))
    } catch (error) {
      this.#end(
        error instanceof DriverError
          ? new DriverError('Protocol', `${this.#options.peer}: ${error.message}`, { cause: error })
          : new DriverError('Protocol', `${this.#options.peer}: ${messageOf(error)}`, { cause: error }),
      )
    }
  }

  #handle(message: WireRecord): void {
    if ('QMP' in message) {
      this.#greeting?.resolve()
      this.#greeting = undefined
    } else if ('event' in message) {
      const data = message.data === undefined ? {} : readRecord(message.data, 'event.data')
      this.#options.onEvent({ name: readText(message.event, 'event'), data })
    } else if ('return' in message || 'error' in message) {
      this.#answer(message)
    }
  }

  #answer(message: WireRecord): void {
    const id = typeof message.id === 'number' ? message.id : undefined
    const waiting = id === undefined ? undefined : this.#waiting.get(id)
    // An answer that comes after its time-out has nobody waiting any more.
    if (id === undefined || waiting === undefined) return
    this.#waiting.delete(id)
    clearTimeout(waiting.timer)
    if (!('error' in message)) {
      waiting.resolve(message.return)
      return
    }
    const error = readRecord(message.error, 'error')
    const kind = readOptionalText(error.class, 'error.class') ?? 'GenericError'
    const words = readOptionalText(error.desc, 'error.desc') ?? 'no reason given'
    waiting.reject(new DriverError(refusalCode(words), `${this.#options.peer} refused: ${words} (${kind})`))
  }

  #lost(why: string): DriverError {
    return new DriverError('Protocol', `lost ${this.#options.peer}: ${why}`)
  }

  #end(error: DriverError | undefined): void {
    if (this.#closed !== undefined) return
    this.#closed = error ?? new DriverError('WrongState', `the connection to ${this.#options.peer} is closed`)
    this.#greeting?.reject(this.#closed)
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer)
      waiting.reject(this.#closed)
    }
    this.#waiting.clear()
    this.#lines.clear()
    this.#stream.destroy()
    this.#options.onClose(error)
  }
}

/** What QEMU's words mean; `strerror` of ENOSPC is told from the rest. */
export function refusalCode(words: string): 'NoSpace' | 'Refused' {
  return words.includes('No space left on device') ? 'NoSpace' : 'Refused'
}
