/** Streams parts of files as one, and checks each against its checksum on the way. */

import { startHash, type Checksum } from '../checksum.ts'
import { ImagingError, throwIfAborted } from '../errors.ts'

export interface StreamedPart {
  /** For messages. */
  name: string
  offset: number
  size: number
  checksum?: Checksum
}

const chunkBytes = 1024 * 1024

/**
 * The last bytes of a part come only when its checksum matches: whoever counts what arrives, as HTTP does by Content-Length, never
 * takes a damaged file for whole.
 * @param read bytes of the file that the part lies in
 * @throws {ImagingError} ChecksumMismatch, Aborted, and what `read` throws
 */
export async function* verifiedParts<Part extends StreamedPart>(
  parts: readonly Part[],
  read: (part: Part, offset: number, length: number) => Promise<Buffer>,
  signal?: AbortSignal,
): AsyncGenerator<Buffer> {
  for (const part of parts) {
    const hash = part.checksum === undefined ? undefined : startHash(part.checksum.algorithm)
    for (let at = 0; at < part.size;) {
      throwIfAborted(signal, `reading ${part.name}`)
      const chunk = await read(part, part.offset + at, Math.min(chunkBytes, part.size - at))
      at += chunk.length
      hash?.update(chunk)
      if (at === part.size) requireMatch(part, hash?.digest('hex'))
      yield chunk
    }
    if (part.size === 0) requireMatch(part, hash?.digest('hex'))
  }
}

function requireMatch({ name, checksum }: StreamedPart, actual: string | undefined): void {
  if (checksum === undefined || actual === checksum.hex) return
  throw new ImagingError(
    'ChecksumMismatch',
    `${name} is damaged: its ${checksum.algorithm} checksum is ${actual ?? 'missing'}, the manifest of the package says ${checksum.hex}`,
    { remedy: 'Copy or export the package again.' },
  )
}
