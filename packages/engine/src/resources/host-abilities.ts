/** What admission must know of this host, from what the driver found and the operator allows. */

import type { HostAbilities } from '@berth/api'
import type { HostCapabilities } from '@berth/hypervisor'
import { computeAbilities } from './compute-abilities.ts'

export function hostAbilities(capabilities: HostCapabilities, hostDiskFolders: readonly string[]): HostAbilities {
  const compute = computeAbilities(capabilities)
  return {
    architecture: capabilities.architecture,
    uefi: capabilities.uefi !== undefined,
    ...(capabilities.uefi === undefined ? {} : { secureBoot: capabilities.secureBoot !== undefined }),
    missingPrograms: { ...missing('tpm', capabilities.tpm), ...missing('virtiofs', capabilities.virtiofs) },
    machineTypes: capabilities.machineTypes,
    ...(compute === undefined ? {} : { compute }),
    ...(capabilities.deviceTypes === undefined ? {} : { deviceTypes: capabilities.deviceTypes }),
    ...(capabilities.vsock === undefined ? {} : { vsock: capabilities.vsock }),
    hostDiskDirectories: hostDiskFolders,
  }
}

/** A driver that says nothing of a program needs none. */
function missing(name: 'tpm' | 'virtiofs', program: HostCapabilities['tpm']): HostAbilities['missingPrograms'] {
  return program !== undefined && 'missing' in program ? { [name]: program.missing } : {}
}
