/** Parses what `qemu-img info --output=json` prints. */

import { ImagingError } from './errors.ts'

export interface ImageInfo {
  format: string
  virtualSizeBytes: number
  /** What it takes on the host's disk. */
  actualSizeBytes: number
  /** As written in the image. */
  backingFile?: string
  backingFormat?: string
  encrypted: boolean
  /** True when it was not closed properly. */
  dirty: boolean
  corrupt: boolean
  /** Number of internal snapshots. */
  snapshots: number
}

/** @throws {ImagingError} CorruptData when the text is not what qemu-img prints */
export function parseImageInfo(path: string, text: string): ImageInfo {
  const root = parseObject(path, text)
  const format = root['format']
  const virtualSizeBytes = root['virtual-size']
  if (typeof format !== 'string' || typeof virtualSizeBytes !== 'number') {
    throw new ImagingError('CorruptData', `qemu-img told no format and size of ${path}`)
  }
  const details = objectAt(objectAt(root, 'format-specific'), 'data')
  const textAt = (key: string): string | undefined => (typeof root[key] === 'string' ? root[key] : undefined)
  const backingFile = textAt('backing-filename')
  const backingFormat = textAt('backing-filename-format')
  return {
    format,
    virtualSizeBytes,
    actualSizeBytes: typeof root['actual-size'] === 'number' ? root['actual-size'] : 0,
    ...(backingFile === undefined ? {} : { backingFile }),
    ...(backingFormat === undefined ? {} : { backingFormat }),
    encrypted: root['encrypted'] === true,
    dirty: root['dirty-flag'] === true,
    corrupt: details['corrupt'] === true,
    snapshots: Array.isArray(root['snapshots']) ? root['snapshots'].length : 0,
  }
}

function parseObject(path: string, text: string): Record<string, unknown> {
  try {
    const parsed: unknown = JSON.parse(text)
    if (isObject(parsed)) return parsed
  } catch (cause) {
    throw new ImagingError('CorruptData', `qemu-img did not answer with JSON about ${path}`, { cause })
  }
  throw new ImagingError('CorruptData', `qemu-img did not answer with a JSON object about ${path}`)
}

function objectAt(parent: Record<string, unknown>, key: string): Record<string, unknown> {
  const value = parent[key]
  return isObject(value) ? value : {}
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
