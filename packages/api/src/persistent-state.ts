/** Which machines keep something beside their disks, and in which claim. Names are KubeVirt's (pkg/storage/backend-storage). */

import type { VirtualMachineInstanceSpec } from './types/instance.ts'

/** Label of the claim that keeps a machine's state, with the machine's name; also how its name begins. */
export const persistentStateLabel = 'persistent-state-for'
/** Name of the claim in an instance's `status.volumeStatus`. */
export const persistentStateVolume = 'persistent-state-for-this-vm'

export function hasTpm({ domain }: VirtualMachineInstanceSpec): boolean {
  return domain.devices.tpm !== undefined && domain.devices.tpm.enabled !== false
}

export function keepsTpm(spec: VirtualMachineInstanceSpec): boolean {
  return hasTpm(spec) && spec.domain.devices.tpm?.persistent === true
}

export function keepsUefiVariables({ domain }: VirtualMachineInstanceSpec): boolean {
  return domain.firmware?.bootloader?.efi?.persistent === true
}

export function keepsState(spec: VirtualMachineInstanceSpec): boolean {
  return keepsTpm(spec) || keepsUefiVariables(spec)
}
