/** Reads files out of Debian packages, streaming: dpkg-deb undoes ar and the compression, tar-stream the rest. */

import { pipeline } from 'node:stream/promises'
import { extract } from 'tar-stream'
import { ImagingError } from './errors.ts'
import { streamProcess } from './run-process.ts'

export interface DebReadRequest {
  /** Absolute path of the .deb file. */
  deb: string
  /** Called with each regular file's path, without the leading `./`; true to read it. */
  wanted: (path: string) => boolean
  /** Gets each wanted file whole. */
  onFile: (path: string, content: Buffer) => void | Promise<void>
  /** Limit for one file, in bytes; 256 MiB unless given. */
  maxFileBytes?: number
  signal?: AbortSignal
}

/**
 * Reads chosen files of a package.
 * @throws {ImagingError} CorruptData, TooLarge, ToolMissing, ToolFailed, Aborted
 */
export async function readDeb(request: DebReadRequest): Promise<void> {
  const { deb, wanted, onFile, maxFileBytes = 256 * 1024 * 1024, signal } = request
  const { stdout, done } = streamProcess({
    command: 'dpkg-deb',
    args: ['--fsys-tarfile', deb],
    purpose: `reading the package ${deb}`,
    timeoutMs: 120_000,
    signal,
  })
  const tar = extract()
  const reading = (async (): Promise<void> => {
    for await (const entry of tar) {
      const { header } = entry
      const path = header.name.replace(/^\.\//, '')
      if (header.type !== 'file' || !wanted(path)) {
        entry.resume()
        continue
      }
      if ((header.size ?? 0) > maxFileBytes) {
        throw new ImagingError('TooLarge', `${path} in ${deb} is larger than ${maxFileBytes} bytes`)
      }
      const chunks: Buffer[] = []
      for await (const chunk of entry) chunks.push(Buffer.from(chunk as Uint8Array)) // tar-stream yields bytes only
      await onFile(path, Buffer.concat(chunks))
    }
  })()
  reading.catch((error: Error) => tar.destroy(error))
  const piping = pipeline(stdout, tar)
  const outcomes = await Promise.allSettled([done, reading, piping])
  // The program's own words come first: a broken tar stream is only the consequence of its failure.
  const failures = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason as unknown] : []))
  const typed = failures.find((failure) => failure instanceof ImagingError)
  if (typed) throw typed
  if (failures.length > 0) {
    throw new ImagingError('CorruptData', `the package ${deb} cannot be read`, { cause: failures[0] })
  }
}
