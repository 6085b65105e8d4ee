/** `status.volumeStatus`: every volume, the device it is in the guest, and its claim. */

import type { PersistentVolumeClaim, VirtualMachineInstance } from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import type { InstanceStatus } from './instance-status.ts'

/** What a file system takes of a volume; KubeVirt's own value where CDI says nothing. */
const filesystemOverhead = '0.055'

export function volumeStatusOf(
  instance: Readonly<VirtualMachineInstance>,
  { domain, claim }: { domain: Domain; claim: (name: string) => Readonly<PersistentVolumeClaim> | undefined },
): InstanceStatus['volumeStatus'] {
  const used = new Map<string, number>()
  return domain.spec.disks.map((disk) => {
    const volume = instance.spec.volumes?.find((entry) => entry.name === disk.name)
    const claimName = volume?.persistentVolumeClaim?.claimName ?? volume?.dataVolume?.name
    const prefix = disk.bus === 'virtio' ? 'vd' : 'sd'
    const index = used.get(prefix) ?? 0
    used.set(prefix, index + 1)
    return {
      name: disk.name,
      target: prefix + lettersOf(index),
      ...(claimName === undefined ? {} : { persistentVolumeClaimInfo: claimInfo(claimName, claim(claimName)) }),
    }
  })
}

function claimInfo(
  claimName: string,
  claim: Readonly<PersistentVolumeClaim> | undefined,
): NonNullable<InstanceStatus['volumeStatus']>[number]['persistentVolumeClaimInfo'] {
  const { accessModes, volumeMode, resources } = claim?.spec ?? {}
  const capacity = claim?.status?.capacity
  return {
    claimName,
    ...(accessModes === undefined ? {} : { accessModes }),
    ...(capacity === undefined ? {} : { capacity }),
    ...(resources?.requests === undefined ? {} : { requests: resources.requests }),
    ...(claim === undefined ? {} : { volumeMode: volumeMode ?? 'Filesystem', filesystemOverhead }),
  }
}

/** As Linux counts disks: a, b, …, z, aa, ab. */
function lettersOf(index: number): string {
  const last = String.fromCharCode('a'.charCodeAt(0) + (index % 26))
  return index < 26 ? last : lettersOf(Math.floor(index / 26) - 1) + last
}
