/**
 * The chain that makes tampering visible: each line carries, among its annotations, the SHA-256 of the whole line before it and
 * a number that counts up. Whoever changes, removes or moves a line breaks the next one.
 */

import { createHash } from 'node:crypto'

export const previousAnnotation = 'audit.berth.dev/previous'
export const sequenceAnnotation = 'audit.berth.dev/sequence'
/** How many events were lost before this line because the disk did not take them. */
export const lostAnnotation = 'audit.berth.dev/lost'

/** Where a log stands: the next line must be number `sequence + 1` and name `hash`. */
export interface ChainHead {
  readonly sequence: number
  /** Hexadecimal SHA-256 of the last line, without its line end. */
  readonly hash: string
}

/** Of a log without lines. */
export const genesis: ChainHead = { sequence: 0, hash: '0'.repeat(64) }

export function hashOf(line: Buffer | string): string {
  return createHash('sha256').update(line).digest('hex')
}

/** The head after `line`. */
export function headAfter(line: Buffer | string, sequence: number): ChainHead {
  return { sequence, hash: hashOf(line) }
}

export interface Link {
  readonly sequence: number
  readonly previous: string
}

/** What a line says of its place; undefined when it is no line of a chain. */
export function linkOf(line: string): Link | undefined {
  let event: unknown
  try {
    event = JSON.parse(line)
  } catch {
    return undefined
  }
  const annotations = (event as { annotations?: unknown } | null)?.annotations as Record<string, unknown> | undefined
  const previous = annotations?.[previousAnnotation]
  const sequence = Number(annotations?.[sequenceAnnotation])
  if (typeof previous !== 'string' || !Number.isSafeInteger(sequence) || sequence < 1) return undefined
  return { sequence, previous }
}
