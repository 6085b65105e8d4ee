/** What a container may ask for: known names, amounts that can be, and no more than it is limited to (core validation). */

import {
  compareQuantities,
  forbiddenValue,
  formatQuantity,
  invalidValue,
  parseQuantity,
  requiredValue,
  type JsonObject,
  type Quantity,
  type StatusCause,
} from '@berth/meta'
import { objectAt } from './fields.ts'
import { amountCauses, containerResourceNameCauses, isHugePages, isOvercommitAllowed } from './resource-names.ts'

/** @param path of the container's `resources` */
export function containerResourceCauses(resources: JsonObject | undefined, path: string): StatusCause[] {
  const limits = objectAt(resources, 'limits') ?? {}
  const requests = objectAt(resources, 'requests') ?? {}
  const causes = [...amountsCauses(limits, `${path}.limits`), ...amountsCauses(requests, `${path}.requests`)]
  for (const [name, value] of Object.entries(requests)) {
    const request = quantityOf(value)
    const limit = quantityOf(limits[name])
    if (request === undefined) continue
    const compare = limit === undefined ? 0 : compareQuantities(request, limit)
    const must = (words: string): StatusCause =>
      invalidValue(
        `${path}.requests`,
        formatQuantity(request),
        `must be ${words} ${name} limit of ${limit === undefined ? '' : formatQuantity(limit)}`,
      )
    if (isOvercommitAllowed(name)) {
      if (compare > 0) causes.push(must('less than or equal to'))
    } else if (limit === undefined) {
      causes.push(requiredValue(`${path}.limits`, 'Limit must be set for non overcommitable resources'))
    } else if (compare !== 0) causes.push(must('equal to'))
  }
  const names = new Set([...Object.keys(limits), ...Object.keys(requests)])
  if ([...names].some(isHugePages) && !names.has('cpu') && !names.has('memory')) {
    causes.push(forbiddenValue(path, 'HugePages require cpu or memory'))
  }
  return causes
}

function amountsCauses(amounts: JsonObject, path: string): StatusCause[] {
  return Object.entries(amounts).flatMap(([name, value]) => {
    const field = `${path}[${name}]`
    return [...containerResourceNameCauses(name, field), ...amountCauses(name, value, field)]
  })
}

function quantityOf(value: unknown): Quantity | undefined {
  return typeof value === 'string' || typeof value === 'number' ? parseQuantity(value) : undefined
}
