/** What the disk and SQLite give without anything of ours: one durable transaction after the other. */

import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'

/** @returns durable puts per second, one transaction each, WAL with full sync */
export function sqliteWrites(folder: string, { puts, bytes }: { puts: number; bytes: number }): number {
  const database = new DatabaseSync(join(folder, 'baseline.db'))
  try {
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE object (key TEXT PRIMARY KEY, value BLOB)',
    )
    const put = database.prepare('INSERT OR REPLACE INTO object VALUES (?, ?)')
    const value = Buffer.alloc(bytes, 'x')
    const started = performance.now()
    for (let index = 0; index < puts; index += 1) put.run(`key-${index}`, value)
    return puts / ((performance.now() - started) / 1000)
  } finally {
    database.close()
  }
}
