/** A field that both a machine and its instance type set, in KubeVirt's words. */

import type { StatusCause } from '@berth/meta'

export interface Conflict {
  /** Like `spec.template.spec.domain.cpu.sockets`. */
  field: string
  /** In place of the general words. */
  message?: string
}

/** All fields in one list: what KubeVirt's controllers put into their own sentences. */
export function conflictFields(conflicts: readonly Conflict[]): string {
  return conflicts.map(({ field }) => field).join(', ')
}

/** One sentence for all of them. */
export function conflictText(conflicts: readonly Conflict[]): string {
  return `VM field(s) ${conflictFields(conflicts)} conflicts with selected instance type`
}

/** One cause for each. */
export function conflictCauses(conflicts: readonly Conflict[]): StatusCause[] {
  return conflicts.map((conflict) => ({
    reason: 'FieldValueInvalid',
    message: conflict.message ?? conflictText([conflict]),
    field: conflict.field,
  }))
}
