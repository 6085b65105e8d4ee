/** Rules for the devices of a machine. */

import { maxIoThreads, type DeviceSpec } from '../spec/devices.ts'
import { check, checkCount, checkUnique } from './checks.ts'
import { validateDisk } from './disk.ts'
import { validateNic } from './nic.ts'

/** Most of one kind of small device. */
const most = 16
/** KubeVirt's number of slots. */
const maxUsbRedirections = 4
/** The last is the address of "anybody". */
const lastCid = 2 ** 32 - 2

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
  const indexes = spec.nics.flatMap((nic) => nic.acpiIndex ?? [])
  check(new Set(indexes).size === indexes.length, 'acpiIndex', 'different for every card')
  const orders = [...spec.disks, ...spec.nics].flatMap((device) => device.bootOrder ?? [])
  check(new Set(orders).size === orders.length, 'bootOrder', 'different for every device')
  validateThreads(spec)
  validateSmall(spec)
}

function validateThreads({ ioThreadCount = 0, scsiController = {}, disks }: DeviceSpec): void {
  if (ioThreadCount !== 0) checkCount(ioThreadCount, 'ioThreadCount', maxIoThreads)
  const known = (number: number | undefined, field: string): void => {
    if (number !== undefined) checkCount(number, field, ioThreadCount)
  }
  known(scsiController.ioThread, 'scsiController.ioThread')
  if (scsiController.queues !== undefined) checkCount(scsiController.queues, 'scsiController.queues', 256)
  disks.forEach(({ ioThreads = [] }, index) => {
    for (const number of ioThreads) known(number, `disks[${index}].ioThreads`)
  })
}

function validateSmall({ inputs = [], panicDevices = [], usbRedirections = 0, vsockCid, balloon }: DeviceSpec): void {
  check(inputs.length <= most, 'inputs', `at most ${most}`)
  check(panicDevices.length <= most, 'panicDevices', `at most ${most}`)
  if (usbRedirections !== 0) checkCount(usbRedirections, 'usbRedirections', maxUsbRedirections)
  if (balloon?.statsSeconds !== undefined) checkCount(balloon.statsSeconds, 'balloon.statsSeconds', 86_400)
  if (vsockCid === undefined) return
  checkCount(vsockCid, 'vsockCid', lastCid)
  // 0 to 2 are the hypervisor, the local end and the host.
  check(vsockCid >= 3, 'vsockCid', '3 or more')
}
