/** Volumes that are claims, by themselves or as a DataVolume's. */

import { claimNameOf } from '@berth/api'
import { volumeNameFor } from '../../volumes/claim-volume.ts'
import { keepsFiles } from '../../volumes/claim-content.ts'
import { EngineError } from '../../errors.ts'
import { missing, type VolumeFile, type VolumeRequest } from './volume-file.ts'

export async function claimFile({ volume, instance, services }: VolumeRequest): Promise<VolumeFile> {
  const name = claimNameOf(volume) ?? ''
  const claim = services.informers.claims.get(instance.metadata.namespace, name)
  if (claim === undefined || claim.status?.phase !== 'Bound') throw missing(instance, `PersistentVolumeClaim "${name}"`)
  if (keepsFiles(claim)) {
    throw new EngineError('MissingDependency', `PersistentVolumeClaim "${name}" keeps files, not a disk`, {
      remedy: 'Give the machine a claim of its own.',
    })
  }
  const modes = claim.spec.accessModes ?? []
  return {
    // From the claim's own identity: the name of a volume in its spec could be anybody's.
    ...(await services.volumes.images(volumeNameFor(claim))),
    readOnly: volume.persistentVolumeClaim?.readOnly === true,
    ...(modes.length > 0 && modes.every((mode) => mode === 'ReadOnlyMany') ? { refusesWriters: true } : {}),
  }
}
