import { describe, expect, it } from 'vitest'
import type { DeviceSpec } from '../../spec/devices.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import { commandLine, devicesIn, devicesOfType, plainDisk as disk, valuesOf } from '../../testing/command-line.ts'
import { plainSpec } from '../../testing/spec.ts'
import { imageNode, type ImageChain } from './block-nodes.ts'

const many = (count: number, change: Partial<DomainDisk>): DomainDisk[] =>
  Array.from({ length: count }, (_, index) => ({ ...disk, ...change, name: `d${index}` }))
const named = (args: string[], name: string): unknown => devicesIn(args).find(({ id }) => id === `disk-${name}`)

describe('disks', () => {
  it.each<[string, Partial<DomainDisk>, Record<string, unknown>]>([
    ['virtio', {}, { driver: 'virtio-blk-pci', bus: 'port0', drive: imageNode(disk.name, disk.path), bootindex: 1 }],
    ['sata', { bus: 'sata' }, { driver: 'ide-hd', bus: 'ide.0' }],
    ['sata cdrom', { bus: 'sata', device: 'cdrom' }, { driver: 'ide-cd', bus: 'ide.0' }],
    ['scsi', { bus: 'scsi' }, { driver: 'scsi-hd', bus: 'scsi0.0' }],
    ['scsi cdrom', { bus: 'scsi', device: 'cdrom' }, { driver: 'scsi-cd' }],
    ['lun', { bus: 'scsi', device: 'lun' }, { driver: 'scsi-block' }],
    ['usb', { bus: 'usb' }, { driver: 'usb-storage', bus: 'usb0.0' }],
    ['stops on errors unless told', {}, { werror: 'stop', rerror: 'stop' }],
    ['ignores errors', { errorPolicy: 'ignore' }, { werror: 'ignore', rerror: 'ignore' }],
    ['out of space', { errorPolicy: 'enospace' }, { werror: 'enospc', rerror: 'report' }],
    ['report', { errorPolicy: 'report' }, { werror: 'report', rerror: 'report' }],
    ['serial', { serial: 'a,b="c"' }, { serial: 'a,b="c"' }],
    ['write-through', { cache: 'writethrough' }, { 'write-cache': 'off' }],
    ['write-back', { cache: 'writeback' }, { 'write-cache': 'on' }],
    ['shared', { shareable: true }, { 'share-rw': true }],
    [
      'block sizes',
      { blockSize: { logical: 4096, physical: 8192, discardGranularity: 65_536 } },
      { logical_block_size: 4096, physical_block_size: 8192, discard_granularity: 65_536 },
    ],
    ['queues', { queues: 4 }, { 'num-queues': 4 }],
    ['slot of the root bus', { pciAddress: '0000:00:10.0' }, { bus: 'pcie.0', addr: '0x10' }],
    ['bus behind a root port', { pciAddress: '03:00.0' }, { bus: 'port2' }],
  ])('%s', (_, change, expected) => {
    expect(named(commandLine({ disks: [{ ...disk, ...change }] }), 'root')).toMatchObject(expected)
  })

  it('has the block sizes of what its image is on, but 512 bytes on SATA', () => {
    const sizes = { logical: 4096, physical: 4096, discardGranularity: 4096 }
    const image = { filename: '/dev/fdset/3', format: 'raw' as const, hostDevice: false, blockSize: sizes }
    const images = new Map<string, ImageChain>([['root', [image]]])
    const build = (bus: 'virtio' | 'sata') =>
      named(commandLine({ disks: [{ ...disk, bus, blockSize: 'match' }] }, { files: { images } }), 'root')
    expect(build('virtio')).toMatchObject({ logical_block_size: 4096, physical_block_size: 4096 })
    expect(build('sata')).toMatchObject({ logical_block_size: 512, physical_block_size: 4096 })
  })

  it('opens an image by descriptor, and nothing that its header names', () => {
    const [node] = valuesOf(commandLine({ disks: [{ ...disk, cache: 'none', io: 'native' }] }), '-blockdev')
    expect(node).toEqual({
      driver: 'qcow2',
      'node-name': imageNode(disk.name, disk.path),
      'read-only': false,
      cache: { direct: true, 'no-flush': false },
      discard: 'unmap',
      file: {
        driver: 'file',
        filename: '/dev/fdset/3',
        'node-name': `${imageNode(disk.name, disk.path)}-f`,
        'read-only': false,
        cache: { direct: true, 'no-flush': false },
        aio: 'native',
        discard: 'unmap',
      },
      backing: null,
    })
  })

  it('opens listed backing images read-only', () => {
    const image = { filename: '/dev/fdset/3', format: 'qcow2' as const, hostDevice: false }
    const images = new Map<string, ImageChain>([
      ['root', [image, { filename: '/dev/fdset/4', format: 'raw', hostDevice: true }]],
    ])
    const [node] = valuesOf(commandLine({ disks: [disk] }, { files: { images } }), '-blockdev')
    expect(node).toMatchObject({
      'read-only': false,
      backing: { driver: 'raw', 'read-only': true, file: { driver: 'host_device', filename: '/dev/fdset/4' } },
    })
  })

  it('has a drive without a medium', () => {
    const args = commandLine({ disks: [{ ...disk, path: '', device: 'cdrom', bus: 'sata', readOnly: true }] })
    expect(named(args, 'root')).toEqual({ driver: 'ide-cd', bus: 'ide.0', id: 'disk-root', bootindex: 1 })
    expect(valuesOf(args, '-blockdev')).toEqual([])
  })

  it('boots in the order asked for, and only from what has one', () => {
    const disks = [disk, { ...disk, name: 'cd', bus: 'sata' as const, bootOrder: 2 }]
    const nics = plainSpec('a').nics.map((nic) => ({ ...nic, bootOrder: 1 }))
    const order = devicesIn(commandLine({ disks, nics })).flatMap(({ id, bootindex }) =>
      bootindex === undefined ? [] : [[id, bootindex]],
    )
    expect(order).toEqual([
      ['disk-cd', 2],
      ['nic-default', 1],
    ])
  })

  it('keeps node names of long disk names apart and short enough for QEMU', () => {
    const long = 'a'.repeat(62)
    const disks = ['1', '2'].map((end) => ({ ...disk, name: long + end }))
    const names = valuesOf(commandLine({ disks }), '-blockdev').map(
      (node) => (node as { 'node-name': string })['node-name'],
    )
    expect(new Set(names).size).toBe(2)
    expect(Math.max(...names.map((name) => name.length))).toBeLessThanOrEqual(31)
  })

  it('adds a SATA controller for every six disks beyond the first six', () => {
    const args = commandLine({ disks: many(13, { bus: 'sata' }) })
    expect(devicesOfType(args, 'ich9-ahci').map(({ id }) => id)).toEqual(['sata1', 'sata2'])
    expect(devicesOfType(args, 'ide-hd').map(({ bus }) => bus)).toEqual([
      ...[0, 1, 2, 3, 4, 5].map((port) => `ide.${port}`),
      ...[0, 1, 2, 3, 4, 5].map((port) => `sata1.${port}`),
      'sata2.0',
    ])
  })

  it('puts all SCSI disks on one controller, and refuses more than there are names for', () => {
    const args = commandLine({ disks: many(40, { bus: 'scsi' }) })
    expect(devicesOfType(args, 'virtio-scsi-pci')).toHaveLength(1)
    expect(devicesOfType(args, 'scsi-hd')).toHaveLength(40)
    expect(() => commandLine({ disks: many(257, { bus: 'scsi' }) })).toThrow(
      expect.objectContaining({ code: 'Unsupported', message: expect.stringContaining('256') }),
    )
  })
})

