/** A machine's references at admission: what they are refused for, and the machine as it will be with them. */

import { deepClone } from '@berth/meta'
import { defaultTemplateSpec, type InstanceDefaults } from '../defaulting/instance.ts'
import { resources } from '../resources.ts'
import type { PreferenceSpec } from '../types/instancetype.ts'
import type { VirtualMachine } from '../types/machine.ts'
import { denied, deniedPlainly } from '../webhooks.ts'
import { applyArchitecture } from './apply-preference.ts'
import { conflictCauses } from './conflicts.ts'
import { applyReferences, type References } from './expand.ts'
import { inferMatchers, type InferenceLookups } from './inference.ts'
import { matcherCauses } from './matchers.ts'
import { unmetRequirement } from './requirements.ts'
import { spreadConflict } from './topology.ts'

const { mutator, createValidator } = resources.virtualMachine.webhooks

/**
 * Before a machine's defaults: its matchers are checked, and those that infer replaced, in place.
 * @param previous the stored object on an update
 * @throws StatusError 422 for a matcher that cannot be, 400 when nothing can be inferred
 */
export async function resolveMatchers(
  machine: VirtualMachine,
  previous: Readonly<VirtualMachine> | undefined,
  lookups: InferenceLookups,
): Promise<void> {
  const causes = matcherCauses(machine, previous)
  if (causes.length > 0) throw denied(mutator, causes)
  const failure = await inferMatchers(machine, lookups)
  if (failure !== undefined) throw deniedPlainly(mutator, failure)
}

/** What of a preference must be in the machine itself, for it is too late when the instance is made. In place, before other defaults. */
export function applyPreferenceToMachine(preference: Readonly<PreferenceSpec>, machine: VirtualMachine): void {
  const { template, dataVolumeTemplates = [] } = machine.spec
  applyArchitecture(preference, template.spec)
  const { domain } = template.spec
  const type = preference.machine?.preferredMachineType ?? ''
  if (type !== '' && (domain.machine?.type ?? '') === '') domain.machine = { ...domain.machine, type }
  const storageClassName = preference.volumes?.preferredStorageClassName ?? ''
  if (storageClassName === '') return
  for (const { spec } of dataVolumeTemplates) {
    for (const claim of [spec.pvc, spec.storage]) if (claim !== undefined) claim.storageClassName ??= storageClassName
  }
}

/**
 * The machine with its references put in, for the other rules to look at. References that were not found are left out: the machine is
 * accepted, and its status says what is missing.
 * @throws StatusError 422 for conflicts and for requirements that are not met
 */
export function admitReferences(
  machine: Readonly<VirtualMachine>,
  references: References,
  defaults: Pick<InstanceDefaults, 'architecture' | 'configuration'>,
): VirtualMachine {
  const { instancetype, preference } = references
  const applied = deepClone(machine)
  if (instancetype === undefined && preference === undefined) return applied
  const spread = spreadConflict(instancetype, preference)
  const metadata = (applied.spec.template.metadata ??= {})
  const { spec } = applied.spec.template
  const conflicts =
    spread === undefined ? applyReferences(references, { spec, metadata, path: 'spec.template.spec' }) : [spread]
  if (conflicts.length > 0) throw denied(createValidator, conflictCauses(conflicts))
  const complete = deepClone(spec)
  defaultTemplateSpec(complete, defaults)
  const unmet = unmetRequirement(preference, instancetype, complete)
  if (unmet !== undefined) {
    const message = `failure checking preference requirements: ${unmet.message}`
    throw denied(createValidator, [{ reason: 'FieldValueNotFound', message, field: unmet.field }])
  }
  return applied
}
