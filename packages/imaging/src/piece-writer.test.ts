import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { array, assert, asyncProperty, boolean, constantFrom, integer, nat, oneof, record } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PieceWriter } from './piece-writer.ts'
import { testDirectory } from './test-directory.testkit.ts'

const folder = testDirectory()

describe('PieceWriter', () => {
  it('writes what was added, however it is cut, how slowly, and how little each write takes', async () => {
    const bytes = oneof(nat(2000), nat(300_000))
    const piece = record({ bytes, fill: constantFrom(0, 0, 1, 7), wait: boolean() })
    const path = join(folder, 'pieces')
    await assert(
      asyncProperty(array(piece, { maxLength: 40 }), integer({ min: 10_000, max: 2_000_000 }), async (pieces, most) => {
        const file = await open(path, 'w+')
        const writer = new PieceWriter(
          {
            write: (data, offset, bytes, at) => file.write(data, offset, Math.min(bytes, most), at),
          },
          0,
        )
        const all: Buffer[] = []
        for (const { bytes, fill, wait } of pieces) {
          const data = Buffer.alloc(bytes, fill)
          all.push(Buffer.from(data))
          const room = writer.add(data)
          // Whoever brought it uses its memory again.
          data.fill(9)
          await room
          if (wait) await writer.flush()
        }
        await writer.flush()
        const expected = Buffer.concat(all)
        await file.truncate(expected.length)
        await file.close()
        expect((await readFile(path)).equals(expected)).toBe(true)
      }),
      { numRuns: 50 },
    )
  })

  it('leaves zeros out', async () => {
    const path = join(folder, 'sparse')
    const file = await open(path, 'w')
    const writer = new PieceWriter(file, 0)
    for (let index = 0; index < 16; index += 1) await writer.add(Buffer.alloc(64 * 1024, index === 5 ? 1 : 0))
    await writer.flush()
    await file.close()
    const { size, blocks } = await stat(path)
    expect(size).toBe(6 * 64 * 1024)
    expect(blocks * 512).toBeLessThan(2 * 64 * 1024)
  })

  it('writes what came also when nothing follows', async () => {
    const path = join(folder, 'slow')
    const file = await open(path, 'w')
    const { promise, resolve } = Promise.withResolvers<void>()
    const writer = new PieceWriter(
      {
        async write(data, offset, bytes, at) {
          const written = await file.write(data, offset, bytes, at)
          resolve()
          return written
        },
      },
      0,
    )
    await writer.add(Buffer.from('all there is'))
    await promise
    expect(await readFile(path, 'utf8')).toBe('all there is')
    await file.close()
  })

  it('keeps few pieces, and tells what a write failed with', async () => {
    const failure = new Error('no room')
    const writes: ((done: number | Error) => void)[] = []
    const writer = new PieceWriter(
      {
        write: () =>
          new Promise((resolve, reject) => {
            writes.push((done) => (done instanceof Error ? reject(done) : resolve({ bytesWritten: done })))
          }),
      },
      0,
    )
    const mebibyte = Buffer.alloc(1024 ** 2, 1)
    await writer.add(mebibyte)
    await writer.add(mebibyte)
    const third = writer.add(mebibyte)
    expect(writes).toHaveLength(1)
    writes[0]?.(failure)
    await expect(third).rejects.toBe(failure)
    await expect(writer.add(mebibyte)).rejects.toBe(failure)
    await expect(writer.flush()).rejects.toBe(failure)
  })
})
