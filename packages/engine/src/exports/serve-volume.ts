/** Bodies of exports: disks in all forms, and files. */

import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { ExportFormat } from '@berth/api'
import type { RawAnswer, RawRequest } from '@berth/apiserver'
import { gzipBytes, layOutQcow2, openDiskReader, qcow2Bytes, rawBytes } from '@berth/imaging'
import type { EngineServices } from '../services.ts'
import type { DiskImages } from '../volumes/volume-types.ts'
import type { ExportVolume } from './find-source.ts'
import { rangeOf } from './range.ts'
import { tarOf } from './tar.ts'

type Services = Pick<EngineServices, 'volumes' | 'diskLocks'>

/** A body of known length, of which any part can be had. */
interface Content {
  bytes: number
  /** Changes with what there is to read. */
  etag: string
  read(from: number, to: number): AsyncIterable<Uint8Array>
}

/**
 * @param request.end called once, when nothing is read any more
 * @throws {EngineError} VolumeInUse
 * @throws {ImagingError} when the disk cannot be read
 */
export async function serveDisk(
  { content }: ExportVolume,
  options: { format: ExportFormat; request: RawRequest; signal: AbortSignal; services: Services; end: () => void },
): Promise<RawAnswer> {
  const { format, request, signal, services, end } = options
  const { images, release } = await held(content, services)
  const opened = openDiskReader(images, { signal })
  const finish = async (): Promise<void> => {
    // One that did not open has told so to whom it was opened for, below.
    await opened.then((reader) => reader.close()).catch(() => {})
    release()
    end()
  }
  try {
    const reader = await opened
    if (format === 'gzip') {
      const headers = { ...common, 'content-type': 'application/gzip' }
      return {
        code: 200,
        headers,
        body: request.method === 'HEAD' ? await empty(finish) : ended(gzipBytes(reader), finish),
      }
    }
    const etag = await etagOf(images, format)
    if (format === 'raw')
      return await parts({
        content: { bytes: reader.sizeBytes, etag, read: (from, to) => rawBytes(reader, { from, to }) },
        request,
        finish,
      })
    const layout = await layOutQcow2(reader)
    return await parts({
      content: { bytes: layout.fileBytes, etag, read: (from, to) => qcow2Bytes(reader, { layout, from, to }) },
      request,
      finish,
    })
  } catch (error) {
    await finish()
    throw error
  }
}

/** The images of a volume, which nobody writes and nobody merges until they are released. */
async function held(
  content: ExportVolume['content'],
  { volumes, diskLocks }: Services,
): Promise<{ images: DiskImages; release: () => void }> {
  const read = (images: DiskImages): (() => void) =>
    diskLocks.read([images.path, ...images.backing.map(({ path }) => path)])
  if (content.kind === 'snapshot')
    return volumes.reading(content.handle, async (images) => ({ images, release: read(images) }))
  if (content.kind !== 'volume') throw new Error('files are no disk')
  const images = await volumes.images(content.volume)
  return volumes.holding([{ ...images, readOnly: true }], async () => ({ images, release: read(images) }))
}

/** A list of the files, or one of them. */
export async function serveFile(
  folder: string,
  { file, request, end }: { file: string; request: RawRequest; end: () => void },
): Promise<RawAnswer> {
  const names = await filesIn(folder)
  if (file === '') {
    end()
    const rows = names.map((name) => `<a href="${encodeURIComponent(name)}">${escaped(name)}</a>\n`)
    return {
      code: 200,
      headers: { ...common, 'content-type': 'text/html; charset=utf-8' },
      body: `<!doctype html>\n<pre>\n${rows.join('')}</pre>\n`,
    }
  }
  // Only what the list has: no name that was asked for becomes a path.
  const name = names.find((each) => each === file)
  if (name === undefined) {
    end()
    return { code: 404, headers: common, body: '' }
  }
  const handle = await open(join(folder, name), constants.O_RDONLY | constants.O_NOFOLLOW)
  const { size, mtimeMs } = await handle.stat()
  const read = (from: number, to: number): AsyncIterable<Uint8Array> =>
    from === to ? Readable.from([]) : handle.createReadStream({ start: from, end: to - 1, autoClose: false })
  const finish = async (): Promise<void> => {
    await handle.close()
    end()
  }
  return parts({ content: { bytes: size, etag: `"${hash([name, size, mtimeMs])}"`, read }, request, finish })
}

