/**
 * What is written down before several names change, so that the next engine can finish it or take it back. One file each, in the
 * storage's journal; gone when all is done.
 */

import { EngineError } from '../../errors.ts'
import { isImageName } from '../storage/layout.ts'

/** One of the volumes that get a new head at one instant. */
export interface Switched {
  volume: string
  storage: string
  /** Of the snapshot that is being made; absent when the volume is frozen only to be cloned. */
  handle?: string
  before: string
  overlay: string
  sizeBytes: number
}

export interface SwitchEntry {
  kind: 'switch'
  volumes: Switched[]
  /** RFC 3339. */
  takenAt: string
}

/** `child` lies on `parent`, and on nothing else does anything but `child`. */
export interface MergeEntry {
  /** `stream`: the child takes in what the parent has. `commit`: the parent does, and takes the child's place. */
  kind: 'stream' | 'commit'
  parent: string
  child: string
  /** What lies on the child. */
  above: string[]
  /**
   * `naming` when the parent reads as the child does, on disk. `switching` when a running machine that writes to the child goes over to
   * the parent: both read the same until it has.
   */
  stage: 'copying' | 'naming' | 'switching'
}

export type JournalEntry = SwitchEntry | MergeEntry

/** @throws {EngineError} ImageDamaged */
export function parseJournalEntry(name: string, text: string): JournalEntry {
  const value = parse(text)
  if (value?.['kind'] === 'switch' && Array.isArray(value['volumes']) && value['volumes'].every(isSwitched))
    return { kind: 'switch', volumes: value['volumes'], takenAt: String(value['takenAt']) }
  const { kind, parent, child, above, stage } = value ?? {}
  if (
    (kind === 'stream' || kind === 'commit') &&
    isImage(parent) &&
    isImage(child) &&
    Array.isArray(above) &&
    above.every(isImage) &&
    (stage === 'copying' || stage === 'naming' || stage === 'switching')
  )
    return { kind, parent, child, above, stage }
  throw new EngineError('ImageDamaged', `the journal entry ${name} of a storage is not what this engine writes`)
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : undefined
  } catch {
    // Not JSON: refused by the caller, who knows its name.
    return undefined
  }
}

function isImage(value: unknown): value is string {
  return typeof value === 'string' && isImageName(value)
}

function isSwitched(value: unknown): value is Switched {
  if (typeof value !== 'object' || value === null) return false
  const get = (key: keyof Switched): unknown => Reflect.get(value, key)
  return (
    typeof get('volume') === 'string' &&
    typeof get('storage') === 'string' &&
    (get('handle') === undefined || typeof get('handle') === 'string') &&
    isImage(get('before')) &&
    isImage(get('overlay')) &&
    typeof get('sizeBytes') === 'number'
  )
}
