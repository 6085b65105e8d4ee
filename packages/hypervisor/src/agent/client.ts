/**
 * Speaks to the QEMU guest agent over its channel. Whatever runs in the guest may sit at the other end, so nothing it sends is
 * trusted: replies are bounded, late or stray bytes are skipped by a delimited sync before every exchange, and while nobody asks
 * nothing is read, so that a guest that floods the channel only blocks itself.
 * Source: QEMU's docs/interop/qemu-ga-ref (guest-sync-delimited).
 */

import { randomInt } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { messageOf } from '@berth/base'
import { DriverError } from '../driver.ts'
import { LongTexts } from './long-texts.ts'
import { JsonLines, parseBounded, type FramingLimits } from '../qmp/framing.ts'
import { readOptionalText, readRecord, type WireRecord } from '../wire.ts'

export interface AgentClientOptions {
  /** Opens the channel's socket. */
  connect(): Promise<Duplex>
  /** Names the guest in errors. */
  peer: string
  /** Milliseconds an exchange may take; 5000 unless given. */
  timeoutMs?: number
  /** Most bytes that are skipped to find the answer to a sync. */
  maxStaleBytes?: number
}

/** Of what a command wrote, which is cut: as base64, and both of its outputs together. */
const outputLimits = { maxText: 128 * 1024, maxBytes: 48 * 1024 * 1024 }
const replyLimits: FramingLimits = { maxBytes: 1024 * 1024, maxDepth: 32 }
/**
 * Most bytes that are skipped while waiting for the answer to a sync, unless told otherwise: the rest of an answer that was too long. An
 * agent keeps up to 16 MiB of a command's output, and sends it a third longer.
 */
const defaultMaxStale = 24 * 1024 * 1024
/** Never part of UTF-8 text; ends whatever the agent's parser had half read, and starts the answer to a delimited sync. */
const delimiter = 0xff

/** @param timeoutMs for this command; the client's own unless given */
export type Ask = (command: string, args?: Record<string, unknown>, timeoutMs?: number) => Promise<unknown>

export class AgentClient {
  readonly #options: AgentClientOptions
  #stream: Duplex | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #closed = false

  constructor(options: AgentClientOptions) {
    this.#options = options
  }

  /**
   * Runs `use` with the agent in step; one caller at a time.
   * @throws {DriverError} AgentUnavailable, Timeout, Protocol, Refused
   */
  exchange<T>(use: (ask: Ask) => Promise<T>): Promise<T> {
    const run = async (): Promise<T> => {
      const stream = await this.#open()
      try {
        await this.#sync(stream)
        return await use((command, args, timeoutMs) => this.#ask(stream, { command, args, timeoutMs }))
      } catch (error) {
        // A refusal leaves both sides in step; after anything else the next exchange starts on a new connection.
        if (!(error instanceof DriverError && error.code === 'Refused')) this.#drop()
        throw error
      } finally {
        stream.pause()
      }
    }
    const result = this.#queue.then(run)
    this.#queue = result.catch(() => {})
    return result
  }

  /** Sends a command whose success has no answer (shutdown). */
  send(command: string, args: Record<string, unknown>): Promise<void> {
    const run = async (): Promise<void> => {
      const stream = await this.#open()
      await this.#sync(stream)
      stream.write(`${JSON.stringify({ execute: command, arguments: args })}\n`)
      stream.pause()
    }
    const result = this.#queue.then(run)
    this.#queue = result.catch(() => {})
    return result
  }

  close(): void {
    this.#closed = true
    this.#drop()
  }

  async #open(): Promise<Duplex> {
    if (this.#closed) throw new DriverError('WrongState', `${this.#options.peer} is over`)
    if (this.#stream !== undefined && !this.#stream.destroyed) return this.#stream
    let stream: Duplex
    try {
      stream = await this.#options.connect()
    } catch (error) {
      throw new DriverError('AgentUnavailable', `the agent channel of ${this.#options.peer} does not open`, {
        cause: error,
      })
    }
    stream.pause()
    stream.on('error', () => stream.destroy())
    this.#stream = stream
    return stream
  }

  #drop(): void {
    this.#stream?.destroy()
    this.#stream = undefined
  }

  async #sync(stream: Duplex): Promise<void> {
    const id = randomInt(1, 2 ** 31)
    const scanner = new SyncScanner(id, this.#options.maxStaleBytes ?? defaultMaxStale)
    const answered = this.#receive(stream, 'sync', (chunk) => (scanner.push(chunk) ? { value: undefined } : undefined))
    const request = JSON.stringify({ execute: 'guest-sync-delimited', arguments: { id } })
    stream.write(Buffer.concat([Buffer.from([delimiter]), Buffer.from(`${request}\n`)]))
    await answered
  }

  async #ask(
    stream: Duplex,
    {
      command,
      args,
      timeoutMs,
    }: { command: string; args: Record<string, unknown> | undefined; timeoutMs: number | undefined },
  ): Promise<unknown> {
    const lines = new JsonLines(replyLimits)
    const texts = command === 'guest-exec-status' ? new LongTexts(outputLimits) : undefined
    const take = (chunk: Buffer): { value: WireRecord } | undefined => {
      const [value] = lines.push(texts?.push(chunk) ?? chunk)
      return value === undefined ? undefined : { value: readRecord(value, command) }
    }
    const answered = this.#receive(stream, command, take, timeoutMs)
    stream.write(`${JSON.stringify({ execute: command, ...(args === undefined ? {} : { arguments: args }) })}\n`)
    const reply = await answered
    if (reply !== undefined && 'error' in reply) {
      const words = readOptionalText(readRecord(reply.error, 'error').desc, 'error.desc') ?? 'no reason given'
      throw new DriverError('Refused', `the agent of ${this.#options.peer} refused ${command}: ${words}`)
    }
    return reply?.return
  }

