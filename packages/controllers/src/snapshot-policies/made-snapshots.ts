/** Snapshots by the machine they are of. */

import type { VirtualMachineSnapshot } from '@berth/api'
import { describeSnapshot } from './made-snapshot.ts'
import type { PolicySnapshot } from './retention.ts'

export function bySource(snapshots: readonly Readonly<VirtualMachineSnapshot>[]): Map<string, PolicySnapshot[]> {
  const found = new Map<string, PolicySnapshot[]>()
  for (const snapshot of snapshots) {
    const { name } = snapshot.spec.source
    const list = found.get(name) ?? []
    list.push(describeSnapshot(snapshot))
    found.set(name, list)
  }
  return found
}
