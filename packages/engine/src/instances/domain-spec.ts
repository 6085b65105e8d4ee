/** From an accepted instance to the machine the driver runs. Everything the spec names is resolved to files here. */

import { createHash } from 'node:crypto'
import { macAddress, type Disk, type Interface, type VirtualMachineInstance } from '@berth/api'
import type { DomainDisk, DomainNic, DomainSpec } from '@berth/hypervisor'
import { controllerOf } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { guestMemoryBytes } from './scheduler.ts'
import { guestHostname } from './guest-hostname.ts'
import { kernelOf } from './kernel-boot.ts'
import { resolveVolume } from './volume-files.ts'

const mebibyte = 1024 ** 2

/** The tag that tells `berth down`, which has no API to ask, how long the guest may take to shut down, in seconds. */
export const graceTag = 'graceSeconds'

/**
 * @throws {EngineError} MissingDependency when a claim, secret, config map or image is not there
 * @throws {StatusError} when the API refuses a read
 * @throws {ImagingError} when a disk cannot be made
 */
export async function buildDomainSpec(
  instance: Readonly<VirtualMachineInstance>,
  services: EngineServices,
): Promise<DomainSpec> {
  const { metadata, spec } = instance
  const { domain } = spec
  const { devices } = domain
  const id = metadata.uid ?? ''
  const [kernel, disks] = await Promise.all([
    kernelOf(instance, services),
    Promise.all((devices.disks ?? []).map((disk) => diskOf({ disk, instance, services }))),
  ])
  const bootloader = domain.firmware?.bootloader
  const watchdog = devices.watchdog?.i6300esb
  const tablet = (devices.inputs ?? []).find((input) => input.type === 'tablet')
  return {
    id,
    title: `${metadata.namespace ?? ''}_${metadata.name ?? ''}`,
    uuid: domain.firmware?.uuid ?? id,
    ...(domain.firmware?.serial === undefined ? {} : { serial: domain.firmware.serial }),
    machine: domain.machine?.type ?? 'q35',
    cpu: cpuOf(instance),
    memoryMiB: Math.ceil(guestMemoryBytes(instance) / mebibyte),
    firmware: bootloader?.efi === undefined ? { kind: 'bios' } : { kind: 'uefi' },
    acpi: domain.features?.acpi?.enabled !== false,
    ...(kernel === undefined ? {} : { kernel }),
    disks,
    nics: (devices.interfaces ?? []).filter((entry) => entry.state !== 'absent').map((entry) => nicOf(entry, instance)),
    serialConsole: devices.autoattachSerialConsole !== false,
    graphics: devices.autoattachGraphicsDevice !== false,
    ...(tablet === undefined ? {} : { tablet: tablet.bus ?? 'usb' }),
    rng: devices.rng !== undefined,
    guestAgent: true,
    ...(watchdog === undefined ? {} : { watchdog: { model: 'i6300esb', action: watchdog.action ?? 'reset' } as const }),
    clock: {
      utcOffsetSeconds: domain.clock?.utc?.offsetSeconds ?? 0,
      ...(domain.clock?.timezone === undefined ? {} : { timezone: domain.clock.timezone }),
    },
    startPaused: spec.startStrategy === 'Paused',
    tags: {
      namespace: metadata.namespace ?? '',
      name: metadata.name ?? '',
      node: instance.status?.nodeName ?? '',
      [graceTag]: String(spec.terminationGracePeriodSeconds ?? 30),
    },
  }
}

function cpuOf({ spec }: Readonly<VirtualMachineInstance>): DomainSpec['cpu'] {
  const cpu = spec.domain.cpu ?? {}
  // host-model and host-passthrough both mean: the best this host has. The driver knows what that is.
  const named = cpu.model !== undefined && cpu.model !== 'host-model' && cpu.model !== 'host-passthrough'
  return {
    ...(named && cpu.model !== undefined ? { model: cpu.model } : {}),
    features: (cpu.features ?? []).map(({ name, policy }) => ({
      name,
      enabled: policy !== 'disable' && policy !== 'forbid',
    })),
    sockets: cpu.sockets ?? 1,
    cores: cpu.cores ?? 1,
    threads: cpu.threads ?? 1,
  }
}

async function diskOf(request: {
  disk: Disk
  instance: Readonly<VirtualMachineInstance>
  services: EngineServices
}): Promise<DomainDisk> {
  const { disk } = request
  const file = await resolveVolume(request)
  const target = disk.cdrom ?? disk.lun ?? disk.disk
  const device = disk.cdrom === undefined ? (disk.lun === undefined ? 'disk' : 'lun') : 'cdrom'
  return {
    name: disk.name,
    path: file.path,
    format: file.format,
    device,
    bus: target?.bus ?? 'sata',
    readOnly: file.readOnly || device === 'cdrom' || target?.readonly === true,
    ...(disk.serial === undefined ? {} : { serial: disk.serial }),
    ...(disk.bootOrder === undefined ? {} : { bootOrder: disk.bootOrder }),
    ...(disk.cache === undefined ? {} : { cache: disk.cache }),
    ...(disk.io === undefined ? {} : { io: disk.io }),
    ...(disk.errorPolicy === undefined ? {} : { errorPolicy: disk.errorPolicy }),
    ...(disk.shareable === undefined ? {} : { shareable: disk.shareable }),
  }
}

function nicOf(entry: Interface, instance: Readonly<VirtualMachineInstance>): DomainNic {
  const network = (instance.spec.networks ?? []).find((candidate) => candidate.name === entry.name)
  return {
    name: entry.name,
    model: entry.model ?? 'virtio',
    mac: entry.macAddress?.toLowerCase().replaceAll('-', ':') ?? stableMac(instance, entry.name),
    ...(entry.bootOrder === undefined ? {} : { bootOrder: entry.bootOrder }),
    linkUp: entry.state !== 'down',
    network: { kind: 'user', cidr: network?.pod?.vmNetworkCIDR ?? '10.0.2.0/24', hostname: guestHostname(instance) },
  }
}

/**
 * A locally administered address that a VM keeps through restarts, so that guests which remember their card by its address find it
 * again. (KubeVirt may change it at a restart.)
 */
function stableMac(instance: Readonly<VirtualMachineInstance>, nic: string): string {
  const owner = controllerOf(instance)?.uid ?? instance.metadata.uid ?? ''
  return macAddress(createHash('sha256').update(`${owner}/${nic}`).digest())
}
