/** Checksums as people write them: `sha256:ab12…`. */

import { createHash, type Hash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { ImagingError, throwIfAborted } from './errors.ts'

/** Hexadecimal digits per algorithm. MD5 is there because old mirrors publish nothing better; it guards against accidents only. */
const digits = { md5: 32, sha1: 40, sha256: 64, sha512: 128 } as const

export type ChecksumAlgorithm = keyof typeof digits

export interface Checksum {
  algorithm: ChecksumAlgorithm
  /** Lower-case hexadecimal. */
  hex: string
}

/**
 * Reads `algorithm:hex`; without an algorithm the length tells it.
 * @throws {ImagingError} InvalidArgument
 */
export function parseChecksum(text: string): Checksum {
  const match = /^(?:(md5|sha1|sha256|sha512):)?([0-9a-f]+)$/i.exec(text.trim())
  const hex = match?.[2]?.toLowerCase() ?? ''
  const named = match?.[1]?.toLowerCase()
  const algorithm = algorithms.find((name) => digits[name] === hex.length)
  if (!algorithm || (named !== undefined && named !== algorithm)) {
    throw new ImagingError('InvalidArgument', `"${text.slice(0, 200)}" is not a checksum`, {
      remedy: 'Write it like sha256:… with 64 hexadecimal digits; md5, sha1 and sha512 work too.',
    })
  }
  return { algorithm, hex }
}

const algorithms: readonly ChecksumAlgorithm[] = ['md5', 'sha1', 'sha256', 'sha512']

export function startHash(algorithm: ChecksumAlgorithm): Hash {
  return createHash(algorithm)
}

const bufferBytes = 1024 ** 2

/** The checksum of a file's content, in hexadecimal. */
export async function fileChecksum(path: string, algorithm: ChecksumAlgorithm, signal?: AbortSignal): Promise<string> {
  const hash = startHash(algorithm)
  // One for the whole file: a stream makes new ones all the time, which the garbage collector has to look for.
  const buffer = Buffer.allocUnsafeSlow(bufferBytes)
  const file = await open(path, 'r')
  try {
    for (;;) {
      throwIfAborted(signal, `reading ${path}`)
      const { bytesRead } = await file.read(buffer)
      if (bytesRead === 0) return hash.digest('hex')
      hash.update(buffer.subarray(0, bytesRead))
    }
  } finally {
    await file.close()
  }
}

/** @throws {ImagingError} ChecksumMismatch */
export function requireChecksum(what: string, expected: Checksum, actual: string): void {
  if (expected.hex === actual) return
  throw new ImagingError(
    'ChecksumMismatch',
    `${what} has the ${expected.algorithm} checksum ${actual}, expected ${expected.hex}`,
    { remedy: 'Compare with the checksum its publisher gives; the file may have changed or be damaged.' },
  )
}
