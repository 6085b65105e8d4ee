/** LimitRanges: what one container, pod or claim of a namespace may ask for. `limitrange/` enforces them. */

import {
  compareQuantities,
  duplicateValue,
  forbiddenValue,
  formatQuantity,
  invalidValue,
  isQualifiedName,
  parseQuantity,
  quantityToMillis,
  requiredValue,
  type Json,
  type JsonObject,
  type Quantity,
  type SchemaSet,
  type StatusCause,
} from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'
import { builtIn, text, type CoreObject } from './built-in.ts'
import { defaultTo, ensureObject, objectAt, objectsAt, textAt } from './fields.ts'
import { containerResourceNameCauses, isOvercommitAllowed, resourceNameCauses } from './resource-names.ts'

const amounts = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const
type Amount = (typeof amounts)[number]

const types = new Set(['Pod', 'Container', 'PersistentVolumeClaim'])

/** A container's limit is what it may have at most, its request what it gets by default or must have at least. */
function defaultItem(item: JsonObject): void {
  if (textAt(item, 'type') !== 'Container') return
  const max = objectAt(item, 'max')
  if (max !== undefined) defaultTo(ensureObject(item, 'default'), max)
  for (const source of [objectAt(item, 'default'), objectAt(item, 'min')]) {
    if (source !== undefined) defaultTo(ensureObject(item, 'defaultRequest'), source)
  }
}

function quantityOf(value: Json | undefined): Quantity | undefined {
  return typeof value === 'string' || typeof value === 'number' ? parseQuantity(value) : undefined
}

function typeCauses(type: string, field: string): StatusCause[] {
  const problems = isQualifiedName(type).map((problem) => invalidValue(field, type, problem))
  if (problems.length > 0 || type.includes('/') || types.has(type)) return problems
  return [invalidValue(field, type, 'must be a standard limit type or fully qualified')]
}

function itemCauses(item: JsonObject, path: string): StatusCause[] {
  const type = textAt(item, 'type')
  const causes = typeCauses(type, `${path}.type`)
  const nameCauses = type === 'Pod' || type === 'Container' ? containerResourceNameCauses : resourceNameCauses
  const names = new Set<string>()
  for (const amount of amounts) {
    const given = objectAt(item, amount) ?? {}
    if (type === 'Pod' && (amount === 'default' || amount === 'defaultRequest')) {
      if (Object.keys(given).length > 0) {
        causes.push(forbiddenValue(`${path}.${amount}`, "may not be specified when `type` is 'Pod'"))
      }
      continue
    }
    for (const name of Object.keys(given)) {
      causes.push(...nameCauses(name, `${path}.${amount}[${name}]`))
      names.add(name)
    }
  }
  if (
    type === 'PersistentVolumeClaim' &&
    !['min', 'max'].some((key) => objectAt(item, key)?.['storage'] !== undefined)
  ) {
    const why = 'either minimum or maximum storage value is required, but neither was provided'
    causes.push(requiredValue(`${path}.limits`, why))
  }
  for (const name of names) causes.push(...orderCauses(item, name, path))
  return causes
}

/** What must not be more than what, of one resource. */
const order: { low: Amount; high: Amount; at: Amount; words: [string, string] }[] = [
  { low: 'min', high: 'max', at: 'min', words: ['min value', 'max value'] },
  { low: 'min', high: 'defaultRequest', at: 'defaultRequest', words: ['min value', 'default request value'] },
  { low: 'defaultRequest', high: 'max', at: 'defaultRequest', words: ['default request value', 'max value'] },
  {
    low: 'defaultRequest',
    high: 'default',
    at: 'defaultRequest',
    words: ['default request value', 'default limit value'],
  },
  { low: 'min', high: 'default', at: 'default', words: ['min value', 'default value'] },
  { low: 'default', high: 'max', at: 'default', words: ['default value', 'max value'] },
]

function orderCauses(item: JsonObject, name: string, path: string): StatusCause[] {
  const at = (amount: Amount): Quantity | undefined => {
    // A pod's defaults are refused already, and take no part in the comparison.
    if (textAt(item, 'type') === 'Pod' && amount.startsWith('default')) return undefined
    return quantityOf(objectAt(item, amount)?.[name])
  }
  const problem = (amount: Amount, detail: string): StatusCause => {
    const value = at(amount)
    return invalidValue(`${path}.${amount}[${name}]`, value === undefined ? '' : formatQuantity(value), detail)
  }
  const causes: StatusCause[] = []
  for (const { low, high, at: field, words } of order) {
    const [a, b] = [at(low), at(high)]
    if (a === undefined || b === undefined || compareQuantities(a, b) <= 0) continue
    causes.push(problem(field, `${words[0]} ${formatQuantity(a)} is greater than ${words[1]} ${formatQuantity(b)}`))
  }
  const ratio = at('maxLimitRequestRatio')
  if (ratio !== undefined) causes.push(...ratioCauses(ratio, [at('min'), at('max')], problem))
  const [limit, request] = [at('default'), at('defaultRequest')]
  if (limit && request && !isOvercommitAllowed(name) && compareQuantities(limit, request) !== 0) {
    const words = `default value ${formatQuantity(limit)} must equal to defaultRequest value ${formatQuantity(request)} in ${name}`
    causes.push(problem('defaultRequest', words))
  }
  return causes
}

function ratioCauses(
  ratio: Quantity,
  [min, max]: [Quantity | undefined, Quantity | undefined],
  problem: (amount: Amount, detail: string) => StatusCause,
): StatusCause[] {
  const causes: StatusCause[] = []
  const shown = formatQuantity(ratio)
  if (compareQuantities(ratio, 1) < 0) causes.push(problem('maxLimitRequestRatio', `ratio ${shown} is less than 1`))
  if (min === undefined || max === undefined) return causes
  const limit = quantityToMillis(max) / quantityToMillis(min)
  if (quantityToMillis(ratio) / 1000 > limit) {
    const text = Number.isFinite(limit) ? limit.toFixed(6) : '+Inf'
    causes.push(problem('maxLimitRequestRatio', `ratio ${shown} is greater than max/min = ${text}`))
  }
  return causes
}

function causesOf(range: CoreObject): StatusCause[] {
  const seen = new Set<string>()
  return objectsAt(objectAt(range, 'spec'), 'limits').flatMap((item, index) => {
    const path = `spec.limits[${index}]`
    const type = textAt(item, 'type')
    const causes = itemCauses(item, path)
    if (seen.has(type)) causes.push(duplicateValue(`${path}.type`, type))
    seen.add(type)
    return causes
  })
}

export function limitranges(schemas: SchemaSet): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'core.v1',
    group: '',
    kind: 'LimitRange',
    resource: 'limitranges',
    shortNames: ['limits'],
    namespaced: true,
    columns: [text('Created At', (range) => range.metadata.creationTimestamp ?? '<unknown>')],
    rules: {
      default: (range) => objectsAt(objectAt(range, 'spec'), 'limits').forEach(defaultItem),
      validate: causesOf,
    },
  })
}
