/**
 * Files of the engine's on a claim: backups, memory dumps. They lie in a folder beside the claim's disk, which stays empty; the claim
 * says so in an annotation, and no machine takes such a claim for a disk.
 */

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { keyOf, persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { contentAnnotation, filesContent, keepsFiles } from './claim-content.ts'
import { EngineError } from '../errors.ts'
import { machinesUsing, type EngineServices } from '../services.ts'
import { volumeNameFor } from './claim-volume.ts'

const filesFolder = 'files'

type Services = Pick<EngineServices, 'client' | 'informers' | 'volumes' | 'usersOfClaim'>

/** Absolute path of the files on a claim; nothing may be there yet. */
export function filesFolderOf(
  services: Pick<EngineServices, 'volumes'>,
  claim: Readonly<PersistentVolumeClaim>,
): string {
  return join(services.volumes.folder(volumeNameFor(claim)), filesFolder)
}

/**
 * The folder for files on a claim; from now on the claim is for files.
 * @returns its absolute path
 * @throws {EngineError} MissingDependency (no volume yet), VolumeRefused (a block device), VolumeInUse (a disk of some machine)
 */
export async function makeFilesFolder(services: Services, claim: Readonly<PersistentVolumeClaim>): Promise<string> {
  const key = keyOf(claim)
  if (claim.status?.phase !== 'Bound')
    throw new EngineError('MissingDependency', `PersistentVolumeClaim "${key}" is not bound to a volume yet`)
  if (claim.spec.volumeMode === 'Block')
    throw new EngineError(
      'VolumeRefused',
      `PersistentVolumeClaim "${key}" is a block device, and files need a file system`,
      {
        remedy: 'Use a claim with volumeMode Filesystem.',
      },
    )
  if (!keepsFiles(claim)) {
    const [user] = [...machinesUsing(services.informers, key), ...services.usersOfClaim(claim)]
    if (user !== undefined)
      throw new EngineError(
        'VolumeInUse',
        `PersistentVolumeClaim "${key}" is a disk of "${user.metadata.name ?? ''}"`,
        {
          remedy: 'Use a claim of its own for files.',
        },
      )
    const { namespace = '', name = '' } = claim.metadata
    await services.client.patch(
      persistentVolumeClaims,
      { namespace, name },
      { type: 'merge', patch: { metadata: { annotations: { [contentAnnotation]: filesContent } } } },
    )
  }
  const folder = filesFolderOf(services, claim)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}

/** What writes files to a claim does so one after the other: it counts the room that is free, and clears away what others left. */
export function onClaimAlone<T>(
  { fileTurns }: Pick<EngineServices, 'fileTurns'>,
  { metadata }: Readonly<PersistentVolumeClaim>,
  work: () => Promise<T>,
): Promise<T> {
  return fileTurns.take([metadata.uid ?? ''], work)
}
