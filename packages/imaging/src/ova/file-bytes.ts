/** A file that is read here and there, and streamed in parts: how packages of machines are looked into without unpacking them. */

import { open, type FileHandle } from 'node:fs/promises'
import { basename } from 'node:path'
import { ImagingError } from '../errors.ts'

export interface FileBytes {
  /** Its name without folders. */
  name: string
  path: string
  size: number
  /** Milliseconds since 1970; with name and size it tells one file from another. */
  modifiedMs: number
  read(this: void, offset: number, length: number): Promise<Buffer>
  close(this: void): Promise<void>
}

/** @throws {ImagingError} NotFound, InvalidArgument, Io */
export async function openFileBytes(path: string): Promise<FileBytes> {
  let file: FileHandle
  try {
    file = await open(path, 'r')
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new ImagingError(
      missing ? 'NotFound' : 'Io',
      missing ? `there is no file ${path}` : `${path} cannot be read`,
      {
        cause,
      },
    )
  }
  const stats = await file.stat()
  if (!stats.isFile()) {
    await file.close()
    throw new ImagingError('InvalidArgument', `${path} is no file`)
  }
  return {
    name: basename(path),
    path,
    size: stats.size,
    modifiedMs: Math.floor(stats.mtimeMs),
    async read(offset, length) {
      const buffer = Buffer.alloc(length)
      let at = 0
      while (at < length) {
        const { bytesRead } = await file.read(buffer, at, length - at, offset + at)
        // It was cut off under our hands.
        if (bytesRead === 0) throw new ImagingError('CorruptData', `${path} ended early: it changed while it was read`)
        at += bytesRead
      }
      return buffer
    },
    close: () => file.close(),
  }
}
