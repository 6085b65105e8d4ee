/** The shape in which KubeVirt's admission refuses an object. */

import { StatusError, type StatusCause } from '@berth/meta'

const shownCauses = 10

/**
 * 422 as the API server words a webhook's refusal: `admission webhook "<name>" denied the request: <messages>`.
 * @param webhook full name, like `virtualmachine-validator.kubevirt.io`; see the resource table
 * @param causes at least one; the first ten go into the message, all into the details
 */
export function denied(webhook: string, causes: StatusCause[]): StatusError {
  const texts = causes.slice(0, shownCauses).map(textOf)
  const more = causes.length - shownCauses
  if (more > 0) texts.push(`and ${more} more validation errors`)
  const list = more > 0 ? `${texts.slice(0, -1).join(', ')} ${texts.at(-1) ?? ''}` : texts.join(', ')
  return new StatusError('Invalid', `admission webhook "${webhook}" denied the request: ${list}`, {
    details: { causes },
  })
}

/** KubeVirt's messages name their field themselves; ours for fields that are not honoured do not. */
function textOf({ reason, field, message = '' }: StatusCause): string {
  return reason === 'FieldValueForbidden' && field !== undefined ? `${field}: ${message}` : message
}

/** 400, as the API server words a webhook's refusal that has no causes. */
export function deniedPlainly(webhook: string, message: string): StatusError {
  return new StatusError('BadRequest', `admission webhook "${webhook}" denied the request: ${message}`)
}
