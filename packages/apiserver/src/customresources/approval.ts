/** Groups of the Kubernetes community are for kinds it has approved (KEP-1111). */

import { invalidValue, requiredValue, type StatusCause } from '@berth/meta'
import { approvalAnnotation, type Crd } from './crd.ts'

export interface Approval {
  state: 'approved' | 'bypassed' | 'missing' | 'invalid'
  message: string
}

/** Undefined for groups anyone may use. */
export function approvalOf(crd: Crd): Approval | undefined {
  if (!/(^|\.)(k8s|kubernetes)\.io$/.test(crd.spec.group)) return undefined
  const annotation = crd.metadata.annotations?.[approvalAnnotation] ?? ''
  const see = 'see https://github.com/kubernetes/enhancements/pull/1111'
  const must = `protected groups must have approval annotation "${approvalAnnotation}"`
  if (annotation === '') return { state: 'missing', message: `${must}, ${see}` }
  if (annotation.startsWith('unapproved')) {
    return { state: 'bypassed', message: `not approved: ${JSON.stringify(annotation)}` }
  }
  if (/^[a-z][a-z0-9+.-]*:\/\/[^/]/i.test(annotation)) {
    return { state: 'approved', message: `approved in ${annotation}` }
  }
  return { state: 'invalid', message: `${must} with either a URL or a reason starting with "unapproved", ${see}` }
}

export function approvalCauses(crd: Crd, previous: Crd | undefined): StatusCause[] {
  const approval = approvalOf(crd)
  if (approval === undefined || approval.state === 'approved' || approval.state === 'bypassed') return []
  // What was let in once does not block a later change of something else.
  if (previous !== undefined && approvalOf(previous)?.state === approval.state) return []
  const field = `metadata.annotations[${approvalAnnotation}]`
  if (approval.state === 'missing') return [requiredValue(field, approval.message)]
  return [invalidValue(field, crd.metadata.annotations?.[approvalAnnotation] ?? '', approval.message)]
}
