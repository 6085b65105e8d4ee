/** Bounded random access to a file of unknown origin. */

import type { FileHandle } from 'node:fs/promises'

export interface Reader {
  path: string
  size: number
  /** `length` bytes at `offset`, with zeros beyond the end of the file. */
  at(offset: number, length: number): Promise<Buffer>
}

const maxRead = 4 * 1024 * 1024

export function fileReader(path: string, file: FileHandle, size: number): Reader {
  return {
    path,
    size,
    async at(offset, length) {
      const buffer = Buffer.alloc(Math.min(Math.max(0, length), maxRead))
      if (Number.isSafeInteger(offset) && offset >= 0 && offset < size) {
        await file.read(buffer, 0, buffer.length, offset)
      }
      return buffer
    },
  }
}
