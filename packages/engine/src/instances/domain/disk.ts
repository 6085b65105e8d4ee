/** One disk of an instance, with the file behind it. */

import type { DomainDisk } from '@berth/hypervisor'
import { EngineError } from '../../errors.ts'
import type { EngineServices } from '../../services.ts'
import { resolveVolume } from '../volumes/resolve-volume.ts'
import { diskShell, emptyDrive, type DiskShellRequest } from './disk-shell.ts'

export interface DiskRequest extends DiskShellRequest {
  services: EngineServices
}

/** @throws {EngineError} MissingDependency when what is behind it is not there */
export async function diskOf(request: DiskRequest): Promise<DomainDisk> {
  const { disk, instance } = request
  const known = (instance.spec.volumes ?? []).some(({ name }) => name === disk.name)
  if (disk.cdrom !== undefined && !known) return diskShell(request, emptyDrive)
  const file = await resolveVolume(request)
  // A medium on an open tray is not in the drive.
  const shell = diskShell(request, disk.cdrom?.tray === 'open' ? emptyDrive : file)
  if (file.refusesWriters === true && !shell.readOnly) {
    throw new EngineError('MissingDependency', `the claim of disk "${disk.name}" may only be read (ReadOnlyMany)`, {
      remedy: 'Set `readonly: true` on the disk, or use an ephemeral volume on top of the claim.',
    })
  }
  return shell
}
