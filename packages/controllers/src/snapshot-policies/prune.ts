/** Deletes what a policy no longer keeps. */

import {
  snapshotPolicyDueLabel,
  snapshotPolicyUidLabel,
  virtualMachineSnapshots,
  type SnapshotPolicy,
  type VirtualMachineSnapshot,
} from '@berth/api'
import type { Client } from '@berth/kube'
import { parseTime, StatusError, unlessMissing } from '@berth/meta'
import { snapshotsInUse } from './in-use.ts'
import { bySource } from './made-snapshots.ts'
import { expired } from './retention.ts'

/**
 * Reads the snapshots anew first: a cache that is late might take an older one for the newest good one. Each is deleted only as what was
 * read (uid and version), so one that meanwhile became something else, or was made again by somebody, stays.
 * @returns names of what was deleted
 */
export async function prune(client: Client, policy: Readonly<SnapshotPolicy>, now: Date): Promise<string[]> {
  const { namespace = '', uid = '' } = policy.metadata
  const labelSelector = `${snapshotPolicyUidLabel}=${uid}`
  const { items } = await client.list(virtualMachineSnapshots, { namespace, labelSelector })
  const inUse = await snapshotsInUse(client, namespace)
  // What a run has made is its own until the run has ended: one that goes in between would be made again.
  for (const snapshot of items) if (isOfRun(snapshot, policy)) inUse.add(snapshot.metadata.name ?? '')
  const goes = [...bySource(items).values()].flatMap(
    (snapshots) => expired(snapshots, { keep: policy.spec.keep, nowMs: now.getTime(), inUse }).goes,
  )
  const deleted: string[] = []
  for (const name of goes) {
    const read = items.find(({ metadata }) => metadata.name === name)
    const { uid: readUid, resourceVersion } = read?.metadata ?? {}
    if (readUid === undefined || resourceVersion === undefined) continue
    try {
      const preconditions = { uid: readUid, resourceVersion }
      await unlessMissing(client.delete(virtualMachineSnapshots, { namespace, name }, { preconditions }))
      deleted.push(name)
    } catch (error) {
      // It changed since it was read: the next look decides.
      if (!(error instanceof StatusError && error.code === 'Conflict')) throw error
    }
  }
  return deleted
}

function isOfRun({ metadata }: VirtualMachineSnapshot, { status }: Readonly<SnapshotPolicy>): boolean {
  if (status?.run === undefined) return false
  return metadata.labels?.[snapshotPolicyDueLabel] === String(parseTime(status.run.scheduled).getTime() / 1000)
}
