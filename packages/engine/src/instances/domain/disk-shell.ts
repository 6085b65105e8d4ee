/** One disk of an instance, as far as it is known without the file behind it. */

import type { Disk, VirtualMachineInstance } from '@berth/api'
import type { BlockSizes, DomainDisk } from '@berth/hypervisor'
import type { VolumeFile } from '../volumes/volume-file.ts'
import { vcpusOf } from './vcpus.ts'

export interface DiskShellRequest {
  disk: Disk
  instance: Readonly<VirtualMachineInstance>
  /** Threads that serve it, where the instance has any. */
  ioThreads?: number[] | undefined
}

/** A drive without a medium. */
export const emptyDrive: VolumeFile = { path: '', format: 'raw', readOnly: true }

export function diskShell(request: DiskShellRequest, file: VolumeFile): DomainDisk {
  const { disk } = request
  const target = disk.cdrom ?? disk.lun ?? disk.disk
  const bus = target?.bus ?? 'sata'
  const device = disk.cdrom === undefined ? (disk.lun === undefined ? 'disk' : 'lun') : 'cdrom'
  // Neither goes together with the host's cache, which is what an absent mode means here.
  const cache = disk.cache ?? (disk.shareable === true || disk.io === 'native' ? 'none' : undefined)
  const blockSize = blockSizeOf(disk)
  return {
    name: disk.name,
    path: file.path,
    format: file.format,
    ...(file.backing === undefined ? {} : { backing: file.backing }),
    device,
    bus,
    readOnly: file.readOnly || device === 'cdrom' || target?.readonly === true,
    ...(disk.serial === undefined ? {} : { serial: disk.serial }),
    ...(disk.bootOrder === undefined ? {} : { bootOrder: disk.bootOrder }),
    ...(cache === undefined ? {} : { cache }),
    ...(disk.io === undefined ? {} : { io: disk.io }),
    ...(disk.errorPolicy === undefined ? {} : { errorPolicy: disk.errorPolicy }),
    ...(disk.shareable === undefined ? {} : { shareable: disk.shareable }),
    ...(blockSize === undefined ? {} : { blockSize }),
    ...(bus === 'virtio' ? virtioOptions(request) : {}),
  }
}

function virtioOptions({ disk, instance, ioThreads }: DiskShellRequest): Partial<DomainDisk> {
  const address = disk.disk?.pciAddress
  return {
    ...(instance.spec.domain.devices.blockMultiQueue === true ? { queues: vcpusOf(instance) } : {}),
    ...(ioThreads === undefined ? {} : { ioThreads }),
    ...(address === undefined || address === '' ? {} : { pciAddress: address }),
  }
}

function blockSizeOf({ blockSize }: Disk): BlockSizes | 'match' | undefined {
  const { custom, matchVolume } = blockSize ?? {}
  if (custom === undefined) return matchVolume !== undefined && matchVolume.enabled !== false ? 'match' : undefined
  const logical = custom.logical ?? 512
  return {
    logical,
    physical: custom.physical ?? logical,
    ...(custom.discardGranularity === undefined ? {} : { discardGranularity: custom.discardGranularity }),
  }
}
