/** Which devices this host's QEMU lacks. */

import type { DeviceSpec } from '../../spec/devices.ts'
import { nicDriver } from '../arguments/nics.ts'
import type { Refuse } from './refuse.ts'

/** @param known device types this QEMU has */
export function checkDevices(spec: DeviceSpec, known: ReadonlySet<string>, refuse: Refuse): void {
  for (const nic of spec.nics) {
    if (!known.has(nicDriver(nic.model))) refuse(`there is no "${nic.model}" network card`, 'Use "virtio".')
  }
}
