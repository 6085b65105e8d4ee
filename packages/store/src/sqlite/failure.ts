/** SQLite's errors as store errors. */

import { StoreError } from '@berth/apiserver'
import { messageOf } from '@berth/base'

/** Primary result codes of SQLite (https://sqlite.org/rescode.html) that mean damage rather than a refusing disk. */
const corrupt = 11
const notADatabase = 26

/** Any failure around the file at `path`; store errors pass through. */
export function storeErrorOf(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : undefined
  if (code === corrupt || code === notADatabase) {
    return new StoreError('Corrupt', `${path} is damaged or not a store: ${messageOf(error)}`, {
      cause: error,
      remedy: 'Restore it from a backup.',
    })
  }
  return new StoreError('Unavailable', `${path} cannot be used: ${messageOf(error)}`, {
    cause: error,
    remedy: 'Check the permissions and the free space of its directory.',
  })
}
