/** Admission of the DataVolumes a machine makes itself. */

import { isDns1123Subdomain, type StatusCause } from '@berth/meta'
import type { DataVolumeSpec } from '../types/data-volume.ts'
import type { DataVolumeTemplate, VirtualMachineSpec } from '../types/machine.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { invalidField, requiredField } from './cause.ts'
import { validateDataVolumeSpec } from './data-volume.ts'
import { closedMetadata } from './closed-schema.ts'

/** @param field of the machine's spec */
export function validateDataVolumeTemplates(spec: VirtualMachineSpec, field: string): StatusCause[] {
  const used = volumeNames(spec.template.spec)
  return (spec.dataVolumeTemplates ?? []).flatMap((template, index) => {
    // KubeVirt writes the singular.
    const at = `${field}.dataVolumeTemplate[${index}]`
    const causes = problems(template, at)
    return causes.length > 0 || used.has(template.metadata.name) ? causes : [notUsed(at)]
  })
}

/**
 * What KubeVirt lets fail when the DataVolume is made: its own admission, and what the schema leaves free.
 * @param field of the machine's spec
 */
export function validateOwnDataVolumes(spec: VirtualMachineSpec, field: string): StatusCause[] {
  return (spec.dataVolumeTemplates ?? []).flatMap((template, index) =>
    asDataVolume(template, `${field}.dataVolumeTemplates[${index}]`),
  )
}

function volumeNames({ volumes }: VirtualMachineInstanceSpec): ReadonlySet<string> {
  return new Set(
    (volumes ?? []).flatMap(({ persistentVolumeClaim: claim, dataVolume }) =>
      [claim?.claimName, dataVolume?.name].filter((name) => name !== undefined),
    ),
  )
}

function notUsed(field: string): StatusCause {
  const message = `DataVolumeTemplate entry ${field} must be referenced in the VMI template's 'volumes' list`
  return requiredField(field, message)
}

function problems(template: DataVolumeTemplate | null, field: string): StatusCause[] {
  const name: unknown = template?.metadata?.name
  if (template === null || typeof name !== 'string' || name === '') {
    const at = `${field}.name`
    return [requiredField(at, `'name' field must not be empty for DataVolumeTemplate entry ${at}.`)]
  }
  const problem = claimProblem(template.spec, field) ?? sourceProblem(template.spec, field)
  return problem === undefined ? [] : [problem]
}

function claimProblem({ pvc, storage }: DataVolumeSpec, field: string): StatusCause | undefined {
  const at = `${field}.PVC.Storage`
  if (pvc === undefined && storage === undefined) return invalidField(at, 'Missing Data volume PVC or Storage')
  if (pvc === undefined || storage === undefined) return undefined
  return invalidField(at, 'Duplicate storage definition, both target storage and target pvc defined')
}

function sourceProblem(spec: DataVolumeSpec, field: string): StatusCause | undefined {
  const { source, sourceRef } = spec
  const claim = spec.pvc ?? spec.storage
  const populated = claim?.dataSource !== undefined || claim?.dataSourceRef !== undefined
  const given = source !== undefined || sourceRef !== undefined
  const at = `${field}.source`
  if (populated && given) return invalidField(at, 'External population is incompatible with Source and SourceRef')
  if (!populated && !given) {
    const message = 'Data volume should have either Source, SourceRef, or be externally populated'
    return invalidField(`${at}.sourceRef`, message)
  }
  if (source === undefined) return undefined
  const count = Object.values(source).filter((value) => value !== undefined && value !== null).length
  if (count === 0) return invalidField(at, 'Missing dataVolume valid source')
  return count > 1 ? invalidField(at, 'Multiple dataVolume sources') : undefined
}

function asDataVolume(template: DataVolumeTemplate, field: string): StatusCause[] {
  const { name } = template.metadata
  const wrong = isDns1123Subdomain(name)
  const at = `${field}.metadata.name`
  return [
    ...(wrong.length === 0 ? [] : [invalidField(at, `${at} is not a valid name: ${wrong.join('; ')}`)]),
    ...closedMetadata(template.metadata, `${field}.metadata`),
    ...validateDataVolumeSpec(template.spec, `${field}.spec`),
  ]
}
