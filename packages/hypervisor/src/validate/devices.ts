/** Rules for the devices of a machine. */

import type { DeviceSpec } from '../spec/devices.ts'
import { check, checkUnique } from './checks.ts'
import { validateDisk } from './disk.ts'
import { validateNic } from './nic.ts'

/** @throws {DriverError} InvalidSpec */
export function validateDevices(spec: DeviceSpec): void {
  spec.disks.forEach((disk, index) => validateDisk(disk, `disks[${index}]`))
  spec.nics.forEach((nic, index) => validateNic(nic, `nics[${index}]`))
  checkUnique(
    spec.disks.map((disk) => disk.name),
    'disks',
  )
  checkUnique(
    spec.nics.map((nic) => nic.name),
    'nics',
  )
  const orders = [...spec.disks, ...spec.nics].flatMap((device) => device.bootOrder ?? [])
  check(new Set(orders).size === orders.length, 'bootOrder', 'different for every device')
}
