/** ResourceQuotas: how much of everything a namespace may hold. `quota/` enforces them. */

import {
  formatQuantity,
  invalidValue,
  parseQuantity,
  requiredValue,
  type Json,
  type JsonObject,
  type SchemaSet,
  type StatusCause,
} from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { ageColumn, builtIn, text, type CoreObject } from './built-in.ts'
import { objectAt, objectsAt, textAt, textsAt } from './fields.ts'
import { amountCauses, isStandardQuotaName, quotaNameCauses } from './resource-names.ts'

const podCounts = ['pods']
const podNames = ['pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory']

/** What the amounts of a scope may be, of those that Kubernetes knows by name. */
const scopes: Record<string, readonly string[]> = {
  Terminating: podNames,
  NotTerminating: podNames,
  BestEffort: podCounts,
  NotBestEffort: podNames,
  PriorityClass: podNames,
  CrossNamespacePodAffinity: podNames,
  VolumeAttributesClass: ['persistentvolumeclaims', 'requests.storage'],
}

/** Scopes that ask nothing of the object but whether it is in them. */
const plainScopes = new Set([
  'BestEffort',
  'NotBestEffort',
  'Terminating',
  'NotTerminating',
  'CrossNamespacePodAffinity',
])
const contradictions = [
  ['BestEffort', 'NotBestEffort'],
  ['Terminating', 'NotTerminating'],
] as const

/** Values of the operators; true when they must be given. */
const operators: Record<string, boolean> = { In: true, NotIn: true, Exists: false, DoesNotExist: false }

const words = {
  plain:
    "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
  values: "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector",
  noValues: "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector",
}

function fits(scope: string, name: string): boolean {
  return !isStandardQuotaName(name) || !Object.hasOwn(scopes, scope) || scopes[scope]?.includes(name) === true
}

function scopeCauses(names: string[], hard: string[]): StatusCause[] {
  const field = 'spec.scopes'
  const problem = (detail: string): StatusCause => invalidValue(field, names, detail)
  const causes: StatusCause[] = []
  for (const scope of names) {
    if (!Object.hasOwn(scopes, scope)) causes.push(problem('unsupported scope'))
    for (const name of hard) if (!fits(scope, name)) causes.push(problem('unsupported scope applied to resource'))
  }
  if (contradict(names)) causes.push(problem('conflicting scopes'))
  return causes
}

function contradict(names: string[]): boolean {
  return contradictions.some((pair) => pair.every((scope) => names.includes(scope)))
}

function selectorCauses(selector: JsonObject, hard: string[]): StatusCause[] {
  const field = 'spec.scopeSelector.matchExpressions'
  const expressions = objectsAt(selector, 'matchExpressions')
  const causes: StatusCause[] = []
  for (const expression of expressions) {
    const [scope, operator, values] = [
      textAt(expression, 'scopeName'),
      textAt(expression, 'operator'),
      textsAt(expression, 'values'),
    ]
    if (!Object.hasOwn(scopes, scope)) causes.push(invalidValue(`${field}.scopeName`, scope, 'unsupported scope'))
    for (const name of hard) {
      if (!fits(scope, name)) causes.push(invalidValue(field, selector, 'unsupported scope applied to resource'))
    }
    if (plainScopes.has(scope) && operator !== 'Exists') {
      causes.push(invalidValue(`${field}.operator`, operator, words.plain))
    }
    const wanted = Object.hasOwn(operators, operator) ? operators[operator] : undefined
    if (wanted === undefined) causes.push(invalidValue(`${field}.operator`, operator, 'not a valid selector operator'))
    else if (wanted && values.length === 0) causes.push(requiredValue(`${field}.values`, words.values))
    else if (!wanted && values.length > 0) causes.push(invalidValue(`${field}.values`, values, words.noValues))
  }
  if (contradict(expressions.map((each) => textAt(each, 'scopeName')))) {
    causes.push(invalidValue(field, selector, 'conflicting scopes'))
  }
  return causes
}

function amountsCauses(amounts: JsonObject | undefined, path: string): StatusCause[] {
  return Object.entries(amounts ?? {}).flatMap(([name, value]) => {
    const field = `${path}[${name}]`
    return [...quotaNameCauses(name, field), ...amountCauses(name, value, field)]
  })
}

function causesOf(quota: CoreObject, previous: CoreObject | undefined): StatusCause[] {
  const spec = objectAt(quota, 'spec')
  const hard = Object.keys(objectAt(spec, 'hard') ?? {}).sort()
  const causes = amountsCauses(objectAt(spec, 'hard'), 'spec.hard')
  const names = textsAt(spec, 'scopes')
  causes.push(...scopeCauses(names, hard))
  const selector = objectAt(spec, 'scopeSelector')
  if (selector !== undefined) causes.push(...selectorCauses(selector, hard))
  if (previous === undefined) return causes
  const before = textsAt(objectAt(previous, 'spec'), 'scopes')
  if (names.toSorted().join() !== before.toSorted().join()) {
    causes.push(invalidValue('spec.scopes', names, 'field is immutable'))
  }
  return causes
}

function shown(value: Json | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? formatQuantity(parseQuantity(value)) : '0'
}

/** `pods: 1/2, requests.cpu: 500m/1`, of the limits or of all others. */
function amountsText(quota: CoreObject, limits: boolean): string {
  const status = objectAt(quota, 'status')
  const hard = objectAt(status, 'hard') ?? {}
  const used = objectAt(status, 'used')
  return Object.keys(hard)
    .sort()
    .filter((name) => name.startsWith('limits.') === limits)
    .map((name) => `${name}: ${shown(used?.[name])}/${shown(hard[name])}`)
    .join(', ')
}

export function resourcequotas(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'core.v1',
    group: '',
    kind: 'ResourceQuota',
    resource: 'resourcequotas',
    shortNames: ['quota'],
    namespaced: true,
    status: true,
    generation: false,
    answersDeleted: true,
    columns: [
      text('Request', (quota) => amountsText(quota, false)),
      text('Limit', (quota) => amountsText(quota, true)),
      ageColumn,
    ],
    rules: { validate: causesOf },
  })
}
