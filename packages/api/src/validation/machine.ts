/** Admission of a VirtualMachine. */

import { isDns1123Subdomain, validateAnnotations, validateLabels, type StatusCause } from '@berth/meta'
import {
  runStrategies,
  type DataVolumeTemplate,
  type VirtualMachine,
  type VirtualMachineSpec,
} from '../types/machine.ts'
import { dataVolumeNames } from '../volumes.ts'
import { applyRules, invalidField, requiredField, type Rule } from './cause.ts'
import { validateDataVolumeSpec } from './data-volume.ts'
import { validateInstanceSpec } from './instance.ts'

const exclusive =
  'Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead'

export const machineAdmission: readonly Rule<VirtualMachineSpec>[] = [
  {
    name: 'one run strategy',
    causes: ({ running, runStrategy }, field) => {
      if (running !== undefined && runStrategy !== undefined) return [invalidField(`${field}.running`, exclusive)]
      if (running === undefined && runStrategy === undefined) {
        return [invalidField(`${field}.running`, 'RunStrategy must be specified')]
      }
      return []
    },
  },
  {
    name: 'known run strategy',
    causes: ({ runStrategy }, field) =>
      runStrategy === undefined || runStrategies.includes(runStrategy)
        ? []
        : [invalidField(`${field}.runStrategy`, `Invalid RunStrategy (${runStrategy})`)],
  },
  { name: 'template metadata', causes: templateMetadata },
  { name: 'template', causes: ({ template }, field) => validateInstanceSpec(template.spec, `${field}.template.spec`) },
  { name: 'data volume templates', causes: dataVolumeTemplates },
]

/** Free-form in the schema, so its types are checked here. */
function templateMetadata({ template }: VirtualMachineSpec, field: string): StatusCause[] {
  const { labels, annotations } = template.metadata ?? {}
  const at = `${field}.template.metadata`
  const causes = [...mapOfText(labels, `${at}.labels`), ...mapOfText(annotations, `${at}.annotations`)]
  if (causes.length > 0) return causes
  return [
    ...validateLabels(labels ?? {}, `${at}.labels`),
    ...validateAnnotations(annotations ?? {}, `${at}.annotations`),
  ]
}

function mapOfText(map: unknown, field: string): StatusCause[] {
  if (map === undefined || map === null) return []
  const fine =
    typeof map === 'object' && !Array.isArray(map) && Object.values(map).every((value) => typeof value === 'string')
  return fine ? [] : [invalidField(field, `${field} must be a map of texts`)]
}

function dataVolumeTemplates(spec: VirtualMachineSpec, field: string): StatusCause[] {
  const used = new Set(dataVolumeNames(spec.template.spec))
  return (spec.dataVolumeTemplates ?? []).flatMap((template, index) =>
    dataVolumeTemplate(template, used, `${field}.dataVolumeTemplates[${index}]`),
  )
}

function dataVolumeTemplate(template: DataVolumeTemplate | null, used: Set<string>, field: string): StatusCause[] {
  if (template === null) return [requiredField(field, `${field} must not be null`)]
  const name: unknown = template.metadata?.name
  if (typeof name !== 'string' || name === '') {
    return [requiredField(`${field}.name`, `'name' field must not be empty for DataVolumeTemplate entry ${field}.`)]
  }
  const causes: StatusCause[] = []
  const problems = isDns1123Subdomain(name)
  if (problems.length > 0) {
    causes.push(
      invalidField(`${field}.metadata.name`, `${field}.metadata.name is not a valid name: ${problems.join('; ')}`),
    )
  }
  if (!used.has(name)) {
    const message = `DataVolumeTemplate entry ${field} must be referenced in the VMI template's 'volumes' list`
    causes.push(requiredField(field, message))
  }
  causes.push(
    ...mapOfText(template.metadata.labels, `${field}.metadata.labels`),
    ...mapOfText(template.metadata.annotations, `${field}.metadata.annotations`),
    ...validateDataVolumeSpec(template.spec, `${field}.spec`),
  )
  return causes
}

/**
 * All causes against a machine's spec, for create and update alike. Whether its namespace fits its templates is checked too.
 * A missing template is what the schema refuses before; the message is KubeVirt's.
 */
export function validateMachine(machine: VirtualMachine): StatusCause[] {
  const template: unknown = machine.spec.template
  if (template === undefined || template === null) {
    return [requiredField('spec.template', 'missing virtual machine template.')]
  }
  return [
    ...applyRules(machineAdmission, machine.spec, 'spec'),
    ...(machine.spec.dataVolumeTemplates ?? []).flatMap((each, index) => {
      const namespace = each?.metadata?.namespace
      if (namespace === undefined || namespace === '' || namespace === machine.metadata.namespace) return []
      const field = `spec.dataVolumeTemplates[${index}].metadata.namespace`
      const message = `Embedded DataVolume namespace ${namespace} differs from VM namespace ${machine.metadata.namespace ?? ''}`
      return [invalidField(field, message)]
    }),
  ]
}

/** Warnings that go with an accepted machine. */
export function machineWarnings(machine: VirtualMachine): string[] {
  return machine.spec.running === undefined ? [] : ['spec.running is deprecated, please use spec.runStrategy instead.']
}
