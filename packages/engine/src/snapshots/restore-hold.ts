/**
 * A restore in place puts back one disk after the other, and needs its snapshot until the last: without it, some disks of the machine would
 * be the old ones and some the new ones. So it writes its mark on the snapshot before anything else, on the version that it has read, which
 * the server refuses once the snapshot is being deleted; and who deletes the snapshot finds the mark on the very object that is going.
 */

import {
  isRestoreProgressing,
  restoreMark,
  virtualMachineRestores,
  virtualMachineSnapshots,
  type VirtualMachineRestore,
  type VirtualMachineSnapshot,
} from '@berth/api'
import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'

const holderAnnotation = 'berth.dev/restored-in-place-by'

/** @throws {EngineError} MissingDependency: the snapshot is being deleted @throws {StatusError} Conflict: it has changed since it was read */
export async function holdSnapshot(
  { client }: Pick<EngineServices, 'client'>,
  restore: Readonly<VirtualMachineRestore>,
  snapshot: VirtualMachineSnapshot,
): Promise<void> {
  const { metadata } = snapshot
  const mark = restoreMark(restore)
  if (restore.spec.volumeRestorePolicy !== 'InPlace' || metadata.annotations?.[holderAnnotation] === mark) return
  if (metadata.deletionTimestamp !== undefined)
    throw new EngineError(
      'MissingDependency',
      `VMSnapshot ${metadata.namespace ?? ''}/${metadata.name ?? ''} is being deleted`,
      { remedy: 'Restore another snapshot of the machine.' },
    )
  const annotations = { ...metadata.annotations, [holderAnnotation]: mark }
  await client.update(virtualMachineSnapshots, { ...snapshot, metadata: { ...metadata, annotations } })
}

/** By a restore that is neither over nor being deleted: one in place that has written its mark, or another that has begun. */
export async function isHeld(
  { client }: Pick<EngineServices, 'client'>,
  { metadata: { namespace = '', name, annotations } }: Readonly<VirtualMachineSnapshot>,
): Promise<boolean> {
  const { items } = await client.list(virtualMachineRestores, { namespace })
  return items
    .filter(
      ({ metadata, spec }) => spec.virtualMachineSnapshotName === name && metadata.deletionTimestamp === undefined,
    )
    .filter(isRestoreProgressing)
    .some(
      (restore) =>
        restoreMark(restore) === annotations?.[holderAnnotation] || (restore.status?.restores ?? []).length > 0,
    )
}
