/** The status of a CustomResourceDefinition: which names it has, whether it is served, whether it is going. */

import { deepEqual, formatTime } from '@berth/meta'
import { approvalOf } from './approval.ts'
import { conditionOf, isTrue, type Crd, type CrdCondition, type CrdNames, type CrdStatus } from './crd.ts'

/** Names in use by others in the group. */
export interface UsedNames {
  resources: ReadonlySet<string>
  kinds: ReadonlySet<string>
}

export type NewCondition = Omit<CrdCondition, 'lastTransitionTime'>

/** Conditions with one set; the time moves only when the status does. */
export function withCondition(conditions: readonly CrdCondition[], condition: NewCondition, now: Date): CrdCondition[] {
  const old = conditions.find((each) => each.type === condition.type)
  const lastTransitionTime = old?.status === condition.status ? old.lastTransitionTime : formatTime(now)
  const { type, status, reason, message } = condition
  const next: CrdCondition = { type, status, lastTransitionTime, reason, message }
  if (old === undefined) return [...conditions, next]
  return conditions.map((each) => (each === old ? next : each))
}

/** The status after a look at the names; equal to the given one when there is nothing to change. */
export function namedStatus(crd: Crd, used: UsedNames, now: Date): CrdStatus {
  const { accepted, condition } = acceptNames(crd, used)
  let conditions = withCondition(crd.status?.conditions ?? [], condition, now)
  if (!isTrue(crd, 'Established')) conditions = withCondition(conditions, establishedBy(condition), now)
  const approval = approvalCondition(crd)
  if (approval !== undefined) conditions = withCondition(conditions, approval, now)
  const status: CrdStatus = { ...crd.status, conditions, acceptedNames: accepted }
  return deepEqual(status, crd.status) && crd.status !== undefined ? crd.status : status
}

function acceptNames(crd: Crd, used: UsedNames): { accepted: CrdNames; condition: NewCondition } {
  const wanted = crd.spec.names
  const had: CrdNames = crd.status?.acceptedNames ?? { plural: '', kind: '' }
  const accepted: CrdNames = { ...had }
  let reason = ''
  let message = ''
  const taken = (name: string, mine: string | undefined, names: ReadonlySet<string>): boolean =>
    name !== '' && name !== mine && names.has(name)
  const claim = (
    member: 'plural' | 'singular' | 'kind' | 'listKind',
    why: string,
    names: ReadonlySet<string>,
  ): void => {
    const name = wanted[member] ?? ''
    if (taken(name, had[member], names)) [reason, message] = [why, `${JSON.stringify(name)} is already in use`]
    else accepted[member] = name
  }
  claim('plural', 'PluralConflict', used.resources)
  claim('singular', 'SingularConflict', used.resources)
  const mine = new Set(had.shortNames)
  const lost = (wanted.shortNames ?? []).filter((name) => !mine.has(name) && used.resources.has(name))
  if (lost.length > 0) {
    const texts = lost.map((name) => `${JSON.stringify(name)} is already in use`)
    reason = 'ShortNamesConflict'
    message = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`
  } else assign(accepted, 'shortNames', wanted.shortNames)
  claim('kind', 'KindConflict', used.kinds)
  claim('listKind', 'ListKindConflict', used.kinds)
  assign(accepted, 'categories', wanted.categories)
  const condition: NewCondition =
    reason === ''
      ? { type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' }
      : { type: 'NamesAccepted', status: 'False', reason, message }
  return { accepted, condition }
}

function assign(names: CrdNames, member: 'shortNames' | 'categories', value: string[] | undefined): void {
  if (value === undefined) delete names[member]
  else names[member] = value
}

function establishedBy(names: NewCondition): NewCondition {
  if (names.status === 'True') {
    return {
      type: 'Established',
      status: 'True',
      reason: 'InitialNamesAccepted',
      message: 'the initial names have been accepted',
    }
  }
  return { type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' }
}

function approvalCondition(crd: Crd): NewCondition | undefined {
  const approval = approvalOf(crd)
  if (approval === undefined) return undefined
  const reasons = {
    approved: 'ApprovedAnnotation',
    bypassed: 'UnapprovedAnnotation',
    missing: 'MissingAnnotation',
    invalid: 'InvalidAnnotation',
  } as const
  return {
    type: 'KubernetesAPIApprovalPolicyConformant',
    status: approval.state === 'approved' ? 'True' : 'False',
    reason: reasons[approval.state],
    message: approval.message,
  }
}

/** Whether objects of the kind are served. */
export function isServed(crd: Crd): boolean {
  return conditionOf(crd, 'Established')?.status === 'True'
}
