/** Rules for one disk. */

import { maxDiskImages, type BlockSizes, type DomainDisk } from '../spec/disks.ts'
import { check, checkCount, checkPath, checkText, namePattern } from './checks.ts'
import { parsePciAddress } from './pci-address.ts'

const mebibyte = 1024 ** 2

export function validateDisk(disk: DomainDisk, field: string): void {
  check(namePattern.test(disk.name), `${field}.name`, 'letters, digits and dashes, at most 63')
  if (disk.path === '') check(disk.device === 'cdrom', `${field}.path`, 'given: only a cdrom can be empty')
  else checkPath(disk.path, `${field}.path`)
  checkText(disk.serial, `${field}.serial`, 256)
  check((disk.backing?.length ?? 0) < maxDiskImages, `${field}.backing`, `at most ${maxDiskImages - 1} images`)
  disk.backing?.forEach(({ path }, index) => checkPath(path, `${field}.backing[${index}].path`))
  if (disk.bootOrder !== undefined) checkCount(disk.bootOrder, `${field}.bootOrder`, 1024)
  check(disk.io !== 'native' || disk.cache === 'none', `${field}.cache`, '"none" when io is "native"')
  validateBus(disk, field)
  if (disk.blockSize !== undefined && disk.blockSize !== 'match') {
    validateBlockSizes(disk.blockSize, disk, `${field}.blockSize`)
  }
}

function validateBus(disk: DomainDisk, field: string): void {
  check(
    disk.device !== 'cdrom' || disk.bus === 'sata' || disk.bus === 'scsi',
    `${field}.bus`,
    'sata or scsi for a cdrom',
  )
  check(disk.device !== 'lun' || disk.bus === 'scsi', `${field}.bus`, 'scsi for a lun')
  if (disk.queues !== undefined) checkCount(disk.queues, `${field}.queues`, 1024)
  const virtio = disk.bus === 'virtio'
  check(virtio || disk.ioThreads === undefined, `${field}.ioThreads`, 'absent on a bus other than virtio')
  check(virtio || disk.queues === undefined, `${field}.queues`, 'absent on a bus other than virtio')
  if (disk.pciAddress === undefined) return
  check(virtio, `${field}.pciAddress`, 'absent on a bus other than virtio')
  parsePciAddress(disk.pciAddress, `${field}.pciAddress`)
}

function validateBlockSizes(sizes: BlockSizes, { bus }: DomainDisk, field: string): void {
  for (const key of ['logical', 'physical'] as const) {
    const bytes = sizes[key]
    const valid =
      Number.isSafeInteger(bytes) && bytes >= 512 && bytes <= 2 * mebibyte && Number.isInteger(Math.log2(bytes))
    check(valid, `${field}.${key}`, 'a power of two from 512 to 2097152')
  }
  check(sizes.logical <= sizes.physical, `${field}.logical`, 'at most the physical size')
  check(bus !== 'sata' || sizes.logical === 512, `${field}.logical`, '512 on the sata bus')
  const { discardGranularity: granularity } = sizes
  if (granularity === undefined) return
  check(
    Number.isSafeInteger(granularity) && granularity >= 0 && granularity < 2 ** 32 && granularity % sizes.logical === 0,
    `${field}.discardGranularity`,
    'a multiple of the logical size below 4 GiB',
  )
}
