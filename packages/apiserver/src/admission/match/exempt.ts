/** Writes that webhooks and policies are never asked about, so that a bad one can always be taken back. */

import type { ResourceDefinition } from '../../resource/definition.ts'

const own = new Set([
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'validatingwebhookconfigurations',
])

/** Questions that policies themselves may lead to (kube-apiserver's exclusions for policies). */
const questions = new Set([
  'authentication.k8s.io/selfsubjectreviews',
  'authentication.k8s.io/tokenreviews',
  'authorization.k8s.io/localsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authorization.k8s.io/subjectaccessreviews',
])

export function isAdmissionKind({ group, resource }: Pick<ResourceDefinition, 'group' | 'resource'>): boolean {
  return group === 'admissionregistration.k8s.io' && own.has(resource)
}

export function isExemptFromPolicies(definition: Pick<ResourceDefinition, 'group' | 'resource'>): boolean {
  return isAdmissionKind(definition) || questions.has(`${definition.group}/${definition.resource}`)
}
