import { describe, expect, it } from 'vitest'
import { patchBootSector, patchCore } from './boot-loader.ts'
import { lateFiles, imagePackages } from './root-files.ts'
import { hasSubordinateIds } from './user-mode.ts'

describe('patchBootSector', () => {
  const image = Buffer.alloc(512)
  image.writeUInt16LE(0xaa55, 510)

  it('writes where core.img is, and leaves the original alone', () => {
    const sector = patchBootSector(image, 2048)
    expect(sector.readBigUInt64LE(0x5c)).toBe(2048n)
    expect(sector.readUInt16LE(0x66)).toBe(0x9090)
    expect(image.readBigUInt64LE(0x5c)).toBe(0n)
  })

  it.each([Buffer.alloc(512), Buffer.alloc(10)])('refuses what is no boot sector', (bytes) => {
    expect(() => patchBootSector(bytes, 1)).toThrow(expect.objectContaining({ code: 'CorruptData' }))
  })
})

describe('patchCore', () => {
  it('points the first block list behind the first sector and fills the last one', () => {
    const image = Buffer.alloc(1100)
    image.writeUInt16LE(2, 508)
    const core = patchCore(image, 2048)
    expect(core.length).toBe(1536)
    expect(core.readBigUInt64LE(500)).toBe(2049n)
  })

  it('refuses a block list of another length', () => {
    expect(() => patchCore(Buffer.alloc(1100), 1)).toThrow(expect.objectContaining({ code: 'CorruptData' }))
  })
})

describe('hasSubordinateIds', () => {
  it.each([
    ['anna:100000:65536\n', true],
    ['1000:100000:65536', true],
    ['anna:100000:1000', false],
    ['annabel:100000:65536', false],
    ['', false],
  ])('%j: %s', (text, expected) => {
    expect(hasSubordinateIds(text, 'anna', 1000)).toBe(expected)
  })
})

describe('the image', () => {
  it('has no identity of its own', () => {
    expect(lateFiles('bookworm', 'uuid').find(({ path }) => path === 'etc/machine-id')?.content).toBe('')
  })

  it('boots the root file system by its UUID on both consoles', () => {
    const config = lateFiles('bookworm', 'the-uuid').find(({ path }) => path === 'boot/grub/grub.cfg')?.content
    expect(config).toMatch(/linux \/vmlinuz root=UUID=the-uuid ro console=tty0 console=ttyS0/)
  })

  it('has what the engine counts on', () => {
    for (const name of ['cloud-init', 'qemu-guest-agent', 'openssh-server']) expect(imagePackages).toContain(name)
  })
})
