/** Reads lines of a list once, beyond the window that is shown: for a range that was selected over several screens. */

import type { Line, Row } from '@berth/view'
import type { LiveConnection, OpenedChannel } from './connection.ts'
import type { RowsQuery } from './rows-store.ts'

/** The server sends no more at once. */
const chunk = 500

export interface ReadLines {
  lines: Line[]
  rows: Map<string, Row>
}

/**
 * Lines `from` to `from + count`, as they are now; fewer when the list is shorter.
 * @throws {Error} with the server's reason when it refuses
 */
export async function readLines(
  connection: LiveConnection,
  options: { query: RowsQuery; from: number; count: number; signal?: AbortSignal },
): Promise<ReadLines> {
  const { query, from, count, signal } = options
  const read: ReadLines = { lines: [], rows: new Map() }
  const request = () => ({
    ...query,
    facets: [],
    from: from + read.lines.length,
    count: Math.min(chunk, count - read.lines.length),
  })
  if (count <= 0) return read
  let channel: OpenedChannel<'rows'> | undefined
  try {
    await new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => reject(new DOMException('no longer wanted', 'AbortError')))
      channel = connection.openChannel({
        channel: 'rows',
        request: request(),
        listener: {
          onUpdate: (update) => {
            if (update.kind !== 'window' || update.from !== from + read.lines.length) return
            read.lines.push(...update.window)
            for (const row of update.rows) read.rows.set(row.key, row)
            if (update.window.length === 0 || read.lines.length >= count) resolve()
            else channel?.change(request())
          },
          onRefused: ({ message }) => reject(new Error(message)),
        },
      })
    })
  } finally {
    channel?.close()
  }
  return read
}
