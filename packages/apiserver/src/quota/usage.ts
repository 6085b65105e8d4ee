/** Amounts by the name of what is counted, and the arithmetic quotas need. */

import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  subtractQuantities,
  type Json,
  type JsonObject,
  type Quantity,
} from '@berth/meta'

export type Usage = ReadonlyMap<string, Quantity>

export const noUsage: Usage = new Map()
export const zero: Quantity = { nanos: 0n, format: 'DecimalSI' }
export const one: Quantity = { nanos: 1_000_000_000n, format: 'DecimalSI' }

/** What a manifest says, without what is no quantity (the schema's business). */
export function readUsage(amounts: JsonObject | undefined): Map<string, Quantity> {
  const usage = new Map<string, Quantity>()
  for (const [name, value] of Object.entries(amounts ?? {})) {
    const quantity = readQuantity(value)
    if (quantity !== undefined) usage.set(name, quantity)
  }
  return usage
}

export function readQuantity(value: Json | undefined): Quantity | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  try {
    return parseQuantity(value)
  } catch {
    return undefined
  }
}

/** Adds in place. */
export function addTo(sum: Map<string, Quantity>, more: Usage): void {
  for (const [name, quantity] of more) sum.set(name, addQuantities(sum.get(name) ?? zero, quantity))
}

/** Takes away in place. */
export function takeFrom(sum: Map<string, Quantity>, less: Usage): void {
  for (const [name, quantity] of less) sum.set(name, subtractQuantities(sum.get(name) ?? zero, quantity))
}

/** The larger of each, in place. */
export function raiseTo(usage: Map<string, Quantity>, other: Usage): void {
  for (const [name, quantity] of other) {
    const known = usage.get(name)
    if (known === undefined || compareQuantities(known, quantity) < 0) usage.set(name, quantity)
  }
}

/** What `after` asks for beyond `before`; nothing that shrank or stayed. */
export function growth(after: Usage, before: Usage): Usage {
  const grown = new Map<string, Quantity>()
  for (const [name, quantity] of after) {
    const more = subtractQuantities(quantity, before.get(name) ?? zero)
    if (more.nanos > 0n) grown.set(name, more)
  }
  return grown
}

/** Only the named. */
export function only(usage: Usage, names: Iterable<string>): Usage {
  const kept = new Map<string, Quantity>()
  for (const name of names) {
    const quantity = usage.get(name)
    if (quantity !== undefined) kept.set(name, quantity)
  }
  return kept
}

/** `cpu=1,pods=2` */
export function usageText(usage: Usage): string {
  return [...usage]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, quantity]) => `${name}=${formatQuantity(quantity)}`)
    .join(',')
}
