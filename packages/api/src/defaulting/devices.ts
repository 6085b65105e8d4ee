/** Default devices of an instance: a disk for every volume, a network card, buses. */

import { defaultConfiguration, type ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import type { Disk, Interface } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { platformOf } from './platform.ts'

export function defaultDevices(spec: VirtualMachineInstanceSpec, configuration = defaultConfiguration): void {
  const { devices } = spec.domain
  defaultNetwork(spec, configuration)
  defaultVolumeDisks(spec)
  for (const disk of devices.disks ?? []) defaultDisk(disk, spec.architecture)
  if (devices.autoattachInputDevice === true && (devices.inputs ?? []).length === 0) {
    devices.inputs = [{ name: 'default-0', type: 'tablet' }]
  }
  for (const input of devices.inputs ?? []) {
    input.bus ??= 'usb'
    input.type ??= 'tablet'
  }
  if (devices.watchdog?.i6300esb !== undefined) devices.watchdog.i6300esb.action ??= 'reset'
}

/** A volume that no disk shows gets one. */
export function defaultVolumeDisks(spec: VirtualMachineInstanceSpec): void {
  const { devices } = spec.domain
  const disks = (devices.disks ??= [])
  const attached = new Set(disks.map(({ name }) => name))
  for (const { name } of spec.volumes ?? []) if (!attached.has(name)) disks.push({ name, disk: {} })
}

/** The card every machine has unless told otherwise, with the binding the cluster is configured for. */
export function defaultNetwork(spec: VirtualMachineInstanceSpec, configuration: ClusterConfiguration): void {
  const { devices } = spec.domain
  const none = (spec.networks ?? []).length === 0 && (devices.interfaces ?? []).length === 0
  const binding = (): Pick<Interface, 'bridge' | 'masquerade'> =>
    configuration.defaultNetworkInterface === 'bridge' ? { bridge: {} } : { masquerade: {} }
  if (none && devices.autoattachPodInterface !== false) {
    spec.networks = [{ name: 'default', pod: {} }]
    devices.interfaces = [{ name: 'default', ...binding() }]
  }
  for (const card of devices.interfaces ?? []) {
    if (!Object.keys(card).some((key) => bindings.has(key))) Object.assign(card, binding())
    for (const port of card.ports ?? []) port.protocol ??= 'TCP'
  }
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
  if (disk.disk === undefined && disk.cdrom === undefined && disk.lun === undefined) disk.disk = {}
  if (disk.disk !== undefined) disk.disk.bus ??= platform.diskBus
  if (disk.lun !== undefined) disk.lun.bus ??= platform.diskBus
  if (disk.cdrom !== undefined) {
    disk.cdrom.bus ??= platform.cdromBus
    disk.cdrom.readonly ??= true
    disk.cdrom.tray ??= 'closed'
  }
}
