/** Content digests (`sha256:…`): what names every manifest and layer, and is checked on every byte that comes in. */

import { createHash, type Hash } from 'node:crypto'
import { ImagingError } from '../errors.ts'

/** Hexadecimal digits by algorithm (OCI image specification, "Digests"). */
const digits = { sha256: 64, sha512: 128 } as const

export interface Digest {
  algorithm: keyof typeof digits
  hex: string
}

/** @throws {ImagingError} InvalidArgument */
export function parseDigest(text: string): Digest {
  const digest = readDigest(text)
  if (digest !== undefined) return digest
  throw new ImagingError('InvalidArgument', `${JSON.stringify(text.slice(0, 200))} is not a digest`, {
    remedy: 'Write it like sha256:… with 64 lower-case hexadecimal digits.',
  })
}

/** Undefined when the text is none that we can check. */
export function readDigest(text: unknown): Digest | undefined {
  if (typeof text !== 'string' || text.length > 200) return undefined
  const match = /^(sha256|sha512):([0-9a-f]+)$/.exec(text)
  const algorithm = match?.[1] === 'sha256' ? 'sha256' : match?.[1] === 'sha512' ? 'sha512' : undefined
  const hex = match?.[2] ?? ''
  return algorithm !== undefined && hex.length === digits[algorithm] ? { algorithm, hex } : undefined
}

export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

export function startDigest(digest: Digest): Hash {
  return createHash(digest.algorithm)
}

/** @throws {ImagingError} ChecksumMismatch when the content is not what the digest promises */
export function requireDigest(what: string, content: Uint8Array, digest: string): void {
  const { algorithm, hex } = parseDigest(digest)
  const actual = createHash(algorithm).update(content).digest('hex')
  if (actual !== hex) throw mismatch(what, digest, `${algorithm}:${actual}`)
}

export function mismatch(what: string, expected: string, actual: string): ImagingError {
  return new ImagingError('ChecksumMismatch', `${what} has the digest ${actual}, expected ${expected}`, {
    remedy: 'The image is damaged, or the server sent something else; pull or load it again.',
  })
}
