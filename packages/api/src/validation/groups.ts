/** Admission of kinds that hold several machines of one template, and of presets. */

import { deepEqual, labelSelectorFromObject, matchesLabels, MetaError, type StatusCause } from '@berth/meta'
import type { LabelSelectorObject } from '@berth/meta'
import type { TemplateMetadata } from '../types/core.ts'
import type {
  VirtualMachineInstancePreset,
  VirtualMachineInstanceReplicaSet,
  VirtualMachinePool,
} from '../types/group.ts'
import { invalidField, requiredField } from './cause.ts'
import { closedMetadata, closedSpec } from './closed-schema.ts'
import { validateDisks } from './disks.ts'
import { validateFirmware } from './firmware.ts'
import { hostSafetyAdmission } from './host-safety.ts'
import { validateInstanceSpec } from './instance.ts'
import { applyInstanceRules, type RuleContext } from './instance-rule.ts'
import { validateMachineSpec, type MachineAdmission } from './machine.ts'

const missingTemplate = 'missing virtual machine template.'

/** Create and update alike. */
export function validateReplicaSet(set: VirtualMachineInstanceReplicaSet, context: RuleContext): StatusCause[] {
  const template: VirtualMachineInstanceReplicaSet['spec']['template'] | null | undefined = set.spec.template
  if (template === undefined || template === null) return [requiredField('spec.template', missingTemplate)]
  const field = 'spec.template.spec'
  const closed = [...closedMetadata(template.metadata, 'spec.template.metadata'), ...closedSpec(template.spec, field)]
  if (closed.length > 0) return closed
  const causes = [
    ...validateInstanceSpec(template.spec, field, context),
    ...selectorCauses(set.spec.selector, template.metadata),
  ]
  return causes.length > 0 ? causes : applyInstanceRules(hostSafetyAdmission, template.spec, { ...context, field })
}

/** @param options.previous the stored object on an update: its selector may not change */
export function validatePool(
  pool: VirtualMachinePool,
  { previous, ...options }: Omit<MachineAdmission, 'previous'> & { previous?: VirtualMachinePool | undefined },
): StatusCause[] {
  const { spec } = pool
  const template: VirtualMachinePool['spec']['virtualMachineTemplate'] | null | undefined = spec.virtualMachineTemplate
  if (template === undefined || template === null) return [requiredField('spec.template', missingTemplate)]
  const at = 'spec.virtualMachineTemplate'
  const closed = closedMetadata(template.metadata, `${at}.metadata`)
  if (closed.length > 0) return closed
  return [
    ...validateMachineSpec(template.spec, `${at}.spec`, options),
    ...selectorCauses(spec.selector, template.metadata),
    ...maxUnavailableCauses(spec.maxUnavailable),
    ...oneStrategy(spec.updateStrategy, 'spec.updateStrategy'),
    ...oneStrategy(spec.scaleInStrategy, 'spec.scaleInStrategy'),
    ...(previous === undefined || deepEqual(spec.selector, previous.spec.selector)
      ? []
      : [invalidField('spec.selector', 'selector is immutable after creation.')]),
  ]
}

/** Create and update alike. */
export function validatePreset(preset: VirtualMachineInstancePreset): StatusCause[] {
  // The schema lets a preset be without a spec.
  const spec: VirtualMachineInstancePreset['spec'] | undefined = preset.spec
  const domain = spec?.domain
  if (domain === undefined) return [requiredField('spec.domain', 'missing domain.')]
  return [
    // The schema lets a preset's domain be without devices.
    ...validateDisks(domain.devices?.disks ?? [], 'spec.domain.devices.disks'),
    ...validateFirmware(domain.firmware, 'spec.domain.firmware'),
  ]
}

function selectorCauses(selector: LabelSelectorObject, metadata: TemplateMetadata | null | undefined): StatusCause[] {
  const field = 'spec.selector'
  try {
    const parsed = labelSelectorFromObject(selector)
    return matchesLabels(parsed, metadata?.labels ?? {}) ? [] : [invalidField(field, 'selector does not match labels.')]
  } catch (error) {
    if (error instanceof MetaError) return [invalidField(field, error.message)]
    throw error
  }
}

const maxPercent = 100

function maxUnavailableCauses(value: number | string | undefined): StatusCause[] {
  const field = 'spec.maxUnavailable'
  if (value === undefined) return []
  if (typeof value === 'number') {
    return value > 0 ? [] : [invalidField(field, 'maxUnavailable must be greater than 0')]
  }
  if (!value.endsWith('%')) return [invalidField(field, 'maxUnavailable percentage must end with %')]
  const digits = value.slice(0, -1)
  const quoted = JSON.stringify(digits)
  if (!/^[+-]?\d+$/.test(digits)) {
    const message = `maxUnavailable percentage value ${quoted} is invalid: strconv.Atoi: parsing ${quoted}: invalid syntax`
    return [invalidField(field, message)]
  }
  const percent = Number(digits)
  return percent > 0 && percent <= maxPercent
    ? []
    : [invalidField(field, `maxUnavailable percentage value ${percent} must be between 1 and ${maxPercent}`)]
}

function oneStrategy(strategy: object | undefined, field: string): StatusCause[] {
  const set = ['unmanaged', 'opportunistic', 'proactive'].filter(
    (name) => strategy !== undefined && Object.hasOwn(strategy, name),
  )
  if (set.length <= 1) return []
  const message = `only one strategy can be configured at a time: but found ${set.join(', ')} strategies`
  return [invalidField(field, message)]
}
