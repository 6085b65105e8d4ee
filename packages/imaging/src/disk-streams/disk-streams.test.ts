import { execFile } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { assert, asyncProperty, integer, nat, tuple, uniqueArray } from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { imageOptions, openDiskReader, type DiskReader, type Extent } from '../disk-reader/open-disk-reader.ts'
import { checkImage, convertImage, createOverlay } from '../qemu-img.ts'
import { gzipBytes } from './gzip.ts'
import { clusterBytes } from './qcow2-layout.ts'
import { layOutQcow2, qcow2Bytes } from './qcow2.ts'
import { rawBytes } from './raw.ts'

const run = promisify(execFile)
const MiB = 1024 ** 2
const diskBytes = 64 * MiB + 512

let directory: string
/** What the guest sees. */
let content: Buffer
let reader: DiskReader
let top: string
let base: string

const all = async (chunks: AsyncIterable<Buffer>): Promise<Buffer> => {
  const list: Buffer[] = []
  for await (const chunk of chunks) list.push(chunk)
  return Buffer.concat(list)
}
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'berth-streams-'))
  const at = (name: string): string => join(directory, name)
  content = Buffer.alloc(diskBytes)
  for (const offset of [0, 3 * MiB + 12_345, 20 * MiB, diskBytes - 3000]) randomBytes(2900).copy(content, offset)
  randomBytes(9 * MiB).copy(content, 30 * MiB + 7)
  await writeFile(at('base.raw'), content)
  base = at('base, of many.qcow2')
  await convertImage({ source: { path: at('base.raw'), format: 'raw' }, target: { path: base, format: 'qcow2' } })
  top = at('top.qcow2')
  await createOverlay({ path: top, backing: { path: base, format: 'qcow2' } })
  // What lies above hides what lies below, zeros included.
  await run('qemu-io', ['-f', 'qcow2', '-c', 'write -P 7 33M 70k', '-c', 'write -z 34M 1M', top])
  content.fill(7, 33 * MiB, 33 * MiB + 70 * 1024).fill(0, 34 * MiB, 35 * MiB)
  reader = await openDiskReader({ path: top, format: 'qcow2', backing: [{ path: base, format: 'qcow2' }] })
})
afterAll(async () => {
  await reader.close()
  await rm(directory, { recursive: true })
})

describe('a disk of several images', () => {
  it('is read as its guest sees it, and its holes are known', async () => {
    expect(reader.sizeBytes).toBe(diskBytes)
    expect(hash(await all(rawBytes(reader, { from: 0, to: diskBytes })))).toBe(hash(content))
    const extents: Extent[] = []
    for await (const extent of reader.extents(0, diskBytes)) extents.push(extent)
    const data = extents.filter(({ zero }) => !zero).reduce((sum, { length }) => sum + length, 0)
    expect(data).toBeLessThan(10 * MiB)
    expect(extents.at(-1)).toMatchObject({ offset: expect.any(Number) })
    expect(extents.reduce((sum, { length }) => sum + length, 0)).toBe(diskBytes)
  })

  it('is read from anywhere to anywhere', async () => {
    const ranges = tuple(nat(diskBytes), nat(diskBytes)).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))
    await assert(
      asyncProperty(ranges, async ({ from, to }) => {
        if (from === to) return
        expect(hash(await all(rawBytes(reader, { from, to })))).toBe(hash(content.subarray(from, to)))
      }),
      { numRuns: 10 },
    )
  })

  it('is packed into less than its data, and unpacks to the same', async () => {
    const packed = await all(gzipBytes(reader))
    expect(packed.length).toBeLessThan(10 * MiB)
    expect(hash(gunzipSync(packed))).toBe(hash(content))
    await writeFile(join(directory, 'packed.gz'), packed)
    const { stdout } = await run('sh', ['-c', `gzip -dc ${join(directory, 'packed.gz')} | sha256sum`])
    expect(stdout.slice(0, 64)).toBe(hash(content))
  })

  it('becomes one sound qcow2 file, in one piece or in many', async () => {
    const layout = await layOutQcow2(reader)
    const whole = await all(qcow2Bytes(reader, { layout, from: 0, to: layout.fileBytes }))
    expect(whole.length).toBe(layout.fileBytes)
    const path = join(directory, 'out.qcow2')
    await writeFile(path, whole)
    expect(await checkImage({ path })).toMatchObject({ state: 'clean' })
    await run('qemu-img', ['compare', '-f', 'qcow2', '-F', 'qcow2', path, top])
    await assert(
      asyncProperty(tuple(nat(whole.length), nat(2 * MiB)), async ([from, length]) => {
        const to = Math.min(whole.length, from + length)
        expect((await all(qcow2Bytes(reader, { layout, from, to }))).equals(whole.subarray(from, to))).toBe(true)
      }),
      { numRuns: 30 },
    )
  })
})

describe('a qcow2 file laid out in advance', () => {
  it('is sound whatever its disk holds', async () => {
    const path = join(directory, 'any.qcow2')
    await assert(
      asyncProperty(
        integer({ min: 1, max: 40_000 }),
        uniqueArray(nat(39_999), { maxLength: 40 }),
        async (clusters, at) => {
          const sizeBytes = clusters * clusterBytes - 512
          const data = at.filter((cluster) => cluster < clusters).toSorted((a, b) => a - b)
          const fake: DiskReader = {
            sizeBytes,
            read: async (offset, length) => Buffer.alloc(length, 1 + (Math.floor(offset / clusterBytes) % 200)),
            async *extents() {
              for (const cluster of data) yield { offset: cluster * clusterBytes + 100, length: 10, zero: false }
            },
            close: async () => {},
          }
          const layout = await layOutQcow2(fake)
          const file = await open(path, 'w')
          for await (const piece of qcow2Bytes(fake, { layout, from: 0, to: layout.fileBytes })) await file.write(piece)
          await file.close()
          expect(await checkImage({ path })).toMatchObject({ state: 'clean' })
        },
      ),
      { numRuns: 8 },
    )
  })
})

describe('a reader', () => {
  it('names every image and its format, and lets no name become an option', () => {
    expect(imageOptions({ path: '/a,b.qcow2', format: 'qcow2', backing: [{ path: '/c.raw', format: 'raw' }] })).toBe(
      'driver=qcow2,file.driver=file,file.filename=/a,,b.qcow2,backing.driver=raw,backing.file.driver=file,backing.file.filename=/c.raw',
    )
  })

  it('says when there is nothing to read', async () => {
    await expect(openDiskReader({ path: join(directory, 'none.qcow2'), format: 'qcow2' })).rejects.toMatchObject({
      code: 'ToolFailed',
    })
  })

  it('is closed with its server, also in the middle of reading', async () => {
    const other = await openDiskReader({ path: base, format: 'qcow2' })
    const stream = rawBytes(other, { from: 0, to: diskBytes })
    await stream.next()
    await other.close()
    await expect(all(stream)).rejects.toThrow()
    const { stdout } = await run('sh', ['-c', `pgrep -fc "[q]emu-nbd.*${directory}" || true`])
    // The one of the tests above.
    expect(Number(stdout)).toBeLessThanOrEqual(1)
  })
})
