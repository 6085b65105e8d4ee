import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayBeDisk, readDiskHeader } from './disk-header.ts'

const run = promisify(execFile)
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-headers-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

async function header(bytes: Uint8Array, name: string) {
  return readDiskHeader({
    name,
    size: bytes.length,
    read: async (offset, length) => {
      expect(offset + length).toBeLessThanOrEqual(bytes.length)
      return bytes.subarray(offset, offset + length)
    },
  })
}

const MiB = 1024 ** 2

describe('the size of a disk in a file', () => {
  it.each([
    ['qcow2', 'qcow2', 'disk.img'],
    ['vmdk', 'vmdk', 'disk'],
    ['vdi', 'vdi', 'disk.vdi'],
    ['vpc', 'vhd', 'disk.vhd'],
    ['vhdx', 'vhdx', 'disk.vhdx'],
    ['raw', 'raw', 'disk.img'],
  ])('is read from what qemu-img writes as %s', async (written, format, name) => {
    const path = join(folder, `disk.${written}`)
    // VHD keeps sizes in its own geometry unless told otherwise.
    const options = written === 'vpc' ? ['-o', 'force_size=on'] : []
    await run('qemu-img', ['create', '-f', written, ...options, path, '24M'])
    expect(await header(await readFile(path), name)).toEqual({ format, bytes: 24 * MiB })
  })

  it('is not guessed where the file is packed', async () => {
    expect(await header(Uint8Array.of(0x1f, 0x8b, 8, 0), 'disk.img.gz')).toEqual({ format: 'packed' })
    expect(await header(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd), 'disk.zst')).toEqual({ format: 'packed' })
  })

  it('is that of the file where nothing else is known', async () => {
    expect(await header(new Uint8Array(3), 'x.iso')).toEqual({ format: 'iso', bytes: 3 })
    // Cut short within the header.
    expect(await header(Uint8Array.of(0x51, 0x46, 0x49, 0xfb), 'x.qcow2')).toEqual({ format: 'raw', bytes: 4 })
  })

  it('is left out where the header tells an impossible one', async () => {
    const head = new Uint8Array(64)
    head.set([0x51, 0x46, 0x49, 0xfb])
    head.fill(0xff, 24, 32)
    expect(await header(head, 'x.qcow2')).toEqual({ format: 'qcow2' })
  })
})

it('goes by the ending where files are chosen', () => {
  expect(['a.QCOW2', 'b.img.xz', 'c.ova'].every(mayBeDisk)).toBe(true)
  expect(['notes.txt', 'photo.jpeg', ''].some(mayBeDisk)).toBe(false)
})
