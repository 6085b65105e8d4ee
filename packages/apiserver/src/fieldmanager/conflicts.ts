/** Fields an apply would change that others own, and the refusal that names them. */

import { StatusError } from '@berth/meta'
import { intersection, pathsOf, type FieldSet } from './field-set.ts'
import { byText, type ManagerEntry, type Managers } from './managers.ts'
import { printElement } from './path-element.ts'

export interface FieldConflict {
  owner: ManagerEntry
  /** Elements of the path. */
  path: string[]
}

/** @param changed what the write adds or changes; `writer`'s own fields are no conflict */
export function conflictsOf(managers: Managers, changed: FieldSet, writer: string): FieldConflict[] {
  const conflicts: FieldConflict[] = []
  for (const [key, owner] of managers) {
    if (key === writer) continue
    for (const path of pathsOf(intersection(owner.fields, changed))) conflicts.push({ owner, path })
  }
  return conflicts.toSorted((left, right) => byText(nameOf(left.owner), nameOf(right.owner)))
}

/** `"kubectl" with subresource "status" using v1` */
function nameOf({ manager, operation, apiVersion, subresource }: ManagerEntry): string {
  const part = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`
  return `${JSON.stringify(manager)}${part}${operation === 'Update' ? ` using ${apiVersion}` : ''}`
}

function printPath(path: readonly string[]): string {
  return path.map(printElement).join('')
}

/** 409 in kube-apiserver's words. */
export function applyConflict(conflicts: readonly FieldConflict[]): StatusError {
  const causes = conflicts.map(({ owner, path }) => ({
    reason: 'FieldManagerConflict',
    message: `conflict with ${nameOf(owner)}`,
    field: printPath(path),
  }))
  return new StatusError('Conflict', messageOf(causes), { details: { causes } })
}

function messageOf(causes: readonly { message: string; field: string }[]): string {
  const [only] = causes
  if (causes.length === 1 && only !== undefined) return `Apply failed with 1 conflict: ${only.message}: ${only.field}`
  const byOwner = Map.groupBy(causes, (cause) => cause.message)
  const texts = [...byOwner].flatMap(([message, fields]) => [
    `${message.replace('conflict', 'conflicts')}:`,
    ...fields.map(({ field }) => `- ${field}`),
  ])
  return `Apply failed with ${causes.length} conflicts: ${texts.join('\n')}`
}
