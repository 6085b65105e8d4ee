/** What the engine's own services may change in an instance that runs: they attach and detach, and nothing else. */

import { deepEqual, type StatusCause } from '@berth/meta'
import type { ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import type { Disk } from '../types/domain.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { Volume } from '../types/volume.ts'
import { readAmount } from './amount.ts'
import { utilityVolumeCauses } from './utility-volumes.ts'

interface Change {
  instance: VirtualMachineInstance
  previous: VirtualMachineInstance
  configuration: ClusterConfiguration
}

/** In KubeVirt's order; the first that finds something answers. Its causes name no field. */
const checks: readonly ((change: Change) => StatusCause[])[] = [
  ({ instance, previous }) =>
    (instance.spec.domain.cpu?.maxSockets ?? 0) === (previous.spec.domain.cpu?.maxSockets ?? 0)
      ? []
      : invalid('CPU topology maxSockets changed'),
  ({ instance, previous }) => {
    const [now, before] = [instance, previous].map(({ spec }) => readAmount(spec.domain.memory?.maxGuest))
    return now === undefined || before === undefined || now.nanos === before.nanos
      ? []
      : invalid('Memory maxGuest changed')
  },
  ({ instance, previous, configuration }) => utilityVolumeCauses(instance.spec, previous, configuration),
  matchingDevices,
  permanentVolumes,
  hotplugVolumes,
]

export function validateHotplug(change: Change): StatusCause[] {
  for (const check of checks) {
    const causes = check(change)
    if (causes.length > 0) return causes
  }
  return []
}

function invalid(message: string): StatusCause[] {
  return [{ reason: 'FieldValueInvalid', message }]
}

/** A CD-ROM may be empty; every other disk shows a volume, and every volume is shown once. */
function matchingDevices({ instance, configuration }: Change): StatusCause[] {
  const { domain, volumes = [] } = instance.spec
  const names = new Set(volumes.filter(({ memoryDump }) => memoryDump === undefined).map(({ name }) => name))
  const mayBeEmpty = configuration.enabled('DeclarativeHotplugVolumes')
  const disks = (domain.devices.disks ?? []).filter(
    ({ name, cdrom }) => names.has(name) || cdrom === undefined || !mayBeEmpty,
  )
  const required = disks.length + (domain.devices.filesystems ?? []).length
  if (required === names.size) return []
  return invalid(`mismatch between volumes declared (${names.size}) and required (${required})`)
}

/** Volumes by name: those the instance was started with, and those that came later. */
function split(
  { previous }: Change,
  volumes: readonly Volume[] = [],
): Record<'permanent' | 'hotplug', Map<string, Volume>> {
  const had = new Set((previous.spec.volumes ?? []).map(({ name }) => name))
  const started = new Set(
    (previous.status?.volumeStatus ?? [])
      // A drive without a medium has a status too, and what is put into it is no part of the start.
      .filter(({ name, hotplugVolume }) => hotplugVolume === undefined && had.has(name))
      .map(({ name }) => name),
  )
  const named = (wanted: boolean) =>
    new Map(volumes.filter(({ name }) => started.has(name) === wanted).map((volume) => [volume.name, volume]))
  return { permanent: named(true), hotplug: named(false) }
}

function disksOf({ spec }: VirtualMachineInstance): Map<string, Disk> {
  return new Map((spec.domain.devices.disks ?? []).map((disk) => [disk.name, disk]))
}

function migrated({ status }: VirtualMachineInstance): ReadonlySet<string | undefined> {
  return new Set((status?.migratedVolumes ?? []).map(({ volumeName }) => volumeName))
}

function permanentVolumes(change: Change): StatusCause[] {
  const { instance, previous } = change
  const now = split(change, instance.spec.volumes).permanent
  const before = split(change, previous.spec.volumes).permanent
  if (now.size !== before.size) return invalid('Number of permanent volumes has changed')
  const moved = migrated(instance)
  const [disks, earlierDisks] = [disksOf(instance), disksOf(previous)]
  for (const [name, volume] of now) {
    const earlier = before.get(name)
    if (earlier === undefined) return invalid(`permanent volume ${name}, not found`)
    if (moved.has(name)) continue
    if (!deepEqual(volume, earlier)) return invalid(`permanent volume ${name}, changed`)
    if (!deepEqual(disks.get(name), earlierDisks.get(name))) return invalid(`permanent disk ${name}, changed`)
  }
  return []
}

function hotplugVolumes(change: Change): StatusCause[] {
  const { instance, previous } = change
  const now = split(change, instance.spec.volumes).hotplug
  const before = split(change, previous.spec.volumes).hotplug
  const [disks, earlierDisks] = [disksOf(instance), disksOf(previous)]
  const moved = migrated(instance)
  for (const [name, volume] of now) {
    const earlier = before.get(name)
    const [disk, earlierDisk] = [disks.get(name), earlierDisks.get(name)]
    const causes =
      earlier === undefined
        ? attached({ name, volume, disk, known: earlierDisk !== undefined })
        : kept({ name, volume, disk, earlierDisk, same: moved.has(name) || deepEqual(volume, earlier) })
    if (causes.length > 0) return causes
  }
  return []
}

function kept(now: {
  name: string
  volume: Volume
  disk?: Disk | undefined
  earlierDisk?: Disk | undefined
  same: boolean
}): StatusCause[] {
  const { name, volume, disk, earlierDisk, same } = now
  if (!same) return invalid(`hotplug volume ${name}, changed`)
  if (volume.memoryDump !== undefined) return []
  if (disk === undefined) return invalid(`volume ${name} doesn't have a matching disk`)
  return deepEqual(disk, earlierDisk) ? [] : invalid(`hotplug disk ${name}, changed`)
}

function attached(now: { name: string; volume: Volume; disk: Disk | undefined; known: boolean }): StatusCause[] {
  const { name, volume, disk, known } = now
  const { dataVolume, persistentVolumeClaim, memoryDump } = volume
  if (memoryDump !== undefined) return []
  if (dataVolume === undefined && persistentVolumeClaim === undefined) {
    return invalid(`volume ${name} is not a PVC or DataVolume`)
  }
  if (disk === undefined) return invalid(`disk ${name} does not exist`)
  return known ? [] : validateHotplugDisk(disk, { name, what: 'Hotplug configuration', field: '' })
}

/**
 * A disk that is to be attached to a running machine.
 * @param how.what begins the message: `AddVolume request`, `Hotplug configuration`
 * @param how.field named by the causes; empty for none
 */
export function validateHotplugDisk(
  disk: Disk | undefined,
  { name, what, field }: { name: string; what: string; field: string },
): StatusCause[] {
  const refuse = (message: string): StatusCause[] =>
    field === '' ? invalid(message) : [{ reason: 'FieldValueInvalid', message, field }]
  if (disk === undefined) return refuse(`${what} for [${name}] requires the disk field to be set.`)
  const bus: string = disk.disk?.bus ?? disk.lun?.bus ?? ''
  if (disk.disk !== undefined) {
    if (bus !== 'scsi' && bus !== 'virtio') {
      return refuse(`${what} for disk [${name}] requires bus to be 'scsi' or 'virtio'. [${bus}] is not permitted.`)
    }
  } else if (disk.lun === undefined) {
    return refuse(`${what} for [${name}] requires diskDevice of type 'disk' or 'lun' to be used.`)
  } else if (bus !== 'scsi') {
    return refuse(`${what} for LUN [${name}] requires bus to be 'scsi'. [${bus}] is not permitted.`)
  }
  if (disk.dedicatedIOThread === true && bus !== 'virtio') {
    return refuse(`${what} for [${name}] requires virtio bus for IOThreads.`)
  }
  if (disk.bootOrder === undefined || disk.bootOrder >= 1) return []
  // Whichever disk it is: KubeVirt says so.
  const at = 'spec.domain.devices.disks[1]'
  const message = `${at} must have a boot order > 0, if supplied`
  return [{ reason: 'FieldValueInvalid', message, field: `${at}.bootOrder` }]
}
