/** The SQL that the main thread and the writing thread share. */

/**
 * Settings every connection of ours needs; acknowledged means on disk, hence the full sync.
 * The busy timeout is for a person's own sqlite3 shell on the file, which may hold a lock for a moment.
 */
export const connectionSettings =
  'PRAGMA busy_timeout = 5000; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 67108864'

/** Pages per step of SQLite's backup: all of them, so that it is one read transaction that no write can make start over. */
export const wholeBackup = { rate: 2 ** 31 - 1 }

export const insertRecord = 'INSERT INTO records (revision, deleted, collection, key, value) VALUES (?, ?, ?, ?, ?)'

export const setCompacted = `
  INSERT INTO facts (name, value) VALUES ('compacted', ?)
  ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)
`
