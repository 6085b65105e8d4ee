/** Events about a running machine that follow from how its status changes, in KubeVirt's words. */

import type { EvictionStrategy, VirtualMachineInstance } from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import { getCondition, isConditionTrue } from '@berth/meta'
import type { EventRecorder, Node } from '@berth/kube'
import { overcommitment, type Placements } from './placement/memory.ts'

/** @param instance as it was before this look at its machine */
export function tellOfPause(events: EventRecorder, instance: Readonly<VirtualMachineInstance>, domain: Domain): void {
  const isPaused = domain.status.state === 'paused'
  if (isConditionTrue(instance.status?.conditions, 'Paused') === isPaused || instance.status?.phase !== 'Running')
    return
  events.record(instance, {
    type: 'Normal',
    reason: isPaused ? 'Paused' : 'Unpaused',
    message: isPaused ? 'VirtualMachineInstance paused' : 'VirtualMachineInstance unpaused',
  })
}

/** Whoever asks for a migration on eviction is told at once that there is none. */
export function tellOfEviction(
  events: EventRecorder,
  instance: Readonly<VirtualMachineInstance>,
  ofCluster: EvictionStrategy,
): void {
  const migratable = getCondition(instance.status?.conditions, 'LiveMigratable')
  const strategy = instance.spec.evictionStrategy ?? ofCluster
  if (strategy !== 'LiveMigrate' || migratable?.status !== 'False') return
  events.record(instance, {
    type: 'Warning',
    reason: 'Migrated',
    message: `EvictionStrategy is set but vmi is not migratable; ${migratable.message ?? ''}`,
  })
}

/** Machines may be promised more memory than there is; whoever runs them is told which node that is, and by how much. */
export function tellOfOvercommitment(
  events: EventRecorder,
  instance: Readonly<VirtualMachineInstance>,
  { node, placements }: { node: Readonly<Node>; placements: Placements },
): void {
  const message = overcommitment(node, instance, placements)
  if (message !== undefined) events.record(instance, { type: 'Warning', reason: 'MemoryOvercommitted', message })
}
