/** Default devices of an instance: a network card, a disk for every volume, buses. */

import type { ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import type { Disk } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { platformOf } from './platform.ts'

/** What is left once an instance's cards and disks are there: buses and kinds. In place. */
export function defaultDevices(spec: VirtualMachineInstanceSpec): void {
  const { devices } = spec.domain
  for (const disk of devices.disks ?? []) defaultDisk(disk, spec.architecture)
  if (devices.autoattachInputDevice === true && (devices.inputs ?? []).length === 0) {
    devices.inputs = [{ name: 'default-0', type: 'tablet' }]
  }
  for (const input of devices.inputs ?? []) {
    input.bus ??= 'usb'
    if ((input.type ?? '') === '') input.type = 'tablet'
  }
  for (const { virtualGPUOptions: options } of devices.gpus ?? []) {
    const ramFb = options?.display?.ramFB
    if (ramFb !== undefined) ramFb.enabled ??= true
  }
  defaultWatchdog(spec)
}

/** The one the architecture has, where none is chosen. */
function defaultWatchdog({ domain: { devices }, architecture }: VirtualMachineInstanceSpec): void {
  const kind = platformOf(architecture).watchdog
  const { watchdog } = devices
  if (watchdog === undefined || kind === undefined) return
  const chosen = (watchdog[kind] ??= {})
  chosen.action ??= 'reset'
}

/** A volume that no disk shows gets one. */
export function defaultVolumeDisks(spec: VirtualMachineInstanceSpec): void {
  const { devices } = spec.domain
  const shown = new Set([...(devices.disks ?? []), ...(devices.filesystems ?? [])].map(({ name }) => name))
  for (const { name, memoryDump } of spec.volumes ?? [])
    if (!shown.has(name) && memoryDump === undefined) (devices.disks ??= []).push({ name })
}

/** A disk that is neither CD-ROM nor LUN is a hard disk. */
export function defaultDiskTargets({ domain }: VirtualMachineInstanceSpec): void {
  for (const disk of domain.devices.disks ?? []) {
    if (disk.disk === undefined && disk.cdrom === undefined && disk.lun === undefined) disk.disk = {}
  }
}

/** The card every machine has unless told otherwise, with the binding the cluster is configured for. */
export function defaultNetwork(spec: VirtualMachineInstanceSpec, configuration: ClusterConfiguration): void {
  const { devices } = spec.domain
  const some = (spec.networks ?? []).length > 0 || (devices.interfaces ?? []).length > 0
  if (some || devices.autoattachPodInterface === false) return
  spec.networks = [{ name: 'default', pod: {} }]
  const binding = configuration.defaultNetworkInterface === 'bridge' ? { bridge: {} } : { masquerade: {} }
  devices.interfaces = [{ name: 'default', ...binding }]
}

/** Fields of an interface that choose how it is connected. */
export const bindings: ReadonlySet<string> = new Set([
  'binding',
  'bridge',
  'macvtap',
  'masquerade',
  'passt',
  'passtBinding',
  'slirp',
  'sriov',
])

function defaultDisk(disk: Disk, architecture: string | undefined): void {
  const platform = platformOf(architecture)
  if (disk.blockSize?.matchVolume !== undefined) disk.blockSize.matchVolume.enabled ??= true
  if (disk.disk !== undefined) disk.disk.bus ??= platform.diskBus
  if (disk.lun !== undefined) disk.lun.bus ??= platform.diskBus
  if (disk.cdrom !== undefined) {
    disk.cdrom.bus ??= platform.cdromBus
    disk.cdrom.readonly ??= true
    disk.cdrom.tray ??= 'closed'
  }
}
