/**
 * The serial log of a machine. QEMU appends to it, also while no driver runs; the driver keeps it bounded by moving its newest part
 * to a second generation and cutting it to nothing. Bytes that QEMU writes between those two steps are lost.
 */

import { closeSync, openSync, watch } from 'node:fs'
import { open, readFile, rename, stat, truncate, writeFile } from 'node:fs/promises'

/** Most bytes handed to a reader at once. */
const pieceBytes = 64 * 1024

export interface ReadOptions {
  tailBytes?: number
  follow: boolean
  signal: AbortSignal
}

export class SerialLog {
  readonly #path: string
  readonly #maxBytes: number
  /** Bytes that have left the current file since this object exists; positions of readers count from there. */
  #base = 0
  #ended = false
  readonly #wakeups = new Set<() => void>()
  /** Rotation and reading take turns. */
  #turn: Promise<unknown> = Promise.resolve()

  constructor(path: string, maxBytes: number) {
    this.#path = path
    this.#maxBytes = maxBytes
  }

  /** Cuts the log when it is over its bound. @returns how far it has come, in the count that readers' positions are in */
  rotate(): Promise<number> {
    return this.#inTurn(async () => {
      const size = await sizeOf(this.#path)
      if (size <= this.#maxBytes) return this.#base + size
      const newest = await readAt(this.#path, size - this.#maxBytes, this.#maxBytes)
      await writeFile(`${this.#path}.1.new`, newest, { mode: 0o600 })
      await rename(`${this.#path}.1.new`, `${this.#path}.1`)
      await truncate(this.#path, 0)
      this.#base += size
      return this.#base
    })
  }

  /** No more bytes will come: readers that follow end after what is there. */
  end(): void {
    this.#ended = true
    for (const wake of this.#wakeups) wake()
  }

  async *read({ tailBytes, follow, signal }: ReadOptions): AsyncGenerator<Uint8Array> {
    const [start, end] = await this.#extent()
    let position = tailBytes === undefined ? start : Math.max(start, end - tailBytes)
    if (!follow) {
      yield* this.#pieces(position, end, signal)
      return
    }
    const bell = this.#bell(signal)
    try {
      while (!signal.aborted) {
        // Asked before reading: what is written until the end was announced is then read below.
        const over = this.#ended
        const piece = await this.#readFrom(position)
        if (piece.bytes.length > 0) {
          position = piece.next
          yield piece.bytes
        } else if (over) return
        else await bell.ring()
      }
    } finally {
      bell.close()
    }
  }

  async *#pieces(from: number, end: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let position = from
    while (position < end && !signal.aborted) {
      const { bytes, next } = await this.#readFrom(position)
      if (bytes.length === 0) return
      yield bytes.subarray(0, end - position)
      position = next
    }
  }

  /** First and last position that can be read. */
  #extent(): Promise<[number, number]> {
    return this.#inTurn(async () => [
      this.#base - (await sizeOf(`${this.#path}.1`)),
      this.#base + (await sizeOf(this.#path)),
    ])
  }

  #readFrom(position: number): Promise<{ bytes: Buffer; next: number }> {
    return this.#inTurn(async () => {
      if (position >= this.#base) {
        const bytes = await readAt(this.#path, position - this.#base, pieceBytes)
        return { bytes, next: position + bytes.length }
      }
      const older = await readFile(`${this.#path}.1`).catch(() => Buffer.alloc(0))
      // A reader that fell behind two rotations goes on with the oldest byte there is.
      const from = Math.max(0, older.length - (this.#base - position))
      const bytes = older.subarray(from, from + pieceBytes)
      if (bytes.length > 0) return { bytes, next: this.#base - older.length + from + bytes.length }
      const current = await readAt(this.#path, 0, pieceBytes)
      return { bytes: current, next: this.#base + current.length }
    })
  }

  /** Rings when the file changes, the log ends or the reader gives up. */
  #bell(signal: AbortSignal): { ring(): Promise<void>; close(): void } {
    let rung = false
    let wake: (() => void) | undefined
    const strike = (): void => {
      rung = true
      wake?.()
    }
    // A reader may come before the machine's first start has made it, and what is not there cannot be watched.
    closeSync(openSync(this.#path, 'a', 0o600))
    const watcher = watch(this.#path, strike)
    watcher.on('error', strike)
    this.#wakeups.add(strike)
    signal.addEventListener('abort', strike)
    return {
      ring: async () => {
        if (!rung) {
          await new Promise<void>((resolve) => {
            wake = resolve
          })
        }
        rung = false
        wake = undefined
      },
      close: () => {
        watcher.close()
        this.#wakeups.delete(strike)
        signal.removeEventListener('abort', strike)
      },
    }
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work)
    this.#turn = result.catch(() => {})
    return result
  }
}

async function sizeOf(path: string): Promise<number> {
  return stat(path).then(
    ({ size }) => size,
    () => 0,
  )
}

async function readAt(path: string, position: number, length: number): Promise<Buffer> {
  const handle = await open(path)
  try {
    const buffer = Buffer.alloc(length)
    const { bytesRead } = await handle.read(buffer, 0, length, position)
    return buffer.subarray(0, bytesRead)
  } finally {
    await handle.close()
  }
}
