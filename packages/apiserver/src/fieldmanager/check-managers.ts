/** The rules on entries of `metadata.managedFields` that clients send, and on the names of managers. */

import { invalidValue, tooLong, utf8Length, type StatusCause } from '@berth/meta'
import type { Managers } from './managers.ts'

/** Bytes of a manager's name at most. */
export const maxManager = 128
const maxSubresource = 256

const unprintable = /[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/u

/** Also of a single letter. */
export function isPrintable(text: string): boolean {
  return !unprintable.test(text)
}

/** What is wrong with a manager's name. */
export function managerCauses(manager: string, field: string): StatusCause[] {
  const causes: StatusCause[] = []
  if (utf8Length(manager) > maxManager) causes.push(tooLong(field, maxManager))
  const found = unprintable.exec(manager)
  if (found !== null) {
    const code = (manager.codePointAt(found.index) ?? 0).toString(16).toUpperCase().padStart(4, '0')
    const at = utf8Length(manager.slice(0, found.index))
    causes.push(invalidValue(field, manager, `invalid character U+${code} (at position ${at})`))
  }
  return causes
}

export function entryCauses(managers: Managers): StatusCause[] {
  return [...managers.values()].flatMap(({ manager, subresource }, index) => {
    const at = `metadata.managedFields[${index}]`
    const causes = managerCauses(manager, `${at}.manager`)
    if (utf8Length(subresource) > maxSubresource) causes.push(tooLong(`${at}.subresource`, maxSubresource))
    return causes
  })
}
