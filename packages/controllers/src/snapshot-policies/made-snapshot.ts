/** The snapshots a policy makes: what they are called, what they carry, and what one says of itself. */

import {
  snapshotPolicyDueLabel,
  snapshotPolicyLabel,
  snapshotPolicyUidLabel,
  type SnapshotPolicy,
  type VirtualMachineSnapshot,
} from '@berth/api'
import { getCondition, isTime, parseTime } from '@berth/meta'
import type { PolicySnapshot } from './retention.ts'

/** Names of objects end here. */
const maxName = 253

/**
 * The same for the same policy, machine and time, so that after a crash, or with two who act, nothing is made twice:
 * `web-nightly-20260131-023000`.
 */
export function snapshotName({
  policy,
  machine,
  scheduled,
}: {
  policy: string
  machine: string
  scheduled: Date
}): string {
  const time = scheduled.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-')
  const name = `${machine}-${policy}-${time}`
  if (name.length <= maxName) return name
  const start = machine.slice(0, maxName - policy.length - time.length - 11).replace(/[.-]+$/, '')
  return `${start}-${shortHash(machine)}-${policy}-${time}`
}

export function newSnapshot(
  policy: SnapshotPolicy,
  { machine, scheduled }: { machine: string; scheduled: Date },
): VirtualMachineSnapshot {
  const { name = '', namespace = '', uid = '' } = policy.metadata
  const { labels = {}, failureDeadline } = policy.spec
  return {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineSnapshot',
    // No owner reference: snapshots outlive their policy.
    metadata: {
      name: snapshotName({ policy: name, machine, scheduled }),
      namespace,
      labels: {
        ...labels,
        [snapshotPolicyLabel]: name,
        [snapshotPolicyUidLabel]: uid,
        [snapshotPolicyDueLabel]: String(Math.floor(scheduled.getTime() / 1000)),
      },
    },
    spec: {
      source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: machine },
      ...(failureDeadline === undefined ? {} : { failureDeadline }),
    },
  }
}

/** Whether this very policy made it and nobody has taken it out of its hands. */
export function isMadeBy(snapshot: Readonly<VirtualMachineSnapshot>, policyUid: string | undefined): boolean {
  return policyUid !== undefined && snapshot.metadata.labels?.[snapshotPolicyUidLabel] === policyUid
}

export function describeSnapshot({ metadata, status }: Readonly<VirtualMachineSnapshot>): PolicySnapshot {
  const taken = [status?.creationTime, metadata.creationTimestamp].find(
    (time) => typeof time === 'string' && isTime(time),
  )
  return {
    name: metadata.name ?? '',
    // Succeeded without being ready is on its way: storage that is slow, or data that somebody took away.
    state: status?.readyToUse === true ? 'good' : status?.phase === 'Failed' ? 'failed' : 'pending',
    deleting: metadata.deletionTimestamp !== undefined,
    takenMs: typeof taken === 'string' ? parseTime(taken).getTime() : 0,
  }
}

/** Why it failed, or what it waits for. */
export function snapshotMessage({ status }: Readonly<VirtualMachineSnapshot>): string | undefined {
  return (
    status?.error?.message ??
    getCondition(status?.conditions, 'Failure')?.reason ??
    getCondition(status?.conditions, 'Progressing')?.reason
  )
}

/** FNV-1a, 32 bits; names are ASCII. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0
  return hash.toString(16).padStart(8, '0')
}
