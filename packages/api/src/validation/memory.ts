/** Admission of memory: what is asked for, its limit, huge pages. */

import type { StatusCause } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { amountOf, readAmount } from './amount.ts'
import { invalidField } from './cause.ts'
import type { InstanceRule, Place } from './instance-rule.ts'

const million = 1_000_000n

export const memoryAdmission: readonly InstanceRule[] = [
  {
    name: 'requested memory',
    causes: ({ domain }, { field }) => {
      const at = `${field}.domain.resources.requests.memory`
      const { value, text } = amountOf(domain.resources?.requests?.['memory'])
      if (value < 0n) return [invalidField(at, `${at} '${text}': must be greater than or equal to 0.`)]
      if (value > 0n && value < million) {
        return [invalidField(at, `${at} '${text}': must be greater than or equal to 1M.`)]
      }
      return []
    },
  },
  {
    name: 'memory limit',
    causes: ({ domain }, { field }) => {
      const resources = `${field}.domain.resources`
      const limit = amountOf(domain.resources?.limits?.['memory'])
      const request = amountOf(domain.resources?.requests?.['memory'])
      if (limit.value < 0n) {
        const at = `${resources}.limits.memory`
        return [invalidField(at, `${at} '${limit.text}': must be greater than or equal to 0.`)]
      }
      if (limit.value === 0n || request.value <= limit.value) return []
      const at = `${resources}.requests.memory`
      return [invalidField(at, `${at} '${request.text}' is greater than ${resources}.limits.memory '${limit.text}'`)]
    },
  },
  { name: 'huge pages', causes: hugePages },
  {
    name: 'guest memory within the limit',
    causes: ({ domain }, { field, configuration }) => {
      // The guest may grow past it while it runs.
      if (configuration.vmRolloutStrategy === 'LiveUpdate') return []
      const guest = readAmount(domain.memory?.guest)
      const limit = amountOf(domain.resources?.limits?.['memory'])
      if (guest === undefined || limit.value === 0n || limit.value >= guest.value) return []
      const at = `${field}.domain.memory.guest`
      const message = `${at} '${guest.text}' must be equal to or less than the memory limit ${field}.domain.resources.limits.memory '${limit.text}'`
      return [invalidField(at, message)]
    },
  },
]

function hugePages({ domain }: VirtualMachineInstanceSpec, { field }: Place): StatusCause[] {
  if (domain.memory?.hugepages === undefined) return []
  const at = `${field}.domain.memory.hugepages.pageSize`
  const written = domain.memory.hugepages.pageSize ?? ''
  const size = written === '' ? undefined : readAmount(written)
  if (size === undefined) {
    const message = `${at} '${written}': quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`
    return [invalidField(at, message)]
  }
  const requests = `${field}.domain.resources.requests.memory`
  const request = amountOf(domain.resources?.requests?.['memory'])
  const memory =
    request.value || amountOf(domain.memory.guest).value || amountOf(domain.resources?.limits?.['memory']).value
  if (memory !== 0n && memory < size.value) {
    const message = `${requests} '${request.text}' must be equal to or larger than page size ${at} '${written}'`
    return [invalidField(requests, message)]
  }
  // A page of no size divides nothing.
  if (size.value === 0n || memory % size.value !== 0n) {
    return [
      invalidField(requests, `${requests} '${request.text}' is not a multiple of the page size ${at} '${written}'`),
    ]
  }
  return []
}
