/** Which machines a policy is for. */

import { snapshotPolicyLabel, type SnapshotPolicy } from '@berth/api'
import { labelSelectorFromObject, matchesLabels, type KubeObject } from '@berth/meta'

/** By its selector, or because the machine names the policy in an annotation. Machines that are deleted are not. */
export function chooses(policy: Readonly<SnapshotPolicy>, { metadata }: Readonly<KubeObject>): boolean {
  if (metadata.namespace !== policy.metadata.namespace || metadata.deletionTimestamp !== undefined) return false
  if (matchesLabels(labelSelectorFromObject(policy.spec.selector), metadata.labels)) return true
  const named = metadata.annotations?.[snapshotPolicyLabel] ?? ''
  return named.split(',').some((name) => name.trim() === policy.metadata.name)
}
