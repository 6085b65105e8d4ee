/** A machine with its instance type and preference written out. */

import { deepClone } from '@berth/meta'
import { defaultNetwork, defaultVolumeDisks } from '../defaulting/devices.ts'
import { defaultTemplateSpec, type InstanceDefaults } from '../defaulting/instance.ts'
import { defaultConfiguration } from '../configuration/cluster-configuration.ts'
import type { TemplateMetadata } from '../types/core.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { InstancetypeSpec, PreferenceSpec } from '../types/instancetype.ts'
import type { VirtualMachine } from '../types/machine.ts'
import { applyAutoattach } from './apply-device-preferences.ts'
import { applyInstancetype } from './apply-instancetype.ts'
import { applyPreference } from './apply-preference.ts'
import { conflictFields, type Conflict } from './conflicts.ts'
import { matcherAnnotations } from './matchers.ts'

/** What a machine refers to, as found. */
export interface References {
  instancetype?: Readonly<InstancetypeSpec>
  preference?: Readonly<PreferenceSpec>
}

/**
 * Both, in place: the instance type first.
 * @param path of `spec`, as conflicts name it
 */
export function applyReferences(
  { instancetype, preference }: References,
  target: { spec: VirtualMachineInstance['spec']; metadata: TemplateMetadata; path: string },
): Conflict[] {
  const conflicts = instancetype === undefined ? [] : applyInstancetype(instancetype, preference, target)
  if (conflicts.length === 0 && preference !== undefined) applyPreference(preference, target)
  return conflicts
}

/**
 * The machine as it would be written without references. Its devices get their defaults first, so that preferences reach them.
 * @returns conflicts of the machine with its instance type when there are some
 */
export function expandMachine(
  machine: Readonly<VirtualMachine>,
  references: References,
  defaults: Pick<InstanceDefaults, 'architecture' | 'configuration'>,
): { machine: VirtualMachine } | { conflicts: Conflict[] } {
  if (machine.spec.instancetype === undefined && machine.spec.preference === undefined) {
    return { machine: deepClone(machine) }
  }
  const expanded: VirtualMachine = deepClone(machine)
  const { spec } = expanded.spec.template
  defaultVolumeDisks(spec)
  defaultNetwork(spec, defaults.configuration ?? defaultConfiguration)
  const metadata = (expanded.spec.template.metadata ??= {})
  const conflicts = applyReferences(references, { spec, metadata, path: 'spec.template.spec' })
  if (conflicts.length > 0) return { conflicts }
  defaultTemplateSpec(spec, defaults)
  delete expanded.spec.instancetype
  delete expanded.spec.preference
  if (expanded.status !== undefined) {
    const { instancetypeRef: _instancetype, preferenceRef: _preference, ...status } = expanded.status
    expanded.status = status
  }
  return { machine: expanded }
}

/**
 * The instance a machine starts as, with what the machine refers to put in, in place.
 * @returns why that cannot be done, in KubeVirt's words
 */
export function applyToInstance(
  instance: VirtualMachineInstance,
  {
    machine,
    references,
    configuration = defaultConfiguration,
  }: {
    machine: Readonly<VirtualMachine>
    references: References
    configuration?: InstanceDefaults['configuration']
  },
): string | undefined {
  const { spec, metadata } = instance
  const { devices } = spec.domain
  defaultVolumeDisks(spec)
  // Before cards and input devices are added by default.
  if (references.preference?.devices !== undefined) applyAutoattach(references.preference.devices, spec)
  if (devices.autoattachInputDevice === true && (devices.inputs ?? []).length === 0)
    devices.inputs = [{ name: 'default-0', type: references.preference?.devices?.preferredInputType ?? 'tablet' }]
  defaultNetwork(spec, configuration)
  metadata.annotations = { ...metadata.annotations, ...matcherAnnotations(machine.spec) }
  const conflicts = applyReferences(references, { spec, metadata, path: 'spec' })
  if (conflicts.length === 0) return undefined
  return `VMI conflicts with instancetype spec in fields: [${conflictFields(conflicts)}]`
}