  /** Reads chunks until `take` has what it wants. */
  #receive(
    stream: Duplex,
    what: string,
    take: (chunk: Buffer) => { value: WireRecord | undefined } | undefined,
    limitMs?: number,
  ): Promise<WireRecord | undefined> {
    const { peer } = this.#options
    const timeoutMs = limitMs ?? this.#options.timeoutMs ?? 5000
    return new Promise((resolve, reject) => {
      const finish = (settle: () => void): void => {
        clearTimeout(timer)
        stream.off('data', onData).off('close', onClose)
        stream.pause()
        settle()
      }
      const timer = setTimeout(() => {
        const words = `the agent of ${peer} did not answer ${what} within ${timeoutMs} ms`
        finish(() => reject(new DriverError('Timeout', words)))
      }, timeoutMs)
      const onData = (chunk: Buffer): void => {
        try {
          const taken = take(chunk)
          if (taken !== undefined) finish(() => resolve(taken.value))
        } catch (error) {
          const words = `the agent of ${peer} answered ${what} wrongly: ${messageOf(error)}`
          finish(() => reject(new DriverError('Protocol', words, { cause: error })))
        }
      }
      const onClose = (): void => {
        finish(() => reject(new DriverError('AgentUnavailable', `the agent channel of ${peer} closed`)))
      }
      stream.on('data', onData).on('close', onClose)
      stream.resume()
    })
  }
}

/** Finds the answer to a delimited sync in a stream that may hold anything before it. */
class SyncScanner {
  readonly #id: number
  readonly #maxStale: number
  #skipped = 0
  #line: Buffer | undefined

  constructor(id: number, maxStale: number) {
    this.#id = id
    this.#maxStale = maxStale
  }

  /** True once the answer is there. */
  push(chunk: Buffer): boolean {
    this.#skipped += chunk.length
    if (this.#skipped > this.#maxStale)
      throw new DriverError('Protocol', `more than ${this.#maxStale} bytes without an answer`)
    const start = chunk.lastIndexOf(delimiter)
    if (start !== -1) this.#line = chunk.subarray(start + 1)
    else if (this.#line !== undefined && this.#line.length < 256) this.#line = Buffer.concat([this.#line, chunk])
    const end = this.#line?.indexOf('\n') ?? -1
    if (this.#line === undefined || end === -1 || end > 256) return false
    const text = this.#line.toString('utf8', 0, end)
    this.#line = undefined
    return isAnswer(text, this.#id)
  }
}

function isAnswer(text: string, id: number): boolean {
  try {
    return readRecord(parseBounded(text, 4), 'sync').return === id
  } catch {
    // Stale bytes of an earlier exchange; the scan goes on.
    return false
  }
}
