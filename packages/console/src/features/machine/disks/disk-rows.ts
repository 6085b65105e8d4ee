/** A machine's disks: what is wished for, with what runs. */

import {
  isHotpluggable,
  volumeSourceKind,
  type Disk,
  type InstanceVolumeStatus,
  type VirtualMachine,
  type VirtualMachineInstance,
  type Volume,
} from '@berth/api'

export interface DiskRow {
  name: string
  /** A dump is where its memory was written: no device of the guest. */
  device: 'disk' | 'cdrom' | 'lun' | 'dump'
  bus: string | undefined
  /** `dataVolume`, `containerDisk` …; undefined for an empty drive. */
  source: string | undefined
  /** What the source is called: a claim, an image, a size. */
  sourceName: string | undefined
  claim: string | undefined
  /** Bytes, as far as it is known. */
  size: number | undefined
  bootOrder: number | undefined
  /** The device in the guest. */
  guestDevice: string | undefined
  /** Of attaching and detaching. */
  phase: string | undefined
  message: string | undefined
  /** May be taken out while the machine runs. */
  removable: boolean
  /** Attached to this run only. */
  ofRun: boolean
}

export function diskRows(machine: VirtualMachine, instance: VirtualMachineInstance | undefined): DiskRow[] {
  const template = machine.spec.template.spec
  const spec = instance?.spec ?? template
  const told = instance?.status?.volumeStatus ?? []
  // What is being attached is in the template before it is in the instance.
  const disks = union(spec.domain.devices.disks ?? [], template.domain.devices.disks ?? [])
  const volumes = union(spec.volumes ?? [], template.volumes ?? [])
  const declared = new Set((template.volumes ?? []).map(({ name }) => name))
  const names = [...new Set([...disks.keys(), ...volumes.keys()])]
  return names.map((name) =>
    rowOf(name, {
      disk: disks.get(name),
      volume: volumes.get(name),
      status: told.find((each) => each.name === name),
      ofRun: volumes.has(name) && !declared.has(name),
    }),
  )
}

function rowOf(
  name: string,
  {
    disk,
    volume,
    status,
    ofRun,
  }: { disk: Disk | undefined; volume: Volume | undefined; status: InstanceVolumeStatus | undefined; ofRun: boolean },
): DiskRow {
  const dump = volume?.memoryDump
  const device = disk?.cdrom !== undefined ? 'cdrom' : disk?.lun !== undefined ? 'lun' : 'disk'
  return {
    name,
    device: dump === undefined ? device : 'dump',
    bus: disk?.[device]?.bus,
    source: volume === undefined ? undefined : dump === undefined ? volumeSourceKind(volume) : 'memoryDump',
    sourceName: volume === undefined ? undefined : sourceName(volume),
    claim: volume?.persistentVolumeClaim?.claimName ?? volume?.dataVolume?.name ?? dump?.claimName,
    size: status?.size,
    bootOrder: disk?.bootOrder,
    guestDevice: status?.target === '' ? undefined : status?.target,
    phase: status?.phase,
    message: status?.message,
    removable: volume !== undefined && isHotpluggable(volume),
    ofRun,
  }
}

function sourceName(volume: Volume): string | undefined {
  return (
    volume.persistentVolumeClaim?.claimName ??
    volume.dataVolume?.name ??
    volume.memoryDump?.claimName ??
    volume.containerDisk?.image ??
    volume.emptyDisk?.capacity ??
    volume.hostDisk?.path ??
    volume.configMap?.name ??
    volume.secret?.secretName ??
    volume.ephemeral?.persistentVolumeClaim?.claimName
  )
}

function union<T extends { name: string }>(first: readonly T[], second: readonly T[]): Map<string, T> {
  return new Map([...second, ...first].map((item) => [item.name, item]))
}
