/** Reading and writing the files of the PKI: private, and never half written. */

import { chmodSync, closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { CodedError, messageOf } from '@berth/base'

/**
 * - `Damaged`: a file of the PKI cannot be read or does not fit the others.
 * - `Expired`: the CA has reached its end.
 * - `Unwritable`: the directory or a file could not be written.
 */
export type PkiErrorCode = 'Damaged' | 'Expired' | 'Unwritable'

export class PkiError extends CodedError<PkiErrorCode> {}

/** @throws {PkiError} Unwritable */
export function makePrivateDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    chmodSync(directory, 0o700)
  } catch (error) {
    throw new PkiError('Unwritable', `${directory} cannot be used for keys: ${messageOf(error)}`, { cause: error })
  }
}

/** Undefined when the file does not exist. @throws {PkiError} Damaged */
export function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw new PkiError('Damaged', `${path} cannot be read: ${messageOf(error)}`, { cause: error })
  }
}

/**
 * Replaces a file in one step, readable by its owner only. After a power cut it is the old or the new.
 * @throws {PkiError} Unwritable
 */
export function writePrivate(path: string, content: string): void {
  const partial = join(dirname(path), `.${process.pid}.partial`)
  try {
    writeFileSync(partial, content, { mode: 0o600, flush: true })
    renameSync(partial, path)
    const directory = openSync(dirname(path), 'r')
    fsyncSync(directory)
    closeSync(directory)
  } catch (error) {
    throw new PkiError('Unwritable', `${path} cannot be written: ${messageOf(error)}`, { cause: error })
  }
}
