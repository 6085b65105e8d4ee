/** Rules about memory: pages this host has a pool of, and locking. */

import { quantityToBytes } from '@berth/meta'
import { when, type Rule } from './rule.ts'

export const hugePages: Rule = when((value, { compute }) => {
  if (compute === undefined || typeof value !== 'string') return undefined
  const size = bytesOf(value)
  // What is no size is refused by the rules of the API.
  if (size === undefined || compute.hugePageSizes.includes(size)) return undefined
  const have =
    compute.hugePageSizes.length === 0
      ? 'it has none'
      : `it has pages of ${compute.hugePageSizes.map((bytes) => `${bytes / 1024 ** 2}Mi`).join(', ')}`
  return `this host has no huge pages of ${value} set aside (${have}); set vm.nr_hugepages and start the engine again`
})

export const lockedMemory: Rule = when((value, { compute }) =>
  value === 'Required' && compute?.noLockedMemory !== undefined
    ? `memory cannot be locked on this host: ${compute.noLockedMemory}`
    : undefined,
)

function bytesOf(text: string): number | undefined {
  try {
    return quantityToBytes(text)
  } catch {
    return undefined
  }
}
