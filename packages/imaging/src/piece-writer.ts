/**
 * Writes a stream into a file while it comes. Pieces are copied into a few large buffers that are used again and again: nobody has to keep
 * them, so that a stream of gigabytes is no work for the garbage collector, and the disk gets few large writes.
 */

/** One buffer is filled while another is written; more of them that wait than this, and whoever brings pieces waits, too. */
const mostWaiting = 1
const bufferBytes = 1024 ** 2
/** Buffers that nobody needs at the moment are kept for the next stream. */
const mostSpare = 8
/** Zeros are looked for in pieces of this size, in bytes, and less than a block of a file system makes no hole. */
const grainBytes = 64 * 1024
const leastHoleBytes = 4096
/** Milliseconds after which a buffer is written that does not become full: of a slow stream a crash takes no more than what came in these. */
const patienceMs = 100

const spare: Buffer[] = []
const zeros = Buffer.alloc(grainBytes)

/** What a `FileHandle` can, as far as it is needed here. */
interface Writable {
  write(buffer: Uint8Array, offset: number, bytes: number, at: number): Promise<{ bytesWritten: number }>
}

/** Bytes that follow each other in the file. */
interface Run {
  at: number
  bytes: number
  buffer: Buffer
}

/** Pieces of nothing but zeros are left out: where the file ends before them, the caller gives it its length. */
export class PieceWriter {
  readonly #file: Writable
  #end: number
  #filling: Run | undefined
  readonly #waiting: Run[] = []
  #writing: Promise<void> | undefined
  #failure: { error: unknown } | undefined
  #timer: NodeJS.Timeout | undefined

  /** @param at of the first piece, in bytes */
  constructor(file: Writable, at: number) {
    this.#file = file
    this.#end = at
  }

  /**
   * Takes a piece, whose memory is the caller's again at once. @returns what to wait for before the next one; undefined when there is room
   * @throws what an earlier write failed with
   */
  add(data: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== undefined) return this.#room()
    for (let from = 0; from < data.length; from += grainBytes) this.#take(data.subarray(from, from + grainBytes))
    return this.#waiting.length > mostWaiting ? this.#room() : undefined
  }

  /** All of it is in the file. @throws as `add` */
  async flush(): Promise<void> {
    this.#seal()
    await this.#writing
    this.#throwFailure()
  }

  async #room(): Promise<void> {
    while (this.#waiting.length > mostWaiting && this.#failure === undefined) await this.#writing
    this.#throwFailure()
  }

  #take(piece: Uint8Array): void {
    const at = this.#end
    this.#end += piece.length
    if (piece.length >= leastHoleBytes && zeros.compare(piece, 0, piece.length, 0, piece.length) === 0) {
      return this.#seal()
    }
    for (let from = 0; from < piece.length;) {
      const run = this.#runAt(at + from)
      const bytes = Math.min(piece.length - from, run.buffer.length - run.bytes)
      run.buffer.set(piece.subarray(from, from + bytes), run.bytes)
      run.bytes += bytes
      from += bytes
      if (run.bytes === run.buffer.length) this.#seal()
    }
  }

  #runAt(at: number): Run {
    this.#filling ??= { at, bytes: 0, buffer: spare.pop() ?? Buffer.allocUnsafeSlow(bufferBytes) }
    this.#timer ??= setTimeout(() => this.#seal(), patienceMs)
    return this.#filling
  }

  /** What is gathered is to be written as it is. */
  #seal(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    if (this.#filling !== undefined) this.#waiting.push(this.#filling)
    this.#filling = undefined
    if (this.#waiting.length > 0) this.#writing ??= this.#write()
  }

  /** Ends when nothing waits. Never rejects: nobody may be waiting for it. */
  async #write(): Promise<void> {
    try {
      for (let run = this.#waiting.shift(); run !== undefined; run = this.#waiting.shift()) {
        if (this.#failure === undefined) await this.#writeRun(run)
        if (spare.length < mostSpare) spare.push(run.buffer)
      }
    } catch (error) {
      this.#failure = { error }
      this.#waiting.length = 0
    } finally {
      this.#writing = undefined
    }
  }

  /** A write may take fewer bytes than it was given: on a disk that is just getting full, before the one that fails. */
  async #writeRun({ at, bytes, buffer }: Run): Promise<void> {
    for (let done = 0; done < bytes;) {
      done += (await this.#file.write(buffer, done, bytes - done, at + done)).bytesWritten
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}
