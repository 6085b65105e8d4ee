/** What is written about a volume and about a snapshot. */

import type { DiskFormat } from '@berth/imaging'
import { EngineError } from '../../errors.ts'
import { isImageName } from './layout.ts'

export interface VolumeRecord {
  /** The image its guest writes to. */
  head: string
  /** That was asked for; a head on top of a frozen raw image is qcow2 until they are merged. */
  format: DiskFormat
  /** Several machines write to it at once. */
  shared: boolean
  /** A client has sent what it holds, or held at first. */
  uploaded?: true
}

export interface SnapshotRecord {
  volume: string
  image: string
  sizeBytes: number
  /** RFC 3339. */
  takenAt: string
}

/** Of a volume that keeps a folder. */
export interface FrozenState {
  volume: string
  sizeBytes: number
  /** RFC 3339. */
  takenAt: string
}

export function parseFrozenState(handle: string, text: string): FrozenState {
  const { volume, sizeBytes, takenAt } = parse(text)
  if (typeof volume !== 'string' || typeof sizeBytes !== 'number' || typeof takenAt !== 'string')
    throw unreadable(`snapshot "${handle}"`)
  return { volume, sizeBytes, takenAt }
}

export function parseVolumeRecord(volume: string, text: string): VolumeRecord {
  const { head, format, shared, uploaded } = parse(text)
  if (typeof head !== 'string' || !isImageName(head) || (format !== 'qcow2' && format !== 'raw'))
    throw unreadable(`volume "${volume}"`)
  return { head, format, shared: shared === true, ...(uploaded === true ? { uploaded } : {}) }
}

export function parseSnapshotRecord(handle: string, text: string): SnapshotRecord {
  const { volume, image, sizeBytes, takenAt } = parse(text)
  if (
    typeof volume !== 'string' ||
    typeof image !== 'string' ||
    !isImageName(image) ||
    typeof sizeBytes !== 'number' ||
    typeof takenAt !== 'string'
  )
    throw unreadable(`snapshot "${handle}"`)
  return { volume, image, sizeBytes, takenAt }
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return { ...value }
  } catch {
    // Not JSON: told by the caller, who knows of what.
  }
  return {}
}

export function unreadable(what: string, cause?: unknown): EngineError {
  return new EngineError('ImageDamaged', `what is written about ${what} cannot be read`, {
    remedy:
      'Nothing of it is removed. Restore what is written from a backup of the data directory, and start the engine again. Others work on.',
    ...(cause === undefined ? {} : { cause }),
  })
}
