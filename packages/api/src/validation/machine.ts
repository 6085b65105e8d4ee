/** Admission of a VirtualMachine. */

import { deepEqual, validateAnnotations, validateLabels, type StatusCause } from '@berth/meta'
import { defaultConfiguration } from '../configuration/cluster-configuration.ts'
import { runStrategies, type VirtualMachine, type VirtualMachineSpec } from '../types/machine.ts'
import { invalidField, requiredField, unsupportedField } from './cause.ts'
import { closedMetadata, closedSpec } from './closed-schema.ts'
import { validateDataVolumeTemplates, validateOwnDataVolumes } from './data-volume-template.ts'
import { hostSafetyAdmission } from './host-safety.ts'
import { validateInstanceSpec, validateInstanceSpecCreate } from './instance.ts'
import { validateInstanceMetadata } from './instance-metadata.ts'
import { applyInstanceRules, type RuleContext } from './instance-rule.ts'
import { liveUpdate } from './live-update.ts'

const exclusive =
  'Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead'

export interface MachineAdmission extends RuleContext {
  /** The request comes from the engine's own controllers. */
  trusted?: boolean
  /** The stored object on an update. */
  previous?: VirtualMachine | undefined
}

interface MachinePlace extends Required<Pick<MachineAdmission, 'trusted'>>, RuleContext {
  /** `spec`, or `spec.virtualMachineTemplate.spec` inside a pool. */
  field: string
}

export interface MachineRule {
  name: string
  causes(spec: VirtualMachineSpec, place: MachinePlace): StatusCause[]
}

/** In the order their messages appear in KubeVirt. */
export const machineAdmission: readonly MachineRule[] = [
  {
    name: 'template metadata',
    causes: ({ template: { metadata } }, { field, configuration, trusted }) =>
      validateInstanceMetadata(metadata ?? {}, { field: `${field}.template.metadata`, configuration, trusted }),
  },
  {
    name: 'template',
    causes: ({ template }, { field, ...context }) =>
      validateInstanceSpec(template.spec, `${field}.template.spec`, context),
  },
  { name: 'data volume templates', causes: (spec, { field }) => validateDataVolumeTemplates(spec, field) },
  {
    name: 'one run strategy',
    causes: ({ running, runStrategy }, { field }) => {
      if (running !== undefined && runStrategy !== undefined) return [invalidField(`${field}.running`, exclusive)]
      if (running === undefined && runStrategy === undefined) {
        return [invalidField(`${field}.running`, 'RunStrategy must be specified')]
      }
      return []
    },
  },
  {
    name: 'known run strategy',
    causes: ({ runStrategy }, { field, configuration }) => {
      if (runStrategy === undefined) return []
      const at = `${field}.runStrategy`
      const gate = 'DecentralizedLiveMigration'
      if (runStrategy === 'WaitAsReceiver' && !configuration.enabled(gate)) {
        const message = `Invalid RunStrategy (${runStrategy}), ${gate} feature gate is not enabled in kubevirt resource`
        return [invalidField(at, message)]
      }
      return runStrategies.includes(runStrategy) ? [] : [invalidField(at, `Invalid RunStrategy (${runStrategy})`)]
    },
  },
  {
    name: 'live update',
    causes: ({ template }, { field, configuration }) =>
      configuration.vmRolloutStrategy === 'LiveUpdate' ? liveUpdate(template.spec, `${field}.template.spec`) : [],
  },
]

/**
 * All causes against a machine's spec, without what depends on the object around it. The later stages look at what KubeVirt accepts.
 * @param field `spec`, or `spec.virtualMachineTemplate.spec` inside a pool
 */
export function validateMachineSpec(
  spec: VirtualMachineSpec,
  field: string,
  { trusted = false, ...context }: Pick<MachineAdmission, 'trusted'> & RuleContext,
): StatusCause[] {
  const template: unknown = spec.template
  if (template === undefined || template === null) {
    return [requiredField(`${field}.template`, 'missing virtual machine template.')]
  }
  return firstOf([
    () => closed(spec, field),
    () => machineAdmission.flatMap((rule) => rule.causes(spec, { ...context, trusted, field })),
    () => furtherCauses(spec, { ...context, field }),
  ])
}