/** All files, packed. */
export async function serveArchive(folder: string, end: () => void): Promise<RawAnswer> {
  const names = await filesIn(folder)
  const packed = Readable.from(tarOf(names.map((name) => ({ name, path: join(folder, name) })))).pipe(
    createGzip({ level: 1 }),
  )
  const finish = async (): Promise<void> => {
    packed.destroy()
    end()
  }
  return { code: 200, headers: { ...common, 'content-type': 'application/gzip' }, body: ended(packed, finish) }
}

/** Backups lie in folders of folders; nothing of ours lies deeper. */
const maxDepth = 8

/**
 * Regular files only, by their paths below the folder: what a link leads to is nobody's to export, and what begins with a dot is not whole
 * yet.
 */
async function filesIn(folder: string, depth = maxDepth): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const shown = entries.filter(({ name }) => !name.startsWith('.'))
  const found = await Promise.all(
    shown.map(async (entry) => {
      if (entry.isFile()) return [entry.name]
      if (!entry.isDirectory() || depth === 0) return []
      const below = await filesIn(join(folder, entry.name), depth - 1)
      return below.map((name) => `${entry.name}/${name}`)
    }),
  )
  return found.flat().toSorted()
}

const common = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }

async function parts(options: {
  content: Content
  request: RawRequest
  finish: () => Promise<void>
}): Promise<RawAnswer> {
  const { content, request, finish } = options
  const { bytes, etag } = content
  const wanted = rangeOf({ range: request.headers['range'], ifRange: request.headers['if-range'] }, { bytes, etag })
  const headers = { ...common, 'content-type': 'application/octet-stream', 'accept-ranges': 'bytes', etag }
  if (wanted.kind === 'outside') {
    await finish()
    return { code: 416, headers: { ...headers, 'content-range': `bytes */${bytes}` }, body: '' }
  }
  const { from, to } = wanted.kind === 'whole' ? { from: 0, to: bytes } : wanted
  const length = { 'content-length': String(to - from) }
  const range: Record<string, string> =
    wanted.kind === 'whole' ? {} : { 'content-range': `bytes ${from}-${to - 1}/${bytes}` }
  return {
    code: wanted.kind === 'whole' ? 200 : 206,
    headers: { ...headers, ...length, ...range },
    body: request.method === 'HEAD' ? await empty(finish) : ended(content.read(from, to), finish),
  }
}

async function empty(finish: () => Promise<void>): Promise<string> {
  await finish()
  return ''
}

/** The body, and then what is to be done: also when it is left early, and when nobody ever begins to read it. */
function ended(body: AsyncIterable<Uint8Array>, finish: () => Promise<void>): AsyncIterable<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]()
  let over: Promise<void> | undefined
  const end = (): Promise<void> => (over ??= finish())
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          const next = await iterator.next()
          if (next.done === true) await end()
          return next
        } catch (error) {
          await end()
          throw error
        }
      },
      async return() {
        // Ends the reader first: a piece that is being read is not waited for.
        await end()
        await iterator.return?.()
        return { done: true, value: undefined }
      },
    }),
  }
}

/** A volume that a machine has written to since is another one. */
async function etagOf({ path, backing }: DiskImages, format: ExportFormat): Promise<string> {
  const { size, mtimeMs, ctimeMs } = await stat(path)
  return `"${hash([format, path, size, mtimeMs, ctimeMs, ...backing.map((image) => image.path)])}"`
}

function hash(parts: readonly (string | number)[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 32)
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
