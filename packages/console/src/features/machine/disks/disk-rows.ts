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
  const guestNames = namesInGuest(told, disks)
  return names.map((name) =>
    rowOf(name, {
      disk: disks.get(name),
      volume: volumes.get(name),
      status: told.find((each) => each.name === name),
      guestDevice: guestNames.get(name),
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
    guestDevice,
    ofRun,
  }: {
    disk: Disk | undefined
    volume: Volume | undefined
    status: InstanceVolumeStatus | undefined
    guestDevice: string | undefined
    ofRun: boolean
  },
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
    guestDevice,
    phase: status?.phase,
    message: status?.message,
    removable: volume !== undefined && isHotpluggable(volume),
    ofRun,
  }
}

/**
 * What Linux calls them. The API numbers everything on SATA, SCSI and USB in one row (`sda`, `sdb`), the kernel counts CD drives apart: who
 * formats `sdb` because a page says so must not hit another disk.
 */
function namesInGuest(
  told: readonly InstanceVolumeStatus[],
  disks: ReadonlyMap<string, Disk>,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  const drives: string[] = []
  const others: string[] = []
  for (const { name, target = '' } of told.toSorted((one, other) => order(one.target, other.target))) {
    if (!/^sd[a-z]+$/.test(target)) {
      if (target !== '') names.set(name, target)
    } else if (disks.get(name)?.cdrom !== undefined) names.set(name, `sr${drives.push(name) - 1}`)
    else names.set(name, `sd${letters(others.push(name) - 1)}`)
  }
  return names
}

/** `sdz` comes before `sdaa`. */
function order(one = '', other = ''): number {
  return one.length - other.length || (one < other ? -1 : 1)
}

/** 0 is `a`, 26 is `aa`. */
function letters(index: number): string {
  const last = String.fromCodePoint(97 + (index % 26))
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last
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
