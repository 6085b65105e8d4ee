/** The endpoints of a backup that is pulled: its data, and which parts of it hold some, or have changed. */

import type { RawAnswer, RawRequest } from '@berth/apiserver'
import { NbdClient, type BlockStatus } from '@berth/imaging'
import { mapPage } from './extents.ts'
import { pageAsked, pieceAsked, type Piece } from './pull-request.ts'
import type { Pull } from './pulls.ts'

/** Bytes that are read at once. */
const readBytes = 1024 ** 2
/** Bytes that are asked about at once: few enough that a page of a disk in many pieces is found soon. */
const statusBytes = 128 * 1024 ** 2

const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

export interface PullServing {
  volume: string
  what: 'data' | 'map'
  request: RawRequest
  /** Ends the reading. */
  signal: AbortSignal
  /** Called once, when nothing is read any more. */
  end(this: void): void
}

/** @throws {DriverError} @throws {ImagingError} when the disk cannot be read; `end` was not called then */
export async function servePull(pull: Pull, { volume, what, request, signal, end }: PullServing): Promise<RawAnswer> {
  const refused = (why: string, code = 400): RawAnswer => {
    end()
    return { code, headers: { ...common, 'content-type': 'text/plain; charset=utf-8' }, body: `${why}\n` }
  }
  const most = pageAsked(request.query)
  if (typeof most !== 'number') return refused(most.refused)
  const { changedContext: bitmap, connect, signal: shown } = pull.shown
  // The machine or the showing has ended: the backup's own condition tells the reason, and only to those who may see it.
  const socket = await connect().catch(() => undefined)
  if (socket === undefined) return refused('Backup source not connected', 503)
  // What waits for an answer of QEMU's fails then.
  const cut = (): void => void socket.destroy()
  const signals = AbortSignal.any([signal, shown])
  signals.addEventListener('abort', cut)
  const close = (): void => {
    signals.removeEventListener('abort', cut)
    socket.destroy()
  }
  try {
    signals.throwIfAborted()
    const client = await NbdClient.open(socket, { name: volume, ...(bitmap === undefined ? {} : { bitmap }) })
    const piece = pieceAsked(request.query, client.sizeBytes)
    if ('refused' in piece) {
      close()
      return refused(piece.refused)
    }
    if (what === 'data') {
      return {
        code: 200,
        headers: { ...common, 'content-type': 'application/octet-stream', 'content-length': String(piece.length) },
        body: reading(client, piece, () => {
          close()
          end()
        }),
      }
    }
    const page = await mapPage(statusOf(client, piece), { kind: bitmap === undefined ? 'Full' : 'Incremental', most })
    close()
    end()
    return {
      code: 200,
      headers: { ...common, 'content-type': 'application/json' },
      body: `${JSON.stringify(page)}\n`,
    }
  } catch (error) {
    close()
    throw error
  }
}

/** Also when nobody ever begins to read, or somebody leaves early, it is ended. */
function reading(client: NbdClient, { offset, length }: Piece, finish: () => void): AsyncIterable<Uint8Array> {
  let at = offset
  let over = false
  const done = (): { done: true; value: undefined } => {
    if (!over) finish()
    over = true
    return { done: true, value: undefined }
  }
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        if (over || at >= offset + length) return done()
        try {
          const value = await client.read(at, Math.min(readBytes, offset + length - at))
          at += value.length
          return { done: false, value }
        } catch (error) {
          done()
          throw error
        }
      },
      return: () => Promise.resolve(done()),
    }),
  }
}

async function* statusOf(client: NbdClient, { offset, length }: Piece): AsyncGenerator<BlockStatus> {
  for (let at = offset; at < offset + length;) {
    for (const part of await client.status(at, Math.min(statusBytes, offset + length - at))) {
      yield part
      at = part.offset + part.length
    }
  }
}
