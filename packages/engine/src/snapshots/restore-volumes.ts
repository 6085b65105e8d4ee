/** The claims of a restore: made from snapshots, or put back under the machine that is off. Source: KubeVirt's restore controller. */

import {
  annotations as knownAnnotations,
  hasRestoreMark,
  lastRestoreAnnotation,
  ownedByMachineAnnotation,
  restoredClaim,
  restoredName,
  restoreMark,
  restoreNameAnnotation,
  volumeSnapshots,
  type KeptMachine,
  type VirtualMachine,
  type VirtualMachineRestore,
  type VirtualMachineSnapshotContent,
  type VolumeBackup,
  type VolumeRestore,
  type VolumeSnapshot,
} from '@berth/api'
import { persistentVolumeClaims, type PersistentVolumeClaim } from '@berth/kube'
import { controllerOf, controllerReferenceTo, unlessMissing } from '@berth/meta'
import { EngineError } from '../errors.ts'
import { isStateClaim } from '../instances/state/state-claim.ts'
import type { EngineServices } from '../services.ts'
import { contentAnnotation, stateContent } from '../volumes/claim-content.ts'
import { requestedBytes, volumeNameFor } from '../volumes/claim-volume.ts'
import { handleOf } from './volume-snapshot-content.ts'

export interface RestoreVolumes {
  restore: Readonly<VirtualMachineRestore>
  content: Readonly<VirtualMachineSnapshotContent>
  kept: Readonly<KeptMachine>
  /** undefined while it is not made. */
  target: VirtualMachine | undefined
}

/** Which claims there will be; a dump of the machine's memory is not put back. */
export function plannedRestores({ restore, content, kept }: RestoreVolumes): VolumeRestore[] {
  const dumps = new Set(
    (kept.spec.template.spec.volumes ?? [])
      .filter(({ memoryDump }) => memoryDump !== undefined)
      .map(({ name }) => name),
  )
  return (content.spec.volumeBackups ?? [])
    .filter(({ volumeName }) => !dumps.has(volumeName))
    .map((backup) => {
      const { volumeName, volumeSnapshotName, persistentVolumeClaim } = backup
      const known = restore.status?.restores?.find((each) => each.volumeName === volumeName)
      if (known !== undefined) return known
      if (volumeSnapshotName === undefined) {
        throw new EngineError('VolumeMissing', `volume "${volumeName}" has no VolumeSnapshot`)
      }
      const claim = persistentVolumeClaim.metadata.name ?? ''
      return {
        volumeName,
        persistentVolumeClaim: restoredName(restore, { volume: volumeName, claim }),
        volumeSnapshotName,
      }
    })
}

/**
 * One step for each claim.
 * @returns the restores with what became known, and whether all claims hold what they should
 * @throws {EngineError} MissingDependency, VolumeInUse, VolumeRefused
 */
export async function restoreClaims(
  services: EngineServices,
  parts: RestoreVolumes,
): Promise<{ restores: VolumeRestore[]; done: boolean }> {
  const { restore, content } = parts
  const namespace = restore.metadata.namespace ?? ''
  const inPlace = restore.spec.volumeRestorePolicy === 'InPlace'
  const restores: VolumeRestore[] = []
  let done = true
  for (const each of restore.status?.restores ?? []) {
    const name = each.persistentVolumeClaim
    const claim = await unlessMissing(services.client.get(persistentVolumeClaims, { namespace, name }))
    const backup = (content.spec.volumeBackups ?? []).find(({ volumeName }) => volumeName === each.volumeName)
    if (backup === undefined)
      throw new EngineError('VolumeMissing', `volume backup for volume ${each.volumeName} not found`)
    let next = each
    if (claim === undefined) {
      await makeClaim(services, { ...parts, name, backup })
      done = false
    } else if (claim.metadata.deletionTimestamp !== undefined) done = false
    else if (hasRestoreMark(restore, claim)) done = done && claim.status?.phase === 'Bound'
    else if (inPlace) {
      const owner = controllerOf(claim)
      if (owner?.kind === 'DataVolume') next = { ...each, dataVolumeName: owner.name }
      await putBack(services, { restore, claim, snapshot: await snapshotOf(services, namespace, each) })
      done = false
    } else {
      throw new EngineError(
        'VolumeRefused',
        `PersistentVolumeClaim "${namespace}/${name}" exists and is not of this restore`,
        {
          remedy: 'Delete it, or choose another name with volumeRestoreOverrides.',
        },
      )
    }
    restores.push(next)
  }
  return { restores, done }
}

