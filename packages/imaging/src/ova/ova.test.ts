import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { testDirectory } from '../test-directory.testkit.ts'
import { openFileBytes } from './file-bytes.ts'
import { verifiedParts, type StreamedPart } from './verified-parts.ts'

describe('parts of a file', () => {
  const directory = testDirectory()
  const content = Buffer.alloc(3_000_000, 'berth')
  const hexOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

  async function collect(parts: StreamedPart[], signal?: AbortSignal): Promise<{ bytes: Buffer; error?: unknown }> {
    const path = join(directory, 'file')
    await writeFile(path, content)
    const file = await openFileBytes(path)
    const chunks: Buffer[] = []
    try {
      for await (const chunk of verifiedParts(parts, (_part, at, length) => file.read(at, length), signal))
        chunks.push(chunk)
      return { bytes: Buffer.concat(chunks) }
    } catch (error) {
      return { bytes: Buffer.concat(chunks), error }
    } finally {
      await file.close()
    }
  }
  const part = (offset: number, size: number, hex?: string): StreamedPart => ({
    name: 'disk.vmdk',
    offset,
    size,
    ...(hex === undefined ? {} : { checksum: { algorithm: 'sha256', hex } }),
  })

  it('come as one, checked', async () => {
    const first = content.subarray(512, 2_000_512)
    const { bytes, error } = await collect([part(512, 2_000_000, hexOf(first)), part(7, 0), part(0, 5)])
    expect(error).toBeUndefined()
    expect(bytes.equals(Buffer.concat([first, content.subarray(0, 5)]))).toBe(true)
  })

  it('never come whole when they are damaged', async () => {
    const { bytes, error } = await collect([part(0, 2_000_000, hexOf(content))])
    expect(error).toMatchObject({ code: 'ChecksumMismatch', message: expect.stringContaining('disk.vmdk is damaged') })
    expect(bytes.length).toBeLessThan(2_000_000)
  })

  it('are not read beyond the end, nor when nobody wants them any more', async () => {
    expect(await collect([part(2_999_999, 2)])).toMatchObject({ error: { code: 'CorruptData' } })
    expect(await collect([part(0, 10)], AbortSignal.abort())).toMatchObject({ error: { code: 'Aborted' } })
  })

  it('are of files that are there', async () => {
    await expect(openFileBytes(join(directory, 'nothing'))).rejects.toMatchObject({ code: 'NotFound' })
    await expect(openFileBytes(directory)).rejects.toMatchObject({ code: 'InvalidArgument' })
  })
})
