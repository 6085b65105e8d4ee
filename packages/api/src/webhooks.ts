/** The shape in which KubeVirt's admission refuses an object. */

import { StatusError, type StatusCause } from '@berth/meta'

const shownCauses = 10

/**
 * 422 as the API server words a webhook's refusal: `admission webhook "<name>" denied the request: <messages>`.
 * @param webhook full name, like `virtualmachine-validator.kubevirt.io`; see the resource table
 * @param causes at least one; the first ten are told, the others only counted
 */
export function denied(webhook: string, causes: StatusCause[]): StatusError {
  const told = causes.slice(0, shownCauses)
  const texts = told.map(({ message = '' }) => message)
  if (causes.length > told.length) texts.push(`and ${causes.length - told.length} more validation errors`)
  return new StatusError('Invalid', `admission webhook "${webhook}" denied the request: ${texts.join(', ')}`, {
    details: { causes: told },
  })
}

/**
 * 422 for fields that KubeVirt accepts and the embedded engine does not honour: KubeVirt's messages name their field themselves, ours
 * do not, so the field goes before each.
 */
export function notHonoured(webhook: string, causes: StatusCause[]): StatusError {
  const refused = denied(
    webhook,
    causes.map((cause) => ({ ...cause, message: `${cause.field ?? ''}: ${cause.message ?? ''}` })),
  )
  return new StatusError('Invalid', refused.message, { details: { causes: causes.slice(0, shownCauses) } })
}

/** 422 as CDI's webhooks word it: every cause, each after a space, and no reason. */
export function deniedByCdi(webhook: string, causes: StatusCause[]): StatusError {
  const list = causes.map(({ message = '' }) => ` ${message}`).join('')
  const error = new StatusError('Invalid', `admission webhook "${webhook}" denied the request: ${list}`, {
    details: { causes },
  })
  delete error.status.reason
  return error
}

/** 400, as the API server words a webhook's refusal that has neither causes nor a reason. */
export function deniedPlainly(webhook: string, message: string): StatusError {
  const error = new StatusError('BadRequest', `admission webhook "${webhook}" denied the request: ${message}`)
  delete error.status.reason
  return error
}
