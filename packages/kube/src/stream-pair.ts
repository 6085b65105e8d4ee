/**
 * Two joined byte streams that end as the two sides of a WebSocket do. `end()` on one side is a normal end on the other. A destroy is a
 * cut connection: our side fails with close code 1006, the server's side just closes, because a client going away is no error there.
 */

import { Duplex, type DuplexOptions } from 'node:stream'
import { StreamClosedError } from './errors.ts'

export function streamPair(): { ours: Duplex; theirs: Duplex } {
  // A WebSocket's client answers a goodbye by itself.
  const ours = new Side(() => ours.destroy(new StreamClosedError(1006, '')), { allowHalfOpen: false })
  const theirs = new Side(() => theirs.destroy())
  ours.join(theirs)
  theirs.join(ours)
  // Why the server broke off is for its own log; our side is told by the close code.
  theirs.on('error', () => {})
  return { ours, theirs }
}

class Side extends Duplex {
  private readonly onCut: () => void
  private peer: Side | undefined
  /** The peer's write that waits until this side has room. */
  private held: (() => void) | undefined

  constructor(onCut: () => void, options: DuplexOptions = {}) {
    super(options)
    this.onCut = onCut
  }

  join(peer: Side): void {
    this.peer = peer
  }

  override _read(): void {
    const resume = this.held
    this.held = undefined
    resume?.()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const { peer } = this
    if (peer === undefined || peer.destroyed) callback(new StreamClosedError(1006, 'the other side is gone'))
    else if (peer.push(chunk)) callback()
    else peer.held = callback
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.peer?.push(null)
    callback()
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this._read()
    const { peer } = this
    if (peer !== undefined && !peer.destroyed) {
      if (this.writableFinished) peer.end()
      else peer.onCut()
    }
    callback(error)
  }
}
