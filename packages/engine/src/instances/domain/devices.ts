/** Devices of an instance: disks with their files, network cards, and all the small ones. */

import type { ClusterConfiguration, Devices, VirtualMachineInstance } from '@berth/api'
import type { DeviceSpec, PanicModel, SoundModel, VideoModel } from '@berth/hypervisor'
import type { EngineServices } from '../../services.ts'
import { diskOf } from './disk.ts'
import { checkHostDevices } from './host-devices.ts'
import { ioThreadsOf } from './io-threads.ts'
import { nicOf } from './nic.ts'
import { chooseCid } from './vsock-cid.ts'

type Instance = Readonly<VirtualMachineInstance>

/** KubeVirt's number (UsbClientPassthroughMaxNumberOf). */
const usbRedirections = 4
const noFreePageReporting = 'kubevirt.io/free-page-reporting-disabled'

/** @throws {EngineError} MissingDependency when a claim, secret or config map is not there or a device of the host cannot be had */
export async function devicesOf(instance: Instance, services: EngineServices): Promise<DeviceSpec> {
  const configuration = services.configuration.get()
  const { devices } = instance.spec.domain
  checkHostDevices(devices, configuration)
  const threads = ioThreadsOf(instance)
  const disks = await Promise.all(
    (devices.disks ?? []).map((disk) => diskOf({ disk, instance, services, ioThreads: threads.byDisk.get(disk.name) })),
  )
  return {
    disks,
    nics: (devices.interfaces ?? []).filter((entry) => entry.state !== 'absent').map((entry) => nicOf(entry, instance)),
    ...(threads.count === 0 ? {} : { ioThreadCount: threads.count }),
    ...(devices.disableHotplug === true ? {} : { diskHotplug: true }),
    ...(threads.scsiController === undefined ? {} : { scsiController: threads.scsiController }),
    ...consolesOf(instance, configuration),
    inputs: (devices.inputs ?? []).map(({ bus }) => ({ type: 'tablet', bus: bus ?? 'usb' })),
    rng: devices.rng !== undefined,
    guestAgent: true,
    ...(devices.clientPassthrough === undefined ? {} : { usbRedirections }),
    ...watchdogOf(devices),
    panicDevices: (devices.panicDevices ?? []).map(({ model }) => panicModel(model)),
    ...balloonOf(instance, configuration),
    ...(devices.autoattachVSOCK === true ? { vsockCid: cidOf(instance, services) } : {}),
    ...(devices.useVirtioTransitional === true ? { virtioTransitional: true } : {}),
  }
}

function cidOf(instance: Instance, { driver }: EngineServices): number {
  const uid = instance.metadata.uid ?? ''
  const others = driver.list().filter((domain) => domain.id !== uid)
  return chooseCid(uid, new Set(others.flatMap(({ spec }) => spec.vsockCid ?? [])))
}

/** What a person sees and hears of the machine. */
function consolesOf(
  { spec: { domain } }: Instance,
  configuration: ClusterConfiguration,
): Pick<DeviceSpec, 'serialConsole' | 'serialLog' | 'graphics' | 'video' | 'sound'> {
  const { devices, firmware } = domain
  const graphics = devices.autoattachGraphicsDevice !== false
  const efi = firmware?.bootloader?.efi !== undefined
  return {
    serialConsole: devices.autoattachSerialConsole !== false,
    ...((devices.logSerialConsole ?? !configuration.disableSerialConsoleLog) ? {} : { serialLog: false }),
    graphics,
    // UEFI needs none of what the VGA has beside a frame buffer.
    ...(graphics ? { video: videoModel(devices.video?.type) ?? (efi ? 'bochs' : 'vga') } : {}),
    ...(devices.sound === undefined ? {} : { sound: soundModel(devices.sound.model) }),
  }
}

const videoModels: Readonly<Record<string, VideoModel>> = {
  vga: 'vga',
  bochs: 'bochs',
  cirrus: 'cirrus',
  virtio: 'virtio',
  ramfb: 'ramfb',
}

function videoModel(type: string | undefined): VideoModel | undefined {
  return type === undefined ? undefined : videoModels[type]
}

function soundModel(model: string | undefined): SoundModel {
  return model === 'ac97' ? 'ac97' : 'ich9'
}

/** The ISA notifier is what a q35 machine has where no model is named. */
function panicModel(model: string | undefined): PanicModel {
  return model === 'pvpanic' || model === 'hyperv' ? model : 'isa'
}

function watchdogOf({ watchdog }: Devices): Pick<DeviceSpec, 'watchdog'> {
  const chosen = watchdog?.i6300esb
  return chosen === undefined ? {} : { watchdog: { model: 'i6300esb', action: chosen.action ?? 'reset' } }
}

function balloonOf({ metadata, spec }: Instance, configuration: ClusterConfiguration): Pick<DeviceSpec, 'balloon'> {
  const { cpu = {}, memory = {}, devices } = spec.domain
  if (devices.autoattachMemBalloon === false) return {}
  // Memory that goes back and forth costs time, which these machines are to be spared (KubeVirt's rule).
  const timeMatters = cpu.dedicatedCpuPlacement === true || cpu.realtime !== undefined || memory.hugepages !== undefined
  const freePageReporting =
    !configuration.disableFreePageReporting && !timeMatters && metadata.annotations?.[noFreePageReporting] !== 'true'
  const { memBalloonStatsPeriod: seconds } = configuration
  return { balloon: { freePageReporting, ...(seconds > 0 ? { statsSeconds: seconds } : {}) } }
}
