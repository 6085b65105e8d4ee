/**
 * A connection whose chunks are lent: who has done with one may give its memory back, and the next bytes are read into it. A stream of
 * hundreds of megabytes a second would otherwise leave as much garbage. To who gives nothing back it is a socket as any other.
 */

import { connect, type NetConnectOpts, type Socket } from 'node:net'

/** What most connections need; also what Node reads at a time. */
const smallBytes = 64 * 1024
/** Each read costs a system call and a turn of the event loop, each chunk a frame: where much comes, much is read at once. */
const largeBytes = 256 * 1024
/** Less than this is copied out, and its memory stays where it is. */
const copiedBytes = 8 * 1024
/** Pieces of memory a connection keeps; a chunk is on its way while the next is read. */
const keptPieces = 3

/** Takes one piece of memory back. */
const lenders = new WeakMap<ArrayBufferLike, (memory: Uint8Array) => void>()

export function connectLending(options: NetConnectOpts): Socket {
  const free: Uint8Array[] = []
  let size = smallBytes
  let next: Uint8Array = Buffer.allocUnsafeSlow(size)

  function takeBack(memory: Uint8Array): void {
    if (memory.length === size && free.length < keptPieces && !socket.destroyed) free.push(memory)
  }
  function read(count: number, memory: Uint8Array): boolean {
    if (count < copiedBytes) return socket.push(Buffer.from(memory.subarray(0, count)))
    if (count === smallBytes && size === smallBytes) {
      size = largeBytes
      free.length = 0
    }
    next = free.pop() ?? Buffer.allocUnsafeSlow(size)
    lenders.set(memory.buffer, takeBack)
    return socket.push(Buffer.from(memory.buffer, memory.byteOffset, count))
  }

  const socket = connect({ ...options, onread: { buffer: () => next, callback: read } })
  return socket
}

/** The chunk must not be looked at after this. Does nothing for chunks of other streams, nor a second time. */
export function giveBack(chunk: Uint8Array): void {
  const takeBack = lenders.get(chunk.buffer)
  if (takeBack === undefined) return
  lenders.delete(chunk.buffer)
  takeBack(new Uint8Array(chunk.buffer))
}
