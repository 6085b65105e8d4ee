/** `status.volumeStatus`: every volume, the device it is in the guest, and its claim. */

import {
  persistentStateVolume,
  type InstanceVolumeStatus,
  type PersistentVolumeClaim,
  type VirtualMachineInstance,
} from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import type { VolumeSteps } from './hotplug/volume-plugs.ts'
import type { InstanceStatus } from './instance-status.ts'

/** What a file system takes of a volume; KubeVirt's own value where CDI says nothing. */
const filesystemOverhead = '0.055'

export interface VolumeFacts {
  domain: Domain
  claim: (name: string) => Readonly<PersistentVolumeClaim> | undefined
  /** In bytes, of those whose size is told. */
  sizes: ReadonlyMap<string, number>
  /** The claim that keeps the machine's state. */
  state?: Readonly<PersistentVolumeClaim> | undefined
  /** How far those are that come and go while the machine runs. */
  steps: VolumeSteps
}

export function volumeStatusOf(
  instance: Readonly<VirtualMachineInstance>,
  { domain, claim, sizes, state, steps }: VolumeFacts,
): InstanceStatus['volumeStatus'] {
  const targets = targetsOf(domain)
  const declared = instance.spec.volumes ?? []
  // Drives without a medium, and disks that the guest has not let go of yet.
  const others = domain.spec.disks
    .filter(({ name }) => !declared.some((volume) => volume.name === name))
    .map(({ name }) => ({ name, target: targets.get(name) ?? '', ...stepOf(steps, name), ...claimBefore(name) }))
  const shown = new Set([...declared, ...others].map(({ name }) => name))
  const gone = [...steps.keys()]
    .filter((name) => !shown.has(name))
    .map((name) => ({ name, target: '', ...stepOf(steps, name), ...claimBefore(name) }))
  /** Nothing else names the claim of a disk that the guest has not let go of. */
  function claimBefore(name: string): Partial<InstanceVolumeStatus> {
    const before = instance.status?.volumeStatus?.find((entry) => entry.name === name)?.persistentVolumeClaimInfo
    return before === undefined || !steps.has(name) ? {} : { persistentVolumeClaimInfo: before }
  }
  const volumes = declared.map(({ name, persistentVolumeClaim, dataVolume, memoryDump }) => {
    const claimName = persistentVolumeClaim?.claimName ?? dataVolume?.name
    const size = sizes.get(name)
    return {
      name,
      // What is shared as a folder is no device.
      target: targets.get(name) ?? '',
      ...stepOf(steps, name),
      // It comes and goes with a dump, and is no device.
      ...(memoryDump === undefined ? {} : { hotplugVolume: {}, memoryDumpVolume: { claimName: memoryDump.claimName } }),
      ...(claimName === undefined ? {} : { persistentVolumeClaimInfo: claimInfo(claimName, claim(claimName)) }),
      ...(size === undefined ? {} : { size }),
    }
  })
  if (state === undefined) return [...volumes, ...others, ...gone]
  const { metadata, spec } = state
  const persistentVolumeClaimInfo = {
    claimName: metadata.name ?? '',
    ...(spec.accessModes === undefined ? {} : { accessModes: spec.accessModes }),
  }
  return [{ name: persistentStateVolume, target: '', persistentVolumeClaimInfo }, ...volumes, ...others, ...gone]
}

function stepOf(steps: VolumeSteps, name: string): Partial<InstanceVolumeStatus> {
  const step = steps.get(name)
  return step === undefined ? {} : { hotplugVolume: {}, ...step }
}

/** Device names by disk, as Linux gives them. */
function targetsOf({ spec }: Domain): Map<string, string> {
  const used = new Map<string, number>()
  const targets = new Map<string, string>()
  for (const { name, bus } of spec.disks) {
    const prefix = bus === 'virtio' ? 'vd' : 'sd'
    const index = used.get(prefix) ?? 0
    used.set(prefix, index + 1)
    targets.set(name, prefix + lettersOf(index))
  }
  return targets
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
