/** What admission must know of this host, from what the driver found and the operator allows. */

import type { HostAbilities } from '@berth/api'
import type { HostCapabilities } from '@berth/hypervisor'

export function hostAbilities(capabilities: HostCapabilities, hostDiskFolders: readonly string[]): HostAbilities {
  return {
    architecture: capabilities.architecture,
    uefi: capabilities.uefi !== undefined,
    machineTypes: capabilities.machineTypes,
    acceleration: capabilities.acceleration,
    ...(capabilities.deviceTypes === undefined ? {} : { deviceTypes: capabilities.deviceTypes }),
    ...(capabilities.vsock === undefined ? {} : { vsock: capabilities.vsock }),
    hostDiskDirectories: hostDiskFolders,
  }
}
