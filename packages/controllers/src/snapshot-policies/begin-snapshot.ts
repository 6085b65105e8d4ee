/** Asks for one machine's snapshot, and tells a refusal from a server that cannot answer just now. */

import { virtualMachineSnapshots, type PolicyMachineStatus, type SnapshotPolicy } from '@berth/api'
import type { Client } from '@berth/kube'
import { StatusError, unlessMissing } from '@berth/meta'
import { isMadeBy, newSnapshot } from './made-snapshot.ts'

/** Asking again later may help. */
const passing: ReadonlySet<string> = new Set([
  'Conflict',
  'InternalError',
  'ServerTimeout',
  'ServiceUnavailable',
  'Timeout',
  'TooManyRequests',
  'Unauthorized',
])

/**
 * Making the same one again is no harm: its name follows from policy, machine and time.
 * @returns how the machine fares now
 * @throws what passes: try again
 */
export async function beginSnapshot(
  client: Client,
  policy: SnapshotPolicy,
  { machine, scheduled }: { machine: string; scheduled: Date },
): Promise<PolicyMachineStatus> {
  const snapshot = newSnapshot(policy, { machine, scheduled })
  const { name = '', namespace = '' } = snapshot.metadata
  const is = (result: PolicyMachineStatus['result'], message: string): PolicyMachineStatus => ({
    name: machine,
    result,
    message,
    snapshot: name,
  })
  try {
    await client.create(virtualMachineSnapshots, snapshot)
  } catch (error) {
    if (!(error instanceof StatusError) || passing.has(error.code)) throw error
    if (error.code !== 'AlreadyExists') return is('Failed', error.message)
    const there = await unlessMissing(client.get(virtualMachineSnapshots, { namespace, name }))
    if (there !== undefined && !isMadeBy(there, policy.metadata.uid)) {
      return is('Failed', `there is a snapshot ${name} already that this policy did not make`)
    }
  }
  return is('Running', 'the snapshot is being taken')
}
