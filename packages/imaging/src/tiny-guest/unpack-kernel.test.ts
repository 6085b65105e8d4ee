import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { unpackKernel } from './unpack-kernel.ts'

const entry = Buffer.from([4, 0, 0, 0, 4, 0, 0, 0, 18, 0, 0, 0, 0x58, 0x65, 0x6e, 0, 0, 0, 0, 1])
const elf = Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(100), entry])

/** One boot sector, one of set-up code, then code to unpack with, then what is packed and its length. */
function bzImage(packed: Buffer): Buffer {
  const unpacker = 64
  const image = Buffer.alloc(1024 + unpacker)
  image[0x1f1] = 1
  image.write('HdrS', 0x202)
  image.writeUInt32LE(unpacker, 0x248)
  image.writeUInt32LE(packed.length + 4, 0x24c)
  return Buffer.concat([image, packed, Buffer.alloc(4)])
}

describe('unpackKernel', () => {
  it.each([
    ['gzip', gzipSync(elf)],
    ['zstd', zstdCompressSync(elf)],
  ])('finds the ELF file that %s packed', async (_, packed) => {
    expect(await unpackKernel(bzImage(packed))).toEqual(elf)
  })

  it.each([
    ['is no bzImage', Buffer.alloc(2000)],
    ['is cut short', bzImage(gzipSync(elf)).subarray(0, 0x210)],
    ['is packed in another way', bzImage(Buffer.from('LZO of something'))],
    ['cannot be entered', bzImage(gzipSync(elf.subarray(0, 50)))],
  ])('has none for a file that %s', async (_, image) => {
    expect(await unpackKernel(image)).toBeUndefined()
  })
})
