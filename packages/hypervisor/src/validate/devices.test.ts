import { describe, expect, it } from 'vitest'
import type { DomainDisk } from '../spec/disks.ts'
import type { DomainSpec } from '../spec/domain.ts'
import type { DomainNic } from '../spec/nics.ts'
import { plainDisk as disk } from '../testing/command-line.ts'
import { plainSpec } from '../testing/spec.ts'
import { parsePciAddress } from './pci-address.ts'
import { validateSpec } from './spec.ts'

const [nic] = plainSpec('a').nics as [DomainNic]
const withDisk = (change: Partial<DomainDisk>): Partial<DomainSpec> => ({ disks: [{ ...disk, ...change }] })
const sizes = (logical: number, physical: number, discardGranularity?: number): Partial<DomainSpec> =>
  withDisk({
    blockSize: { logical, physical, ...(discardGranularity === undefined ? {} : { discardGranularity }) },
  })

describe('devices', () => {
  it.each<[string, Partial<DomainSpec>]>([
    ['block sizes', sizes(512, 4096, 65_536)],
    ['the largest block size', sizes(2_097_152, 2_097_152)],
    ['no discarding', sizes(512, 512, 0)],
    ['sizes of the volume', withDisk({ blockSize: 'match', bus: 'sata' })],
    ['an empty drive', withDisk({ device: 'cdrom', bus: 'sata', path: '' })],
    ['threads', { ioThreadCount: 2, ...withDisk({ ioThreads: [1, 2] }), scsiController: { ioThread: 2, queues: 4 } }],
    ['places', withDisk({ pciAddress: '0000:00:10.0' })],
    ['USB slots', { usbRedirections: 4 }],
    ['the first guest address', { vsockCid: 3 }],
  ])('takes %s', (_, change) => {
    expect(() => validateSpec({ ...plainSpec('a'), ...change })).not.toThrow()
  })

  it.each<[string, Partial<DomainSpec>, string]>([
    ['a block size that is no power of two', sizes(1000, 4096), 'disks[0].blockSize.logical'],
    ['a block size below 512', sizes(256, 512), 'disks[0].blockSize.logical'],
    ['a block size above 2 MiB', sizes(512, 4_194_304), 'disks[0].blockSize.physical'],
    ['logical blocks larger than physical ones', sizes(4096, 512), 'disks[0].blockSize.logical'],
    ['discarding parts of a block', sizes(4096, 4096, 512), 'disks[0].blockSize.discardGranularity'],
    [
      'large logical blocks on SATA',
      withDisk({ bus: 'sata', blockSize: { logical: 4096, physical: 4096 } }),
      'disks[0].blockSize.logical',
    ],
    ['a disk without an image', withDisk({ path: '' }), 'disks[0].path'],
    ['a thread that is not there', { ioThreadCount: 1, ...withDisk({ ioThreads: [2] }) }, 'disks[0].ioThreads'],
    [
      'a thread of a SATA disk',
      { ioThreadCount: 1, ...withDisk({ bus: 'sata', ioThreads: [1] }) },
      'disks[0].ioThreads',
    ],
    ['queues of a SATA disk', withDisk({ bus: 'sata', queues: 2 }), 'disks[0].queues'],
    ['a place of a SATA disk', withDisk({ bus: 'sata', pciAddress: '0000:00:10.0' }), 'disks[0].pciAddress'],
    ['a fifth USB slot', { usbRedirections: 5 }, 'usbRedirections'],
    ['the host’s own address', { vsockCid: 2 }, 'vsockCid'],
    ['everybody’s address', { vsockCid: 2 ** 32 - 1 }, 'vsockCid'],
    ['an ACPI index out of range', { nics: [{ ...nic, acpiIndex: 16_384 }] }, 'nics[0].acpiIndex'],
    [
      'one ACPI index twice',
      { nics: ['a', 'b'].map((name) => ({ ...nic, name, acpiIndex: 1 })) },
      'acpiIndex must be different',
    ],
    [
      'a control character in a boot file',
      { nics: [{ ...nic, network: { ...nic.network, bootFile: 'a\nb' } }] },
      'nics[0].network.bootFile',
    ],
    ['statistics that never come', { balloon: { freePageReporting: true, statsSeconds: 0 } }, 'balloon.statsSeconds'],
  ])('refuses %s, naming the field', (_, change, field) => {
    expect(() => validateSpec({ ...plainSpec('a'), ...change })).toThrow(
      expect.objectContaining({ code: 'InvalidSpec', message: expect.stringContaining(field) }),
    )
  })
})

describe('parsePciAddress', () => {
  it.each<[string, { bus: number; slot: number }]>([
    ['0000:00:04.0', { bus: 0, slot: 4 }],
    ['0000:00:1E.0', { bus: 0, slot: 0x1e }],
    ['00:10.0', { bus: 0, slot: 0x10 }],
    ['0000:20:00.0', { bus: 0x20, slot: 0 }],
  ])('%s', (address, place) => {
    expect(parsePciAddress(address, 'x')).toEqual(place)
  })

  it.each([
    '',
    '4',
    '0000:00:04',
    '0001:00:04.0',
    '00:04.1',
    '21:00.0',
    '05:01.0',
    '00:00.0',
    '00:1f.0',
    '00:20.0',
    '00:04.0,x=y',
  ])('refuses %j', (address) => {
    expect(() => parsePciAddress(address, 'x')).toThrow(expect.objectContaining({ code: 'InvalidSpec' }))
  })
})
