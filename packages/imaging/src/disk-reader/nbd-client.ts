/**
 * A client of the Network Block Device protocol over a connected socket, as much of it as reading takes: fixed newstyle negotiation,
 * structured replies, `base:allocation` and a bitmap of QEMU's. One request at a time. Source: the protocol's document (doc/proto.md of NetworkBlockDevice/nbd).
 */

import type { Duplex } from 'node:stream'
import { ImagingError } from '../errors.ts'
import { ByteQueue } from './byte-queue.ts'

/** What is known of a part of a disk. */
export interface BlockStatus {
  offset: number
  length: number
  /** Reads as zeros, whatever lies on the disk. */
  zero: boolean
  /** Nothing lies on the disk for it. */
  hole: boolean
  /** Set in the bitmap that was asked for. */
  dirty: boolean
}

export interface NbdExport {
  /** Of the disk, where the server has several. */
  name?: string
  /** A meta context of the server's that tells more of each part: `qemu:dirty-bitmap:changed`. */
  bitmap?: string
}

const optionMagic = 0x49484156454f5054n
const optionReplyMagic = 0x3e889045565a9n
const requestMagic = 0x25609513
const replyMagic = 0x668e33ef
const option = { go: 7, structuredReply: 8, setMetaContext: 10 } as const
const optionReply = { ack: 1, info: 3, metaContext: 4 } as const
const command = { read: 0, disconnect: 2, blockStatus: 7 } as const
const chunk = { none: 0, data: 1, hole: 2, blockStatus: 5, error: 0x8001, errorAt: 0x8002 } as const
const lastChunk = 1
const state = { hole: 1, zero: 2, dirty: 1 } as const
const allocation = 'base:allocation'
/** Bytes of a reply that no server of ours sends. */
const maxReply = 64 * 1024 * 1024
/** One answer of QEMU's tells of 131072 at most, for each context. */
const maxExtents = 300_000

/** Of one context, which begin where the question did. */
type Told = { length: number; flags: number }[]

export class NbdClient {
  readonly #socket: Duplex
  readonly #bytes: ByteQueue
  #cookie = 0n
  #turn: Promise<unknown> = Promise.resolve()
  /** Ids that the server gave the contexts. */
  #allocation = -1
  #bitmap = -1
  sizeBytes = 0

  private constructor(socket: Duplex) {
    this.#socket = socket
    this.#bytes = new ByteQueue(socket)
  }

  /** @throws {ImagingError} ToolFailed when the server is none, or knows not what is needed */
  static async open(socket: Duplex, wanted: NbdExport = {}): Promise<NbdClient> {
    const client = new NbdClient(socket)
    await client.#negotiate(wanted)
    return client
  }

  /** @throws {ImagingError} ToolFailed, CorruptData when the disk cannot be read there */
  read(offset: number, length: number): Promise<Buffer> {
    return this.#inTurn(() => this.#read(offset, length))
  }

  /** What is known of `length` bytes from `offset` on; at least one part, and not always all of it. */
  status(offset: number, length: number): Promise<BlockStatus[]> {
    return this.#inTurn(() => this.#status(offset, length))
  }

  close(): void {
    this.#request(command.disconnect, 0, 0)
    this.#socket.end()
    this.#socket.destroy()
  }

