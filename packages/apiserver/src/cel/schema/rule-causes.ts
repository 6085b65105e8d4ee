/** What a broken rule says: the cause with Kubernetes' words. */

import {
  duplicateValue,
  forbiddenValue,
  invalidValue,
  requiredValue,
  type StatusCause,
  type ValidationRule,
} from '@berth/meta'

/** The rule as a message names it. */
export const ruleText = ({ message, rule }: ValidationRule): string =>
  message !== undefined && message !== '' ? message.trim() : rule.trim()

/** What is said when no expression makes the message. */
export const ruleMessage = (rule: ValidationRule): string =>
  rule.message !== undefined && rule.message !== '' ? rule.message.trim() : `failed rule: ${rule.rule.trim()}`

/** @param value what the cause shows as the value: the type of the schema, because values may be large or secret */
export function brokenRule(
  rule: ValidationRule,
  { field, value, message }: { field: string; value: string; message: string },
): StatusCause {
  // oxlint-disable-next-line typescript/switch-exhaustiveness-check -- all other kinds are alike
  switch (rule.reason) {
    case 'FieldValueForbidden':
      return forbiddenValue(field, message)
    case 'FieldValueRequired':
      return requiredValue(field, message)
    case 'FieldValueDuplicate':
      return duplicateValue(field, value)
    default:
      return invalidValue(field, value, message)
  }
}

/** Longer messages are replaced by the default one. */
const maxMessageBytes = 5 * 1024

/** The text of a messageExpression when it can be a message: one line that is not empty. */
export function usableMessage(text: string): string | undefined {
  const trimmed = text.trim()
  if (trimmed === '' || trimmed.includes('\n')) return undefined
  return Buffer.byteLength(trimmed) > maxMessageBytes ? undefined : trimmed
}
