/** The part of a preference that is about devices. */

import { deepClone } from '@berth/meta'
import { bindings } from '../defaulting/devices.ts'
import type { Devices, Disk } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { DevicePreferences } from '../types/instancetype.ts'

/** Preferences that fill one member of the devices, as it is. */
const plain = [
  ['preferredUseVirtioTransitional', 'useVirtioTransitional'],
  ['preferredBlockMultiQueue', 'blockMultiQueue'],
  ['preferredNetworkInterfaceMultiQueue', 'networkInterfaceMultiqueue'],
  ['preferredRng', 'rng'],
  ['preferredTPM', 'tpm'],
] as const satisfies [keyof DevicePreferences, keyof Devices][]

/** Those that decide which devices there are: they must be known before default devices are added. */
const autoattach = [
  ['preferredAutoattachGraphicsDevice', 'autoattachGraphicsDevice'],
  ['preferredAutoattachMemBalloon', 'autoattachMemBalloon'],
  ['preferredAutoattachPodInterface', 'autoattachPodInterface'],
  ['preferredAutoattachSerialConsole', 'autoattachSerialConsole'],
  ['preferredAutoattachInputDevice', 'autoattachInputDevice'],
] as const satisfies [keyof DevicePreferences, keyof Devices][]

/** In place. */
export function applyAutoattach(preferred: Readonly<DevicePreferences>, { domain }: VirtualMachineInstanceSpec): void {
  for (const [from, to] of autoattach) {
    const value = preferred[from]
    if (value !== undefined) domain.devices[to] ??= value
  }
}

/** In place. */
export function applyDevicePreferences(preferred: Readonly<DevicePreferences>, spec: VirtualMachineInstanceSpec): void {
  const { devices } = spec.domain
  for (const [from, to] of plain) {
    // Each pair has one type, which the compiler does not see through the loop.
    if (preferred[from] !== undefined) Object.assign(devices, { [to]: devices[to] ?? deepClone(preferred[from]) })
  }
  // KubeVirt cannot tell whether a machine set this one, and lets the preference win.
  if (preferred.preferredDisableHotplug !== undefined) devices.disableHotplug = preferred.preferredDisableHotplug
  const sound = preferred.preferredSoundModel ?? ''
  if (sound !== '' && devices.sound !== undefined && (devices.sound.model ?? '') === '') devices.sound.model = sound
  if (preferred.preferredVideoType !== undefined) {
    const video = (devices.video ??= {})
    if ((video.type ?? '') === '') video.type = preferred.preferredVideoType
  }
  applyAutoattach(preferred, spec)
  for (const disk of devices.disks ?? []) applyToDisk(preferred, disk)
  applyToInterfaces(preferred, spec)
  for (const input of devices.inputs ?? []) {
    if (preferred.preferredInputBus !== undefined) input.bus ??= preferred.preferredInputBus
    if (isOpen(input.type) && (preferred.preferredInputType ?? '') !== '')
      input.type = preferred.preferredInputType ?? ''
  }
  for (const gpu of devices.gpus ?? []) {
    if (preferred.preferredVirtualGPUOptions !== undefined)
      gpu.virtualGPUOptions ??= deepClone(preferred.preferredVirtualGPUOptions)
  }
  applyPanicDevice(preferred, devices)
}

function isOpen(value: string | undefined): boolean {
  return value === undefined || value === ''
}

function applyToDisk(preferred: Readonly<DevicePreferences>, disk: Disk): void {
  if (disk.disk === undefined && disk.cdrom === undefined && disk.lun === undefined) disk.disk = {}
  if (disk.disk !== undefined) {
    const { preferredDiskBus, preferredDiskBlockSize, preferredDiskCache, preferredDiskIO } = preferred
    const { preferredDiskDedicatedIoThread } = preferred
    if (preferredDiskBus !== undefined) disk.disk.bus ??= preferredDiskBus
    if (preferredDiskBlockSize !== undefined) disk.blockSize ??= deepClone(preferredDiskBlockSize)
    if (preferredDiskCache !== undefined) disk.cache ??= preferredDiskCache
    if (preferredDiskIO !== undefined) disk.io ??= preferredDiskIO
    if (preferredDiskDedicatedIoThread !== undefined && disk.disk.bus === 'virtio')
      disk.dedicatedIOThread ??= preferredDiskDedicatedIoThread
  } else if (disk.cdrom !== undefined) {
    if (preferred.preferredCdromBus !== undefined) disk.cdrom.bus ??= preferred.preferredCdromBus
  } else if (disk.lun !== undefined && preferred.preferredLunBus !== undefined) {
    disk.lun.bus ??= preferred.preferredLunBus
  }
}

function applyToInterfaces(preferred: Readonly<DevicePreferences>, spec: VirtualMachineInstanceSpec): void {
  const onPods = new Set((spec.networks ?? []).filter(({ pod }) => pod !== undefined).map(({ name }) => name))
  for (const card of spec.domain.devices.interfaces ?? []) {
    if (preferred.preferredInterfaceModel !== undefined) card.model ??= preferred.preferredInterfaceModel
    const unbound = !Object.keys(card).some((key) => bindings.has(key))
    if (preferred.preferredInterfaceMasquerade !== undefined && unbound && onPods.has(card.name))
      card.masquerade = deepClone(preferred.preferredInterfaceMasquerade)
  }
}

function applyPanicDevice({ preferredPanicDeviceModel: model }: Readonly<DevicePreferences>, devices: Devices): void {
  if (model === undefined) return
  const present = devices.panicDevices ?? []
  if (present.length === 0) devices.panicDevices = [{ model }]
  for (const device of present) device.model ??= model
}
