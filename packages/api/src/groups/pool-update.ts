/**
 * Whether a pool's machine, and the instance that runs of it, are of the pool's present template. Each carries the name of the pool's
 * revision it was made from; revisions are compared by what they hold.
 */

import { semanticallyEqual } from '../status/semantic-equality.ts'
import type { VirtualMachinePool } from '../types/group.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { VirtualMachine } from '../types/machine.ts'

/** On a pool's machines, their templates and instances. */
export const poolRevisionLabel = 'kubevirt.io/vm-pool-revision-name'
/** On a pool and on its machines. */
export const poolFinalizer = 'pool.kubevirt.io/finalizer'

export type PoolSpec = VirtualMachinePool['spec']
/** A revision's spec by name; undefined when there is no such revision. */
export type Revisions = (name: string) => PoolSpec | undefined

export function poolRevisionName({ metadata }: Readonly<VirtualMachinePool>): string {
  return `${metadata.name ?? ''}-${metadata.generation ?? 1}`
}

export function isOutdatedMachine(
  pool: Readonly<VirtualMachinePool>,
  machine: Readonly<VirtualMachine>,
  revisions: Revisions,
): boolean {
  const made = revisions(machine.metadata.labels?.[poolRevisionLabel] ?? '')
  return made === undefined || !semanticallyEqual(made.virtualMachineTemplate, pool.spec.virtualMachineTemplate)
}

export type InstanceUpdate =
  | 'none'
  /** The instance goes, and comes back as the machine says. */
  | 'restart'
  /** Only named after an older revision that says the same. */
  | 'relabel'
  /** Its disks are other ones: the machine itself is made anew. */
  | 'replace'

export function instanceUpdate(
  machine: Readonly<VirtualMachine>,
  instance: Readonly<VirtualMachineInstance>,
  revisions: Revisions,
): InstanceUpdate {
  const wanted = machine.metadata.labels?.[poolRevisionLabel]
  const has = instance.metadata.labels?.[poolRevisionLabel]
  if (wanted === undefined || wanted === has) return 'none'
  if (has === undefined) return 'restart'
  const wantedSpec = revisions(wanted)
  // It will be there soon, and this is looked at again.
  if (wantedSpec === undefined) return 'none'
  const hasSpec = revisions(has)
  if (hasSpec === undefined) return 'restart'
  const [before, after] = [hasSpec.virtualMachineTemplate.spec, wantedSpec.virtualMachineTemplate.spec]
  if (!semanticallyEqual(before.dataVolumeTemplates, after.dataVolumeTemplates)) return 'replace'
  return semanticallyEqual(before.template, after.template) ? 'relabel' : 'restart'
}
