/** Writes the pieces of a stream into a file while the next ones come: one write at a time, of all that has come meanwhile. */

/** Of pieces that wait; more than this and whoever brings them waits, too. */
const mostWaitingBytes = 1024 ** 2
const zeros = Buffer.alloc(256 * 1024)

/** What a `FileHandle` can, as far as it is needed here. */
interface Writable {
  writev(data: Uint8Array[], at: number): Promise<{ bytesWritten: number }>
}

interface Piece {
  at: number
  data: Uint8Array
}

/** Pieces of nothing but zeros are left out: where the file ends before them, the caller gives it its length. */
export class PieceWriter {
  readonly #file: Writable
  #end: number
  #waiting: Piece[] = []
  #waitingBytes = 0
  #writing: Promise<void> | undefined
  #failure: { error: unknown } | undefined

  /** @param at of the first piece, in bytes */
  constructor(file: Writable, at: number) {
    this.#file = file
    this.#end = at
  }

  /** Returns as soon as there is room for the next one. @throws what an earlier write failed with */
  async add(data: Uint8Array): Promise<void> {
    this.#throwFailure()
    if (!isZero(data)) {
      this.#waiting.push({ at: this.#end, data })
      this.#waitingBytes += data.length
    }
    this.#end += data.length
    if (this.#waiting.length > 0) this.#writing ??= this.#write()
    while (this.#waitingBytes > mostWaitingBytes && this.#failure === undefined) await this.#writing
    this.#throwFailure()
  }

  /** All of it is in the file. @throws as `add` */
  async flush(): Promise<void> {
    await this.#writing
    this.#throwFailure()
  }

  /** Ends when nothing waits. Never rejects: nobody may be waiting for it. */
  async #write(): Promise<void> {
    try {
      for (;;) {
        const pieces = this.#takeRow()
        const [first] = pieces
        if (first === undefined) return
        await this.#writeRow(pieces, first.at)
      }
    } catch (error) {
      this.#failure = { error }
    } finally {
      this.#writing = undefined
    }
  }

  /** The pieces that follow each other without a gap. */
  #takeRow(): Piece[] {
    const gap = this.#waiting.findIndex(({ at }, index) => {
      const before = this.#waiting[index - 1]
      return before !== undefined && before.at + before.data.length !== at
    })
    const row = this.#waiting.splice(0, gap === -1 ? this.#waiting.length : gap)
    for (const { data } of row) this.#waitingBytes -= data.length
    return row
  }

  /** A write may take fewer bytes than it was given: on a disk that is just getting full, before the one that fails. */
  async #writeRow(row: readonly Piece[], from: number): Promise<void> {
    let left = row.map(({ data }) => data)
    for (let at = from; left.length > 0;) {
      const { bytesWritten } = await this.#file.writev(left, at)
      at += bytesWritten
      left = without(left, bytesWritten)
    }
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error
  }
}

function without(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let done = bytes
  return pieces.flatMap((piece) => {
    const skipped = Math.min(done, piece.length)
    done -= skipped
    return skipped === piece.length ? [] : [piece.subarray(skipped)]
  })
}

function isZero(data: Uint8Array): boolean {
  for (let at = 0; at < data.length; at += zeros.length) {
    const end = Math.min(data.length, at + zeros.length)
    if (zeros.compare(data, at, end, 0, end - at) !== 0) return false
  }
  return true
}
