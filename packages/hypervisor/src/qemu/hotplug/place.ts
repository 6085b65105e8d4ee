/** Where a disk that is plugged into a running machine goes. */

import { DriverError } from '../../driver.ts'
import type { DeviceSpec } from '../../spec/devices.ts'
import type { DomainDisk } from '../../spec/disks.ts'
import type { QmpClient } from '../../qmp/client.ts'
import { maxOnBus, onScsi } from '../arguments/disks.ts'
import { isRootPort } from '../arguments/pcie.ts'

/** Where QEMU keeps the devices that have an id. */
export const peripherals = '/machine/peripheral'

/** @throws {DriverError} Unsupported when the machine has no place for it */
export async function placeOf(disk: DomainDisk, spec: DeviceSpec, qmp: QmpClient): Promise<Record<string, unknown>> {
  switch (disk.bus) {
    case 'scsi':
      if (spec.disks.filter(({ bus }) => bus === 'scsi').length >= maxOnBus) {
        throw new DriverError(
          'Unsupported',
          `the machine has ${maxOnBus} disks on its SCSI controller, which are all it takes`,
          {
            remedy: 'Detach one first.',
          },
        )
      }
      if (spec.diskHotplug === true || spec.disks.some(({ bus }) => bus === 'scsi')) return onScsi(disk)
      throw new DriverError(
        'Unsupported',
        `the machine has no SCSI controller that disk ${disk.name} could be put on`,
        {
          remedy: 'Restart the machine with the disk, or without disableHotplug.',
        },
      )
    case 'virtio':
      return { driver: 'virtio-blk-pci', bus: await freePort(disk, spec, qmp), 'num-queues': disk.queues }
    case 'sata':
    case 'usb':
      throw new DriverError(
        'Unsupported',
        `disk ${disk.name} cannot be put on the ${disk.bus} bus of a running machine`,
        {
          remedy: 'Use the scsi or the virtio bus, or restart the machine with the disk.',
        },
      )
  }
}

/** A root port without a device. QEMU knows; what the guest has made of its buses could hide one. */
async function freePort(disk: DomainDisk, spec: DeviceSpec, qmp: QmpClient): Promise<string> {
  if (spec.virtioTransitional === true) {
    throw new DriverError('Unsupported', `disk ${disk.name}: transitional virtio devices cannot be plugged in`, {
      remedy: 'Use the scsi bus, or restart the machine with the disk.',
    })
  }
  const ports = (await qmp.execute('qom-list', { path: peripherals })).filter(isRootPort)
  for (const port of ports) {
    const behind = await qmp.execute('qom-list', { path: `${peripherals}/${port}/${port}` })
    if (!behind.some((name) => name.startsWith('child['))) return port
  }
  throw new DriverError('Unsupported', `the machine has no free PCI Express port for disk ${disk.name}`, {
    remedy: 'Use the scsi bus; one controller serves many disks.',
  })
}
