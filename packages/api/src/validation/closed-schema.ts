/**
 * KubeVirt's second look at a spec: where the published schema keeps what it does not know (a template's metadata, a domain's clock), its
 * webhook knows better. These causes have a message and nothing else.
 */

import { isJsonObject, type StatusCause } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'

const metadataFields: Record<string, 'string' | 'integer' | 'array' | 'object' | 'any'> = {
  annotations: 'object',
  // Some clients write null here.
  creationTimestamp: 'any',
  deletionGracePeriodSeconds: 'integer',
  deletionTimestamp: 'string',
  finalizers: 'array',
  generateName: 'string',
  generation: 'integer',
  labels: 'object',
  managedFields: 'array',
  name: 'string',
  namespace: 'string',
  ownerReferences: 'array',
  resourceVersion: 'string',
  selfLink: 'string',
  uid: 'string',
}
const pullPolicies = ['Always', 'IfNotPresent', 'Never']
const nodeTerms = [
  'preferredDuringSchedulingIgnoredDuringExecution.[].preference',
  'requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.[]',
]
const clockFields = ['timer', 'timezone', 'utc']

/** Longer lists help nobody. */
const maxCauses = 50

/** @param field path of the metadata: `spec.template.metadata` */
export function closedMetadata(metadata: unknown, field: string): StatusCause[] {
  if (metadata === undefined || metadata === null) return []
  if (!isJsonObject(metadata)) return [wrongType(field, 'object', metadata)]
  const causes = Object.entries(metadata).flatMap(([key, value]) => {
    const at = `${field}.${key}`
    const type = Object.hasOwn(metadataFields, key) ? metadataFields[key] : undefined
    if (type === undefined) return [unknownField(field, key)]
    if (type === 'any' || value === null) return []
    if (!isOf(value, type)) return [wrongType(at, type, value)]
    return key === 'labels' || key === 'annotations' ? texts(value, at) : []
  })
  return causes.slice(0, maxCauses)
}

/** Values that only the webhook's schema enumerates. `[]` stands for a list's items. */
const choices: readonly (readonly [path: string, values: readonly string[]])[] = [
  ['dnsPolicy', ['ClusterFirst', 'ClusterFirstWithHostNet', 'Default', 'None']],
  ['domain.firmware.kernelBoot.container.imagePullPolicy', pullPolicies],
  ['volumes.[].containerDisk.imagePullPolicy', pullPolicies],
  ['livenessProbe.httpGet.scheme', ['HTTP', 'HTTPS']],
  ['readinessProbe.httpGet.scheme', ['HTTP', 'HTTPS']],
  ['tolerations.[].effect', ['NoExecute', 'NoSchedule', 'PreferNoSchedule']],
  ['tolerations.[].operator', ['Equal', 'Exists']],
  ['topologySpreadConstraints.[].nodeAffinityPolicy', ['Honor', 'Ignore']],
  ['topologySpreadConstraints.[].nodeTaintsPolicy', ['Honor', 'Ignore']],
  ['topologySpreadConstraints.[].whenUnsatisfiable', ['DoNotSchedule', 'ScheduleAnyway']],
  ...nodeTerms.flatMap((term) =>
    ['matchExpressions', 'matchFields'].map((list): readonly [string, readonly string[]] => [
      `affinity.nodeAffinity.${term}.${list}.[].operator`,
      ['DoesNotExist', 'Exists', 'Gt', 'In', 'Lt', 'NotIn'],
    ]),
  ),
]

/** @param field path of the spec */
export function closedSpec(spec: VirtualMachineInstanceSpec, field: string): StatusCause[] {
  const clock: object = spec.domain.clock ?? {}
  const causes = Object.keys(clock)
    .filter((key) => !clockFields.includes(key))
    .map((key) => unknownField(`${field}.domain.clock`, key))
  for (const [path, values] of choices) {
    const at = `${field}.${path.replaceAll('.[]', '')}`
    const wrong = valuesAt(spec, path.split('.')).filter((value) => !values.includes(value))
    causes.push(...wrong.map(() => ({ message: `${at} in body should be one of [${values.join(' ')}]` })))
  }
  return causes.slice(0, maxCauses)
}

/** The texts at a path, in every list on the way. */
function valuesAt(value: unknown, [step, ...rest]: readonly string[]): string[] {
  if (step === undefined) return typeof value === 'string' ? [value] : []
  if (step === '[]') return Array.isArray(value) ? value.flatMap((item) => valuesAt(item, rest)) : []
  return isJsonObject(value) ? valuesAt(value[step], rest) : []
}

function texts(map: unknown, field: string): StatusCause[] {
  if (!isJsonObject(map)) return []
  return Object.entries(map).flatMap(([key, value]) =>
    typeof value === 'string' ? [] : [wrongType(`${field}.${key}`, 'string', value)],
  )
}

function unknownField(field: string, key: string): StatusCause {
  return { message: `${field}.${key} in body is a forbidden property` }
}

function wrongType(field: string, type: string, value: unknown): StatusCause {
  return { message: `${field} in body must be of type ${type}: "${typeOf(value)}"` }
}

function isOf(value: unknown, type: string): boolean {
  return type === 'integer' ? Number.isInteger(value) : typeOf(value) === type
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
