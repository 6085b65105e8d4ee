/**
 * A client of the Network Block Device protocol over a connected socket, as much of it as reading takes: fixed newstyle negotiation,
 * structured replies and `base:allocation`. One request at a time. Source: the protocol's document (doc/proto.md of NetworkBlockDevice/nbd).
 */

import type { Duplex } from 'node:stream'
import { ImagingError } from '../errors.ts'
import { ByteQueue } from './byte-queue.ts'

export interface Extent {
  offset: number
  length: number
  /** Reads as zeros, whatever lies on the disk. */
  zero: boolean
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
const stateZero = 2
const allocation = 'base:allocation'
/** Bytes of a reply that no server of ours sends. */
const maxReply = 64 * 1024 * 1024

export class NbdClient {
  readonly #socket: Duplex
  readonly #bytes: ByteQueue
  #cookie = 0n
  #turn: Promise<unknown> = Promise.resolve()
  sizeBytes = 0

  private constructor(socket: Duplex) {
    this.#socket = socket
    this.#bytes = new ByteQueue(socket)
  }

  /** @throws {ImagingError} ToolFailed when the server is none, or knows not what is needed */
  static async open(socket: Duplex): Promise<NbdClient> {
    const client = new NbdClient(socket)
    await client.#negotiate()
    return client
  }

  /** @throws {ImagingError} ToolFailed, CorruptData when the disk cannot be read there */
  read(offset: number, length: number): Promise<Buffer> {
    return this.#inTurn(() => this.#read(offset, length))
  }

  /** What is known of `length` bytes from `offset` on; at least one extent, and not always all of it. */
  status(offset: number, length: number): Promise<Extent[]> {
    return this.#inTurn(() => this.#status(offset, length))
  }

  close(): void {
    this.#request(command.disconnect, 0, 0)
    this.#socket.end()
    this.#socket.destroy()
  }

  async #negotiate(): Promise<void> {
    const hello = await this.#bytes.take(18)
    if (hello.toString('latin1', 0, 8) !== 'NBDMAGIC' || hello.readBigUInt64BE(8) !== optionMagic)
      throw broken('it speaks another protocol')
    // Fixed newstyle, and no zeros after the old kind of answer.
    const flags = Buffer.alloc(4)
    flags.writeUInt32BE(3)
    this.#socket.write(flags)
    await this.#option(option.structuredReply, Buffer.alloc(0))
    const context = Buffer.from(allocation)
    const query = Buffer.alloc(4 + 4 + 4)
    query.writeUInt32BE(1, 4)
    query.writeUInt32BE(context.length, 8)
    const contexts = await this.#option(option.setMetaContext, Buffer.concat([query, context]))
    if (!contexts.some(({ type }) => type === optionReply.metaContext)) throw broken('it does not tell holes')
    const infos = await this.#option(option.go, Buffer.alloc(6))
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

  async #status(offset: number, length: number): Promise<Extent[]> {
    const extents: Extent[] = []
    this.#request(command.blockStatus, offset, length)
    for await (const { type, data } of this.#chunks()) {
      if (type !== chunk.blockStatus) continue
      let from = offset
      for (let at = 4; at + 8 <= data.length; at += 8) {
        const bytes = Math.min(data.readUInt32BE(at), offset + length - from)
        if (bytes <= 0) break
        extents.push({ offset: from, length: bytes, zero: (data.readUInt32BE(at + 4) & stateZero) !== 0 })
        from += bytes
      }
    }
    if (extents.length === 0) throw broken('it does not tell holes')
    return extents
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

function bounded(length: number): number {
  if (length > maxReply) throw broken(`it answers ${length} bytes at once`)
  return length
}

function broken(why: string): ImagingError {
  return new ImagingError('ToolFailed', `reading a disk through qemu-nbd failed: ${why}`)
}
