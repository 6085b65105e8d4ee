import { describe, expect, it } from 'vitest'
import { headBytes, readImageHead } from './image-head.ts'
import { transferText } from './meter.ts'

const GiB = 1024 ** 3

describe('how far a transfer is', () => {
  it.each([
    [{ done: 0, total: GiB, elapsedMs: 0 }, '0 B of 1 GiB'],
    [{ done: GiB / 4, total: GiB, elapsedMs: 10_000 }, '256 MiB of 1 GiB, 25.6 MiB/s, 30.0 s left'],
    [{ done: GiB, total: GiB, elapsedMs: 10_000 }, '1 GiB of 1 GiB, 102.4 MiB/s'],
    [{ done: GiB, total: undefined, elapsedMs: 10_000 }, '1 GiB, 102.4 MiB/s'],
    // What was there before is not counted into the speed.
    [
      { done: GiB, total: 2 * GiB, elapsedMs: 1024, before: GiB - 1024 ** 2 },
      '1 GiB of 2 GiB, 1000 KiB/s, 17m29s left',
    ],
    [{ done: GiB / 2, total: GiB, elapsedMs: 5000, before: GiB / 2 }, '512 MiB of 1 GiB'],
  ])('%j is told as %s', (measure, text) => {
    expect(transferText(measure)).toBe(text)
  })
})

describe('the head of an image', () => {
  const head = (write: (bytes: Buffer) => void): Buffer => {
    const bytes = Buffer.alloc(headBytes)
    write(bytes)
    return bytes
  }
  it.each<[string, Buffer, string, number | undefined]>([
    [
      'qcow2',
      head((bytes) => {
        bytes.write('QFI\u00fb', 'latin1')
        bytes.writeBigUInt64BE(BigInt(20 * GiB), 24)
      }),
      'qcow2',
      20 * GiB,
    ],
    [
      'vmdk',
      head((bytes) => {
        bytes.write('KDMV')
        bytes.writeBigUInt64LE(BigInt(GiB / 512), 12)
      }),
      'vmdk',
      GiB,
    ],
    ['vhdx', head((bytes) => void bytes.write('vhdxfile')), 'vhdx', undefined],
    ['gzip', head((bytes) => void bytes.write('\u001f\u008b', 'latin1')), 'gzip', undefined],
    ['xz', head((bytes) => void bytes.write('\u00fd7zXZ\u0000', 'latin1')), 'xz', undefined],
    ['zstd', head((bytes) => void bytes.write('\u0028\u00b5\u002f\u00fd', 'latin1')), 'zstd', undefined],
    ['anything else', head(() => {}), 'raw', 12_345],
    ['a lying qcow2', head((bytes) => void bytes.fill(0xff, 24, 32).write('QFI\u00fb', 'latin1')), 'qcow2', undefined],
    ['a cut qcow2', Buffer.from('QFI\u00fb', 'latin1'), 'qcow2', undefined],
    ['nothing', Buffer.alloc(0), 'raw', 12_345],
  ])('of %s', (_what, bytes, format, virtualBytes) => {
    expect(readImageHead(bytes, 12_345)).toEqual({ format, virtualBytes })
  })
})