/**
 * The volume is put back first and marked then: whoever dies in between puts it back again, to the same. No machine can start
 * meanwhile, because it is being restored, and the store of volumes refuses where one has the disk.
 */
async function putBack(
  { client, driver, volumes }: EngineServices,
  {
    restore,
    claim,
    snapshot,
  }: { restore: Readonly<VirtualMachineRestore>; claim: PersistentVolumeClaim; snapshot: VolumeSnapshot },
): Promise<void> {
  const volume = volumeNameFor(claim)
  if (volumes.isState(volume)) requireUnused(driver, volumes.statePath(volume), claim)
  await volumes.revert(volume, handleOf(snapshot))
  // It may have grown since.
  const { sizeBytes } = (await volumes.snapshotInfo(handleOf(snapshot))) ?? { sizeBytes: 0 }
  const has = claim.status?.capacity?.['storage'] === undefined ? 0 : requestedBytes(withCapacity(claim))
  if (has > sizeBytes && !volumes.isState(volume)) await volumes.grow(volume, has)
  const marks = {
    [lastRestoreAnnotation]: restoreMark(restore),
    [restoreNameAnnotation]: restore.metadata.name ?? '',
  }
  const override = restore.spec.volumeRestoreOverrides?.find(({ restoreName }) => restoreName === claim.metadata.name)
  await client.update(persistentVolumeClaims, {
    ...claim,
    metadata: {
      ...claim.metadata,
      ...(override?.labels === undefined ? {} : { labels: { ...claim.metadata.labels, ...override.labels } }),
      annotations: { ...claim.metadata.annotations, ...override?.annotations, ...marks },
    },
  })
}

/** Of disks the store of volumes knows it. */
function requireUnused(driver: EngineServices['driver'], folder: string, { metadata }: PersistentVolumeClaim): void {
  const users = driver.list().filter(({ spec, status }) => spec.stateFolder === folder && status.state !== 'stopped')
  if (users.length === 0) return
  throw new EngineError('VolumeInUse', `a machine still runs with PersistentVolumeClaim "${metadata.name ?? ''}"`)
}

/** With the size that it has as the one that it asks for. */
function withCapacity(claim: PersistentVolumeClaim): PersistentVolumeClaim {
  return { ...claim, spec: { ...claim.spec, resources: { requests: { ...claim.status?.capacity } } } }
}

async function makeClaim(
  services: EngineServices,
  parts: RestoreVolumes & { name: string; backup: VolumeBackup },
): Promise<void> {
  const { restore, kept, target, name, backup } = parts
  const namespace = restore.metadata.namespace ?? ''
  const snapshot = await snapshotOf(services, namespace, { volumeSnapshotName: backup.volumeSnapshotName ?? '' })
  const claim = restoredClaim(restore, { name, backup, source: kept, restoreSize: snapshot.status?.restoreSize })
  const notes: Record<string, string> = { [knownAnnotations.cdiBindImmediate]: 'true' }
  // It becomes the machine's claim, by its label, when all is put back.
  if (isStateClaim(backup.persistentVolumeClaim)) notes[contentAnnotation] = stateContent
  if (restore.spec.volumeOwnershipPolicy !== 'None') {
    if (target !== undefined) claim.metadata.ownerReferences = [controllerReferenceTo(target)]
    else if (wasOwned(backup, kept)) notes[ownedByMachineAnnotation] = restore.metadata.name ?? ''
  }
  claim.metadata.annotations = { ...claim.metadata.annotations, ...notes }
  await services.client.create(persistentVolumeClaims, claim)
}

/** By the machine that the snapshot is of. */
function wasOwned({ persistentVolumeClaim }: VolumeBackup, { metadata }: Readonly<KeptMachine>): boolean {
  return (persistentVolumeClaim.metadata.ownerReferences ?? []).some(
    ({ kind, uid }) => kind === 'VirtualMachine' && uid === metadata.uid,
  )
}

async function snapshotOf(
  { client }: EngineServices,
  namespace: string,
  { volumeSnapshotName: name }: Pick<VolumeRestore, 'volumeSnapshotName'>,
): Promise<VolumeSnapshot> {
  const snapshot = await unlessMissing(client.get(volumeSnapshots, { namespace, name }))
  if (snapshot?.status?.readyToUse === true) return snapshot
  throw new EngineError('MissingDependency', `missing volumeSnapshot ${name}`)
}
