/** How an instance boots. */

import type { VirtualMachineInstance } from '@berth/api'
import type { FirmwareSpec } from '@berth/hypervisor'
import type { EngineServices } from '../../services.ts'
import { kernelOf } from '../kernel-boot.ts'

/** @throws {EngineError} MissingDependency when the kernel is not there */
export async function firmwareOf(
  instance: Readonly<VirtualMachineInstance>,
  services: EngineServices,
): Promise<FirmwareSpec> {
  const kernel = await kernelOf(instance, services)
  return {
    firmware: instance.spec.domain.firmware?.bootloader?.efi === undefined ? { kind: 'bios' } : { kind: 'uefi' },
    ...(kernel === undefined ? {} : { kernel }),
  }
}
