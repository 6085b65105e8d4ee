/** Label selectors in their two forms, read into one: the query text and the LabelSelector object of a spec. */

import { MetaError } from '../errors.ts'
import { isJsonObject } from '../json.ts'
import { isLabelValue, isQualifiedName } from '../names.ts'

export type LabelOperator = 'in' | 'notin' | 'exists' | 'absent' | 'gt' | 'lt'

/** One term. `a=b` is `in` with one value, `a!=b` is `notin` with one; values are sorted and unique. */
export interface LabelRequirement {
  readonly key: string
  readonly operator: LabelOperator
  readonly values: readonly string[]
}

/** A parsed selector: everything it lists must hold; `nothing` is the selector of an absent object form. */
export type LabelSelector =
  | { readonly kind: 'requirements'; readonly requirements: readonly LabelRequirement[] }
  | { readonly kind: 'nothing' }

export const everything: LabelSelector = { kind: 'requirements', requirements: [] }
const nothing: LabelSelector = { kind: 'nothing' }

/** The object form in specs (metav1.LabelSelector). */
export interface LabelSelectorObject {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

/** @throws {MetaError} InvalidLabelSelector, in Kubernetes' words */
export function selectorError(message: string): MetaError {
  return new MetaError('InvalidLabelSelector', message, { remedy: 'Write it like app=web,tier!=db,env in (a,b),!old.' })
}

/**
 * One checked requirement (apimachinery labels.NewRequirement).
 * @throws {MetaError} InvalidLabelSelector
 */
export function labelRequirement(
  key: string,
  operator: LabelOperator,
  values: readonly string[] = [],
): LabelRequirement {
  const problems = isQualifiedName(key)
  if (problems.length > 0) throw selectorError(`key: Invalid value: ${JSON.stringify(key)}: ${problems.join('; ')}`)
  const count = valueCountProblem(operator, values)
  if (count !== undefined) throw selectorError(`values: Invalid value: ${JSON.stringify(values)}: ${count}`)
  values.forEach((value, index) => {
    const found = `Invalid value: ${JSON.stringify(value)}`
    if ((operator === 'gt' || operator === 'lt') && integerOf(value) === undefined) {
      throw selectorError(`values[${index}]: ${found}: for 'Gt', 'Lt' operators, the value must be an integer`)
    }
    const problems = isLabelValue(value)
    if (problems.length > 0) throw selectorError(`values[${index}][${key}]: ${found}: ${problems.join('; ')}`)
  })
  return { key, operator, values: [...new Set(values)].sort() }
}

function valueCountProblem(operator: LabelOperator, values: readonly string[]): string | undefined {
  if (operator === 'in' || operator === 'notin') {
    return values.length > 0 ? undefined : "for 'in', 'notin' operators, values set can't be empty"
  }
  if (operator === 'exists' || operator === 'absent') {
    return values.length === 0 ? undefined : 'values set must be empty for exists and does not exist'
  }
  return values.length === 1 ? undefined : "for 'Gt', 'Lt' operators, exactly one value is required"
}

function integerOf(text: string | undefined): bigint | undefined {
  return text !== undefined && /^-?\d{1,19}$/.test(text) ? BigInt(text) : undefined
}

const objectOperators: Record<string, LabelOperator> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: 'absent',
}

/**
 * The object form. An absent selector matches nothing, an empty one everything (metav1.LabelSelectorAsSelector).
 * @throws {MetaError} InvalidLabelSelector
 */
export function labelSelectorFromObject(selector: LabelSelectorObject | null | undefined): LabelSelector {
  if (selector === null || selector === undefined) return nothing
  const { matchLabels, matchExpressions } = selector
  if (!isJsonObject(matchLabels ?? {}) || !Array.isArray(matchExpressions ?? [])) {
    throw selectorError('a label selector holds a map matchLabels and a list matchExpressions')
  }
  const labels = Object.entries(matchLabels ?? {}).map(([key, value]) => labelRequirement(key, 'in', [value]))
  const expressions = (matchExpressions ?? []).map(({ key, operator, values }) => {
    if (!Object.hasOwn(objectOperators, operator)) {
      throw selectorError(`"${operator}" is not a valid label selector operator`)
    }
    return labelRequirement(key, objectOperators[operator] ?? 'in', values ?? [])
  })
  return selectorOf([...labels, ...expressions])
}

/** Requirements in the order Kubernetes prints them. */
export function selectorOf(requirements: readonly LabelRequirement[]): LabelSelector {
  const byKey = (a: LabelRequirement, b: LabelRequirement) => (a.key < b.key ? -1 : Number(a.key > b.key))
  return { kind: 'requirements', requirements: requirements.toSorted(byKey) }
}

export function matchesLabels(selector: LabelSelector, labels: Readonly<Record<string, string>> | undefined): boolean {
  if (selector.kind === 'nothing') return false
  return selector.requirements.every((requirement) => holds(requirement, labels ?? {}))
}

function holds({ key, operator, values }: LabelRequirement, labels: Readonly<Record<string, string>>): boolean {
  return operators[operator].holds(Object.hasOwn(labels, key) ? labels[key] : undefined, values)
}

function compare(value: string | undefined, values: readonly string[]): number {
  const [actual, bound] = [integerOf(value), integerOf(values[0])]
  // Comparing with NaN is false both ways: a label that is no integer matches neither.
  if (actual === undefined || bound === undefined) return Number.NaN
  return actual < bound ? -1 : Number(actual > bound)
}

interface OperatorRule {
  holds(value: string | undefined, values: readonly string[]): boolean
  print(key: string, values: readonly string[]): string
}

const operators: Record<LabelOperator, OperatorRule> = {
  in: {
    holds: (value, values) => value !== undefined && values.includes(value),
    print: (key, values) => (values.length === 1 ? `${key}=${values.join()}` : `${key} in (${values.join(',')})`),
  },
  notin: {
    holds: (value, values) => value === undefined || !values.includes(value),
    print: (key, values) => (values.length === 1 ? `${key}!=${values.join()}` : `${key} notin (${values.join(',')})`),
  },
  exists: { holds: (value) => value !== undefined, print: (key) => key },
  absent: { holds: (value) => value === undefined, print: (key) => `!${key}` },
  gt: { holds: (value, values) => compare(value, values) > 0, print: (key, values) => `${key}>${values.join()}` },
  lt: { holds: (value, values) => compare(value, values) < 0, print: (key, values) => `${key}<${values.join()}` },
}

/** The text form, which parses back into the same selector. `nothing` has no text of its own; Kubernetes prints it empty. */
export function formatLabelSelector(selector: LabelSelector): string {
  return selector.kind === 'nothing' ? '' : selector.requirements.map(print).join(',')
}

function print({ key, operator, values }: LabelRequirement): string {
  return operators[operator].print(key, values)
}
