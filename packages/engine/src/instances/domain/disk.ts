/** One disk of an instance, with the file behind it. */

import type { Disk, VirtualMachineInstance } from '@berth/api'
import type { DomainDisk } from '@berth/hypervisor'
import type { EngineServices } from '../../services.ts'
import { resolveVolume } from '../volume-files.ts'

export async function diskOf(request: {
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
