import { mkdir, open, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ImagingError } from '../errors.ts'
import { createImage, createOverlay } from '../qemu-img.ts'
import { runProcess } from '../run-process.ts'
import { testDirectory } from '../test-directory.testkit.ts'
import { inspectUntrusted } from './inspect-untrusted.ts'

const MiB = 1024 ** 2

describe('inspectUntrusted', () => {
  const directory = testDirectory()
  const at = (name: string): string => join(directory, name)
  const qemuImg = async (...args: string[]): Promise<void> => {
    await runProcess({ command: 'qemu-img', args, purpose: 'making a test image', timeoutMs: 30_000, cwd: directory })
  }
  const patch = async (path: string, offset: number, bytes: Buffer): Promise<void> => {
    const file = await open(path, 'r+')
    await file.write(bytes, 0, bytes.length, offset)
    await file.close()
  }
  const number = (bytes: 4 | 8, value: bigint): Buffer => {
    const buffer = Buffer.alloc(8)
    buffer.writeBigUInt64BE(value)
    return buffer.subarray(8 - bytes)
  }

  it.each([
    ['qcow2', []],
    ['qcow2', ['-o', 'compat=0.10']],
    ['qcow2', ['-o', 'compression_type=zstd,extended_l2=on,cluster_size=128k']],
    ['vmdk', []],
    ['vmdk', ['-o', 'subformat=streamOptimized']],
    ['vhdx', []],
    ['vpc', ['-o', 'force_size=on']],
    ['vpc', ['-o', 'subformat=fixed,force_size=on']],
    ['vdi', []],
    ['raw', []],
  ])('reads format and size of a %s image made with %j', async (format, options) => {
    const name = `good-${format}-${options.join('').replaceAll(/\W/g, '')}`
    await qemuImg('create', '-q', '-f', format, ...options, name, '8M')
    expect(await inspectUntrusted(at(name))).toEqual({ format, virtualSizeBytes: 8 * MiB })
  })

  it('refuses a backing file and says which', async () => {
    await createImage({ path: at('base'), format: 'raw', sizeBytes: MiB })
    await createOverlay({ path: at('backed'), backing: { path: at('base'), format: 'raw' } })
    await expect(inspectUntrusted(at('backed'))).rejects.toMatchObject({
      code: 'HostileImage',
      message: expect.stringContaining(at('base')),
    })
  })

  it('refuses an external data file', async () => {
    await qemuImg('create', '-q', '-f', 'qcow2', '-o', `data_file=${at('data')}`, 'external.qcow2', '1M')
    await expect(inspectUntrusted(at('external.qcow2'))).rejects.toMatchObject({ code: 'HostileImage' })
  })

  it.each([
    ['an external data file name without its feature bit', 72, number(8, 0n), /external data file/, 'data_file=d'],
    ['an unknown feature', 72, number(8, 1n << 40n), /features/, undefined],
    ['the corrupt bit', 72, number(8, 2n), /corrupt/, undefined],
    ['encryption', 32, number(4, 2n), /encrypted/, undefined],
    ['version 1', 4, number(4, 1n), /version 1/, undefined],
    ['huge clusters', 20, number(4, 60n), /cluster size/, undefined],
    ['a size its tables cannot map', 24, number(8, 1n << 50n), /too small/, undefined],
    ['a huge level-1 table', 36, number(4, 0xffff_ffffn), /level-1/, undefined],
    ['a level-1 table outside the file', 40, number(8, 1n << 60n), /outside/, undefined],
    ['a header length beyond reason', 100, number(4, 0xffff_ffffn), /header/, undefined],
    ['countless snapshots', 60, number(4, 0xffff_ffffn), /snapshots/, undefined],
  ])('refuses a qcow2 image with %s', async (name, offset, bytes, why, options) => {
    const path = at(`bad-${name.replaceAll(' ', '-')}`)
    await qemuImg('create', '-q', '-f', 'qcow2', ...(options ? ['-o', options] : []), path, '1M')
    await patch(path, offset, bytes)
    await expect(inspectUntrusted(path)).rejects.toMatchObject({
      code: 'HostileImage',
      message: expect.stringMatching(why),
    })
  })

  it('refuses a disk over the limit', async () => {
    await createImage({ path: at('big'), format: 'qcow2', sizeBytes: 100 * MiB })
    await expect(inspectUntrusted(at('big'), { maxVirtualBytes: 50 * MiB })).rejects.toMatchObject({ code: 'TooLarge' })
  })

  it('refuses a VMDK descriptor that names files of the host', async () => {
    const text = '# Disk DescriptorFile\nversion=1\ncreateType="monolithicFlat"\nRW 2048 FLAT "/etc/passwd" 0\n'
    await writeFile(at('descriptor.vmdk'), text.padEnd(1024, '\0'))
    await expect(inspectUntrusted(at('descriptor.vmdk'))).rejects.toMatchObject({ code: 'UnknownFormat' })
  })

  it.each([
    ['another type', 'createType="monolithicSparse"', 'createType="monolithicFlat"'],
    ['an extent of another kind', 'RW 2048 SPARSE', 'RW 2048 FLAT'],
    ['a second extent', '# The Disk Data Base', 'RW 1 FLAT "/etc/passwd"\n#'],
    ['a parent', 'parentCID=ffffffff', 'parentCID=12345678'],
  ])('refuses a VMDK whose embedded descriptor has %s', async (name, from, to) => {
    const path = at(`vmdk-${name.replaceAll(' ', '-')}`)
    await qemuImg('create', '-q', '-f', 'vmdk', path, '1M')
    const file = await open(path, 'r+')
    const head = Buffer.alloc(2048)
    await file.read(head, 0, head.length, 0)
    const place = head.toString('latin1').indexOf(from)
    expect(place).toBeGreaterThan(0)
    await file.write(Buffer.from(to.padEnd(from.length, ' ')), 0, undefined, place)
    await file.close()
    await expect(inspectUntrusted(path)).rejects.toMatchObject({ code: 'HostileImage' })
  })

  it('refuses a differencing VHD and VDI', async () => {
    await qemuImg('create', '-q', '-f', 'vpc', 'diff.vhd', '1M')
    await patch(at('diff.vhd'), 60, number(4, 4n))
    await qemuImg('create', '-q', '-f', 'vdi', 'diff.vdi', '1M')
    await patch(at('diff.vdi'), 0x4c, Buffer.from([4, 0, 0, 0]))
    for (const name of ['diff.vhd', 'diff.vdi']) {
      await expect(inspectUntrusted(at(name))).rejects.toMatchObject({ code: 'HostileImage' })
    }
  })

  it.each([
    ['an empty file', Buffer.alloc(0), /empty/],
    ['a web page', Buffer.from('<!DOCTYPE html>\n<html>'.padEnd(2000)), /text/],
    ['a gzip file', gzipSync('x'.repeat(100)), /gzip/],
    ['an xz file', Buffer.from('fd377a585a000000', 'hex'), /xz/],
    ['a program', Buffer.from('\x7fELF\x02\x01\x01', 'latin1'), /program/],
    ['a LUKS volume', Buffer.from('LUKS\xba\xbe\0\x02', 'latin1'), /LUKS/],
    ['QED', Buffer.from('QED\0'), /QED/],
  ])('refuses %s', async (name, content, why) => {
    await writeFile(at(name), content)
    await expect(inspectUntrusted(at(name))).rejects.toMatchObject({
      code: 'UnknownFormat',
      message: expect.stringMatching(why),
    })
  })

  it('refuses what is no file or not there', async () => {
    await mkdir(at('folder'))
    await expect(inspectUntrusted(at('folder'))).rejects.toMatchObject({ code: 'UnknownFormat' })
    await expect(inspectUntrusted(at('nothing'))).rejects.toMatchObject({ code: 'NotFound' })
    await expect(inspectUntrusted('nbd:localhost:10809')).rejects.toMatchObject({ code: 'InvalidArgument' })
  })

  it('answers or refuses with a typed error whatever bytes follow a magic number', async () => {
    const magics = ['QFI\xfb\0\0\0\x03', 'QFI\xfb\0\0\0\x02', 'KDMV', 'vhdxfile', 'conectix', '']
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...magics),
        fc.uint8Array({ minLength: 1, maxLength: 700 }),
        async (magic, rest) => {
          await writeFile(at('fuzz'), Buffer.concat([Buffer.from(magic, 'latin1'), rest]))
          try {
            const { virtualSizeBytes } = await inspectUntrusted(at('fuzz'))
            expect(virtualSizeBytes).toBeGreaterThan(0)
          } catch (error) {
            expect(error).toBeInstanceOf(ImagingError)
          }
        },
      ),
      { numRuns: 200 },
    )
  })
})
