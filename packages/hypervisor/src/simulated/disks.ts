/** Disks of a machine that is only a state: what QEMU would say of them coming and going. */

import { DriverError } from '../driver.ts'
import type { DomainDisk } from '../spec/disks.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { validateDisk } from '../validate/disk.ts'

/** @throws {DriverError} InvalidSpec, Unsupported, AlreadyExists */
export function withDisk(spec: DomainSpec, disk: DomainDisk): DomainSpec {
  validateDisk(disk, 'disk')
  if (disk.path === '') throw new DriverError('InvalidSpec', `disk ${disk.name} must have an image`)
  const there = spec.disks.find(({ name }) => name === disk.name)
  if (there?.device === 'cdrom' && there.path === '') {
    return { ...spec, disks: spec.disks.map((each) => (each === there ? disk : each)) }
  }
  if (there !== undefined) throw new DriverError('AlreadyExists', `${spec.id} has a disk ${disk.name} already`)
  if (disk.bus !== 'scsi' && disk.bus !== 'virtio') {
    throw new DriverError('Unsupported', `disk ${disk.name} cannot be put on the ${disk.bus} bus of a running machine`)
  }
  return { ...spec, disks: [...spec.disks, disk] }
}

export function withoutDisk(spec: DomainSpec, name: string): DomainSpec {
  const disks = spec.disks.flatMap((each) => {
    if (each.name !== name) return [each]
    return each.device === 'cdrom' ? [{ ...each, path: '', format: 'raw' as const }] : []
  })
  return { ...spec, disks }
}
