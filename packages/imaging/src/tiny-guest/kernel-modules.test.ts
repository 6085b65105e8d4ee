import { describe, expect, it } from 'vitest'
import { loadOrder, moduleDepends, moduleName } from './kernel-modules.ts'

describe('moduleName', () => {
  it.each([
    ['lib/modules/6.1/kernel/net/virtio_net.ko', 'virtio_net'],
    ['usr/lib/modules/6.8/kernel/x/virtio-rng.ko.zst', 'virtio_rng'],
    ['a/b.ko.xz', 'b'],
    ['boot/vmlinuz-6.1', undefined],
    ['lib/modules/x.ko.txt', undefined],
  ])('%s is %s', (path, name) => {
    expect(moduleName(path)).toBe(name)
  })
})

describe('moduleDepends', () => {
  it('reads the names', () => {
    expect(moduleDepends('x', elf('license=GPL\0depends=virtio,virtio-ring\0name=x\0'))).toEqual([
      'virtio',
      'virtio_ring',
    ])
  })

  it('is empty without any', () => {
    expect(moduleDepends('x', elf('depends=\0'))).toEqual([])
  })

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.alloc(100, 'x')],
    ['a table outside the file', elf('depends=\0').fill(0xff, 0x28, 0x2f)],
  ])('refuses %s', (_name, bytes) => {
    expect(() => moduleDepends('x', bytes)).toThrow(expect.objectContaining({ code: 'CorruptData' }))
  })
})

describe('loadOrder', () => {
  const graph: Record<string, string[]> = { net: ['failover', 'core'], failover: ['core'], core: [], loop: ['loop'] }

  it('puts dependencies first, each once', () => {
    expect(loadOrder(['net', 'core'], (name) => graph[name])).toEqual({
      order: ['core', 'failover', 'net'],
      absent: [],
    })
  })

  it('names what is not there and survives loops', () => {
    expect(loadOrder(['loop', 'builtin'], (name) => graph[name])).toEqual({ order: ['loop'], absent: ['builtin'] })
  })
})

/** The least an ELF file needs: a header, the section names, `.modinfo`, and a table of the two sections. */
function elf(modinfo: string): Buffer {
  const names = Buffer.from('\0.shstrtab\0.modinfo\0')
  const info = Buffer.from(modinfo)
  const header = Buffer.alloc(64)
  header.writeUInt32BE(0x7f454c46, 0)
  header[4] = 2
  header[5] = 1
  header.writeBigUInt64LE(BigInt(64 + names.length + info.length), 0x28)
  header.writeUInt16LE(64, 0x3a)
  header.writeUInt16LE(2, 0x3c)
  header.writeUInt16LE(0, 0x3e)
  const section = (name: number, offset: number, size: number): Buffer => {
    const entry = Buffer.alloc(64)
    entry.writeUInt32LE(name, 0)
    entry.writeBigUInt64LE(BigInt(offset), 0x18)
    entry.writeBigUInt64LE(BigInt(size), 0x20)
    return entry
  }
  return Buffer.concat([header, names, info, section(1, 64, names.length), section(11, 64 + names.length, info.length)])
}
