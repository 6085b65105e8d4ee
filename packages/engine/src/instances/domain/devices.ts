/** Devices of an instance: disks with their files, network cards, and all the small ones. */

import type { VirtualMachineInstance } from '@berth/api'
import type { DeviceSpec } from '@berth/hypervisor'
import type { EngineServices } from '../../services.ts'
import { diskOf } from './disk.ts'
import { nicOf } from './nic.ts'

/** @throws {EngineError} MissingDependency when a claim, secret or config map is not there */
export async function devicesOf(
  instance: Readonly<VirtualMachineInstance>,
  services: EngineServices,
): Promise<DeviceSpec> {
  const { devices } = instance.spec.domain
  const disks = await Promise.all((devices.disks ?? []).map((disk) => diskOf({ disk, instance, services })))
  const watchdog = devices.watchdog?.i6300esb
  const tablet = (devices.inputs ?? []).find((input) => input.type === 'tablet')
  return {
    disks,
    nics: (devices.interfaces ?? []).filter((entry) => entry.state !== 'absent').map((entry) => nicOf(entry, instance)),
    serialConsole: devices.autoattachSerialConsole !== false,
    graphics: devices.autoattachGraphicsDevice !== false,
    ...(tablet === undefined ? {} : { tablet: tablet.bus ?? 'usb' }),
    rng: devices.rng !== undefined,
    guestAgent: true,
    ...(watchdog === undefined ? {} : { watchdog: { model: 'i6300esb', action: watchdog.action ?? 'reset' } as const }),
  }
}