describe('threads of disks', () => {
  const threadOf = (change: Partial<DeviceSpec>, version?: string): unknown[] =>
    devicesOfType(
      commandLine({ ioThreadCount: 3, ...change }, version === undefined ? {} : { version }),
      'virtio-blk-pci',
    ).map(({ iothread, 'iothread-vq-mapping': mapping }) => mapping ?? iothread)

  it('are objects that disks and the SCSI controller name', () => {
    const disks = [
      { ...disk, ioThreads: [2] },
      { ...disk, name: 'b', bus: 'scsi' as const },
    ]
    const args = commandLine({ ioThreadCount: 2, disks, scsiController: { ioThread: 1, queues: 4 } })
    expect(valuesOf(args, '-object')).toEqual([
      { 'qom-type': 'iothread', id: 'iothread1' },
      { 'qom-type': 'iothread', id: 'iothread2' },
    ])
    expect(named(args, 'root')).toMatchObject({ iothread: 'iothread2' })
    expect(devicesOfType(args, 'virtio-scsi-pci')[0]).toMatchObject({ iothread: 'iothread1', num_queues: 4 })
  })

  it('of a pool serve every disk where QEMU can, and are taken in turns where it cannot', () => {
    const disks = many(4, { ioThreads: [1, 2, 3] })
    const all = [1, 2, 3].map((number) => ({ iothread: `iothread${number}` }))
    expect(threadOf({ disks }, '9.0.1')).toEqual([all, all, all, all])
    expect(threadOf({ disks }, '8.2.0')).toEqual(['iothread1', 'iothread2', 'iothread3', 'iothread1'])
    expect(threadOf({ disks }, '10.1.0')).toEqual([all, all, all, all])
  })

  it('are none unless asked for', () => {
    expect(valuesOf(commandLine({ disks: [disk] }), '-object')).toEqual([])
    expect(threadOf({ disks: [disk] })).toEqual([undefined])
  })
})