/**
 * In stages, as KubeVirt answers: new objects' rules, the spec's, those of the object around it.
 * @param machine with its references and its template's defaults put in
 */
export function validateMachine(
  machine: VirtualMachine,
  options: MachineAdmission = { configuration: defaultConfiguration },
): StatusCause[] {
  const { previous } = options
  const spec = machine.spec.template?.spec
  return firstOf([
    () => (previous === undefined && spec !== undefined ? validateInstanceSpecCreate(spec, 'spec') : []),
    () => validateMachineSpec(machine.spec, 'spec', options),
    () => namespaces(machine, previous),
    () => (previous === undefined ? [] : whileBusy(machine, previous)),
  ])
}

/** The causes of the first stage that finds some. */
function firstOf(stages: readonly (() => StatusCause[])[]): StatusCause[] {
  for (const stage of stages) {
    const causes = stage()
    if (causes.length > 0) return causes
  }
  return []
}

function closed({ template }: VirtualMachineSpec, field: string): StatusCause[] {
  return [
    ...closedMetadata(template.metadata, `${field}.template.metadata`),
    ...closedSpec(template.spec, `${field}.template.spec`),
  ]
}

function furtherCauses(
  spec: VirtualMachineSpec,
  { field, ...context }: RuleContext & { field: string },
): StatusCause[] {
  const { metadata, spec: instance } = spec.template
  const at = `${field}.template`
  return [
    ...validateLabels(metadata?.labels ?? {}, `${at}.metadata.labels`),
    ...validateAnnotations(metadata?.annotations ?? {}, `${at}.metadata.annotations`),
    ...applyInstanceRules(hostSafetyAdmission, instance, { ...context, field: `${at}.spec` }),
    ...validateOwnDataVolumes(spec, field),
  ]
}

function namespaces(machine: VirtualMachine, previous: VirtualMachine | undefined): StatusCause[] {
  const templates = machine.spec.dataVolumeTemplates ?? []
  if (previous !== undefined && deepEqual(templates, previous.spec.dataVolumeTemplates ?? [])) return []
  const own = machine.metadata.namespace ?? ''
  return templates.flatMap((each, index) => {
    const namespace = each?.metadata?.namespace ?? ''
    if (namespace === '' || namespace === own) return []
    const message = `Embedded DataVolume namespace ${namespace} differs from VM namespace ${own}`
    return [invalidField(`spec.dataVolumeTemplates[${index}]`, message)]
  })
}

/** While it is being restored or a snapshot of it is taken. */
function whileBusy(machine: VirtualMachine, previous: VirtualMachine): StatusCause[] {
  const { snapshotInProgress: snapshot, restoreInProgress: restore } = machine.status ?? {}
  if (snapshot !== undefined && snapshot !== null) {
    const quoted = JSON.stringify(snapshot)
    const [now, before] = [machine, previous].map(({ spec }) => spec.template.spec.volumes ?? [])
    if (!deepEqual(now, before)) {
      return [unsupportedField('spec', `Cannot update vm disks or volumes until snapshot ${quoted} completes`)]
    }
    if (!sameStrategy(machine.spec, previous.spec)) {
      return [unsupportedField('spec', `Cannot update vm running state until snapshot ${quoted} completes`)]
    }
  }
  if (restore === undefined || restore === null || effective(machine.spec) === effective(previous.spec)) return []
  const message = `Cannot update VM runStrategy until restore ${JSON.stringify(restore)} completes`
  return [unsupportedField('spec', message)]
}

/** The old way to say it and the new one are not compared with each other. */
function sameStrategy(now: VirtualMachineSpec, before: VirtualMachineSpec): boolean {
  if (now.running !== undefined && before.running !== undefined) return now.running === before.running
  return now.runStrategy !== undefined && now.runStrategy === before.runStrategy
}

function effective({ running, runStrategy }: VirtualMachineSpec): string | undefined {
  if (running === undefined) return runStrategy
  return running ? 'Always' : 'Halted'
}

/** Warnings that go with an accepted machine. */
export function machineWarnings(machine: VirtualMachine): string[] {
  return machine.spec.running === undefined ? [] : ['spec.running is deprecated, please use spec.runStrategy instead.']
}
