/** How a machine names its instance type and preference: which kind is meant, and what may not be written. */

import type { StatusCause } from '@berth/meta'
import type { VirtualMachine, VirtualMachineSpec } from '../types/machine.ts'
import type { Matcher } from '../types/instancetype.ts'

/** The two things a machine can refer to, with the words KubeVirt has for them. */
export const references = {
  instancetype: {
    member: 'instancetype',
    statusMember: 'instancetypeRef',
    matcher: 'InstancetypeMatcher',
    kind: 'VirtualMachineInstancetype',
    clusterKind: 'VirtualMachineClusterInstancetype',
    annotation: 'kubevirt.io/instancetype-name',
    clusterAnnotation: 'kubevirt.io/cluster-instancetype-name',
    nameLabel: 'instancetype.kubevirt.io/default-instancetype',
    kindLabel: 'instancetype.kubevirt.io/default-instancetype-kind',
    notFound: 'FailedFindInstancetype',
  },
  preference: {
    member: 'preference',
    statusMember: 'preferenceRef',
    matcher: 'PreferenceMatcher',
    kind: 'VirtualMachinePreference',
    clusterKind: 'VirtualMachineClusterPreference',
    annotation: 'kubevirt.io/preference-name',
    clusterAnnotation: 'kubevirt.io/cluster-preference-name',
    nameLabel: 'instancetype.kubevirt.io/default-preference',
    kindLabel: 'instancetype.kubevirt.io/default-preference-kind',
    notFound: 'FailedFindPreference',
  },
} as const

export type ReferenceKey = keyof typeof references
export const referenceKeys: readonly ReferenceKey[] = ['instancetype', 'preference']

/** `namespaced`, `cluster`, or undefined for a kind nobody knows. Singular or plural, in any case; the cluster's when absent. */
export function matcherScope(
  key: ReferenceKey,
  { kind = '' }: Readonly<Matcher>,
): 'namespaced' | 'cluster' | undefined {
  const { kind: own, clusterKind } = references[key]
  const asked = kind.toLowerCase()
  const means = (name: string): boolean => asked === name.toLowerCase() || asked === `${name.toLowerCase()}s`
  if (asked === '' || means(clusterKind)) return 'cluster'
  return means(own) ? 'namespaced' : undefined
}

/** What a controller says about a kind that {@link matcherScope} does not know. */
export function unexpectedKind(key: ReferenceKey, { kind = '' }: Readonly<Matcher>): string {
  return `got unexpected kind in ${references[key].matcher}: ${kind}`
}

/** Annotations that tell from which instance type and preference an instance was made. */
export function matcherAnnotations(spec: Readonly<VirtualMachineSpec>): Record<string, string> {
  const found: Record<string, string> = {}
  for (const key of referenceKeys) {
    const matcher = spec[key]
    const scope = matcher === undefined ? undefined : matcherScope(key, matcher)
    if (matcher?.name === undefined || scope === undefined) continue
    const { annotation, clusterAnnotation } = references[key]
    found[scope === 'cluster' ? clusterAnnotation : annotation] = matcher.name
  }
  return found
}

/**
 * What is refused before anything is looked up. KubeVirt reports the first reference with causes, not those of both.
 * @param previous the stored machine on an update
 */
export function matcherCauses(
  machine: Readonly<VirtualMachine>,
  previous: Readonly<VirtualMachine> | undefined,
): StatusCause[] {
  for (const key of referenceKeys) {
    const causes = updateCauses(key, machine.spec[key], previous?.spec[key])
    if (causes.length > 0) return causes
  }
  for (const key of referenceKeys) {
    const causes = shapeCauses(key, machine.spec[key])
    if (causes.length > 0) return causes
  }
  return []
}

/** A revision belongs to the name it was taken for. */
function updateCauses(key: ReferenceKey, now: Matcher | undefined, before: Matcher | undefined): StatusCause[] {
  const revision = now?.revisionName ?? ''
  if (now === undefined || before === undefined || revision === '') return []
  if (now.name === before.name || revision !== before.revisionName) return []
  return [
    {
      reason: 'FieldValueInvalid',
      message: 'the Matcher Name has been updated without updating the RevisionName',
      field: `spec.${key}.revisionName`,
    },
  ]
}

function shapeCauses(key: ReferenceKey, matcher: Matcher | undefined): StatusCause[] {
  if (matcher === undefined) return []
  const { name = '', kind = '', inferFromVolume = '', inferFromVolumeFailurePolicy: policy } = matcher
  const causes: StatusCause[] = []
  if (name === '' && inferFromVolume === '') {
    causes.push({
      reason: 'FieldValueNotFound',
      message: `Either Name or InferFromVolume should be provided within the ${references[key].matcher}`,
      field: `spec.${key}`,
    })
  }
  const both: [string, string, string][] = [
    ['name', 'Name', name],
    ['kind', 'Kind', kind],
  ]
  for (const [member, title, value] of both) {
    if (inferFromVolume === '' || value === '') continue
    causes.push({
      reason: 'FieldValueNotSupported',
      message: `${title} already set, should be cleared before setting inferFromVolume`,
      field: `spec.${key}.${member}`,
    })
  }
  if (policy !== undefined && !['Reject', 'Ignore'].includes(policy)) {
    causes.push({
      reason: 'FieldValueInvalid',
      message: `Invalid value '${policy}' for InferFromVolumeFailurePolicy`,
      field: `spec.${key}.inferFromVolumeFailurePolicy`,
    })
  }
  return causes
}
