/** Causes as KubeVirt's webhooks give them: the message mostly names the field itself. */

import type { StatusCause } from '@berth/meta'

export const invalidField = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueInvalid',
  message,
  field,
})
export const requiredField = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueRequired',
  message,
  field,
})
export const duplicateField = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueDuplicate',
  message,
  field,
})
export const unsupportedField = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueNotSupported',
  message,
  field,
})
export const notFoundField = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueNotFound',
  message,
  field,
})
export const forbiddenField = (field: string, message: string): StatusCause => ({
  reason: 'FieldValueForbidden',
  message,
  field,
})

/** One admission rule: what it guards in a few words, and the causes it finds. */
export interface Rule<T> {
  name: string
  /** @param field path of the subject: `spec`, or `spec.template.spec` inside a machine */
  causes(subject: T, field: string): StatusCause[]
}
