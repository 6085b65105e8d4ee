/** Which of QEMU's forms of a virtio device a machine has, and where it is. */

import type { DeviceSpec } from '../../spec/devices.ts'
import type { PciPlace, PciPlaces } from './pcie.ts'

/**
 * A modern device is PCI Express; a transitional one, which guests from before virtio 1.0 know too, is ordinary PCI with I/O ports.
 * @param name QEMU's name of the device without its form: `virtio-blk-pci`
 */
export function virtioDevice(
  name: string,
  { spec, places, pciAddress }: { spec: DeviceSpec; places: PciPlaces; pciAddress?: string | undefined },
): PciPlace & { driver: string } {
  if (spec.virtioTransitional !== true) return { driver: name, ...places.express(pciAddress) }
  return { driver: `${name}-transitional`, ...places.conventional(pciAddress) }
}