  async #negotiate({ name = '', bitmap }: NbdExport): Promise<void> {
    const hello = await this.#bytes.take(18)
    if (hello.toString('latin1', 0, 8) !== 'NBDMAGIC' || hello.readBigUInt64BE(8) !== optionMagic)
      throw broken('it speaks another protocol')
    // Fixed newstyle, and no zeros after the old kind of answer.
    const flags = Buffer.alloc(4)
    flags.writeUInt32BE(3)
    this.#socket.write(flags)
    await this.#option(option.structuredReply, Buffer.alloc(0))
    const queries = bitmap === undefined ? [allocation] : [allocation, bitmap]
    const contexts = await this.#option(
      option.setMetaContext,
      Buffer.concat([lengthAnd(name), number32(queries.length), ...queries.map(lengthAnd)]),
    )
    for (const { type, data } of contexts) {
      if (type !== optionReply.metaContext) continue
      const context = data.toString('utf8', 4)
      if (context === allocation) this.#allocation = data.readUInt32BE(0)
      else if (context === bitmap) this.#bitmap = data.readUInt32BE(0)
    }
    if (this.#allocation === -1) throw broken('it does not tell holes')
    if (bitmap !== undefined && this.#bitmap === -1) throw broken('it does not tell what changed')
    const infos = await this.#option(option.go, Buffer.concat([lengthAnd(name), Buffer.alloc(2)]))
    const about = infos.find(({ type, data }) => type === optionReply.info && data.readUInt16BE(0) === 0)
    if (about === undefined) throw broken('it does not tell the size')
    this.sizeBytes = Number(about.data.readBigUInt64BE(2))
  }

  async #option(code: number, data: Buffer): Promise<{ type: number; data: Buffer }[]> {
    const head = Buffer.alloc(16)
    head.writeBigUInt64BE(optionMagic, 0)
    head.writeUInt32BE(code, 8)
    head.writeUInt32BE(data.length, 12)
    this.#socket.write(Buffer.concat([head, data]))
    const replies: { type: number; data: Buffer }[] = []
    for (;;) {
      const reply = await this.#bytes.take(20)
      if (reply.readBigUInt64BE(0) !== optionReplyMagic) throw broken('it answers what was not asked')
      const type = reply.readUInt32BE(12)
      const body = await this.#bytes.take(bounded(reply.readUInt32BE(16)))
      if (type === optionReply.ack) return replies
      if (type >= 0x80000000) throw broken(`it refuses option ${code}: ${body.toString('utf8')}`)
      replies.push({ type, data: body })
    }
  }

  async #read(offset: number, length: number): Promise<Buffer> {
    const wanted = Buffer.alloc(length)
    this.#request(command.read, offset, length)
    for await (const { type, data } of this.#chunks()) {
      if (type !== chunk.data && type !== chunk.hole) continue
      const at = Number(data.readBigUInt64BE(0)) - offset
      const bytes = type === chunk.hole ? data.readUInt32BE(8) : data.length - 8
      if (at < 0 || at + bytes > length) throw broken('it answers more than was asked')
      if (type === chunk.data) data.copy(wanted, at, 8)
    }
    return wanted
  }

  async #status(offset: number, length: number): Promise<BlockStatus[]> {
    const told = new Map<number, Told>()
    this.#request(command.blockStatus, offset, length)
    for await (const { type, data } of this.#chunks()) {
      if (type !== chunk.blockStatus) continue
      const context = data.readUInt32BE(0)
      const extents = told.get(context) ?? []
      if (extents.length + data.length / 8 > maxExtents) throw broken('it answers more than was asked')
      for (let at = 4; at + 8 <= data.length; at += 8)
        extents.push({ length: data.readUInt32BE(at), flags: data.readUInt32BE(at + 4) })
      if (context === this.#allocation || context === this.#bitmap) told.set(context, extents)
    }
    const whole: Told = [{ length, flags: 0 }]
    const merged = inBoth(
      { offset, end: offset + length },
      told.get(this.#allocation) ?? [],
      this.#bitmap === -1 ? whole : (told.get(this.#bitmap) ?? []),
    )
    if (merged.length === 0) throw broken('it does not tell holes')
    return merged
  }

  /** Of one request; all of them are read, also when the first tells of an error. */
  async *#chunks(): AsyncGenerator<{ type: number; data: Buffer }> {
    let failure: ImagingError | undefined
    for (;;) {
      const head = await this.#bytes.take(20)
      if (head.readUInt32BE(0) !== replyMagic || head.readBigUInt64BE(8) !== this.#cookie)
        throw broken('it answers what was not asked')
      const type = head.readUInt16BE(6)
      const data = await this.#bytes.take(bounded(head.readUInt32BE(16)))
      if (type === chunk.error || type === chunk.errorAt) {
        const words = data.toString('utf8', 6, 6 + data.readUInt16BE(4))
        failure ??= new ImagingError('CorruptData', `the disk cannot be read: error ${data.readUInt32BE(0)} ${words}`)
      } else if (failure === undefined) yield { type, data }
      if ((head.readUInt16BE(4) & lastChunk) !== 0) break
    }
    if (failure !== undefined) throw failure
  }

  #request(code: number, offset: number, length: number): void {
    this.#cookie += 1n
    const head = Buffer.alloc(28)
    head.writeUInt32BE(requestMagic, 0)
    head.writeUInt16BE(code, 6)
    head.writeBigUInt64BE(this.#cookie, 8)
    head.writeBigUInt64BE(BigInt(offset), 16)
    head.writeUInt32BE(length, 24)
    this.#socket.write(head)
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work)
    this.#turn = mine.catch(() => {})
    return mine
  }
}

/** The parts in which both contexts are alike, as far as both tell. */
function inBoth({ offset, end }: { offset: number; end: number }, allocations: Told, bitmap: Told): BlockStatus[] {
  const parts: BlockStatus[] = []
  let from = offset
  // How far each of the present two reaches; a disk is walked through once.
  const at = { left: 0, right: 0 }
  const ends = { left: offset + (allocations[0]?.length ?? 0), right: offset + (bitmap[0]?.length ?? 0) }
  for (;;) {
    const left = allocations[at.left]
    const right = bitmap[at.right]
    const to = Math.min(ends.left, ends.right, end)
    if (left === undefined || right === undefined || to <= from) return parts
    parts.push({
      offset: from,
      length: to - from,
      zero: (left.flags & state.zero) !== 0,
      hole: (left.flags & state.hole) !== 0,
      dirty: (right.flags & state.dirty) !== 0,
    })
    from = to
    if (ends.left === to) ends.left += allocations[++at.left]?.length ?? 0
    if (ends.right === to) ends.right += bitmap[++at.right]?.length ?? 0
  }
}

function number32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function lengthAnd(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([number32(bytes.length), bytes])
}

function bounded(length: number): number {
  if (length > maxReply) throw broken(`it answers ${length} bytes at once`)
  return length
}

function broken(why: string): ImagingError {
  return new ImagingError('ToolFailed', `reading a disk over NBD failed: ${why}`)
}
