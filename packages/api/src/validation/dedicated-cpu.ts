/** Admission of processors that a machine has to itself: whole ones, and as many as it has virtual ones. */

import type { StatusCause } from '@berth/meta'
import type { Cpu } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { amountOf } from './amount.ts'
import { invalidField } from './cause.ts'
import type { InstanceRule, Place } from './instance-rule.ts'

const maxThreads = 2

export const dedicatedCpuAdmission: readonly InstanceRule[] = [
  {
    name: 'memory is given',
    causes: ({ domain }, { field }) => {
      const { requests, limits } = domain.resources ?? {}
      const given =
        amountOf(limits?.['memory']).nanos !== 0n ||
        amountOf(requests?.['memory']).nanos !== 0n ||
        domain.memory?.hugepages !== undefined ||
        amountOf(domain.memory?.guest).nanos !== 0n
      if (given) return []
      const at = `${field}.domain.resources.limits.memory`
      const message = `${field}.domain.resources.requests.memory, ${at}, ${field}.domain.memory.hugepages or ${field}.domain.memory.guest should be provided`
      return [invalidField(at, message)]
    },
  },
  wholeNumber('requests'),
  wholeNumber('limits'),
  {
    name: 'memory request is its limit',
    causes: ({ domain }, { field }) => {
      const request = amountOf(domain.resources?.requests?.['memory']).value
      const limit = amountOf(domain.resources?.limits?.['memory']).value
      if (request <= 0n || limit <= 0n || request === limit) return []
      const at = `${field}.domain.resources.requests.memory`
      return [invalidField(at, `${at} must be equal to ${field}.domain.resources.limits.memory`)]
    },
  },
  {
    name: 'some number is given',
    causes: (spec, place) => {
      const { request, limit, virtual } = counts(spec)
      if (request !== 0n || limit !== 0n || virtual !== 0n) return []
      const { requests, limits, cores } = names(place)
      return placement(
        place,
        `either ${requests} or ${limits} or ${cores} must be provided when DedicatedCPUPlacement is true `,
      )
    },
  },
  {
    name: 'request is the limit',
    causes: (spec, place) => {
      const { request, limit } = counts(spec)
      if (request <= 0n || limit <= 0n || request === limit) return []
      const { requests, limits } = names(place)
      return placement(place, `${requests} or ${limits} must be equal when DedicatedCPUPlacement is true `)
    },
  },
  {
    name: 'one number, not two',
    causes: (spec, place) => {
      const { request, limit, virtual } = counts(spec)
      if ((request <= 0n && limit <= 0n) || virtual <= 0n || request === virtual || limit === virtual) return []
      const { requests, limits, cores } = names(place)
      const message = `${requests} or ${limits} must not be provided at the same time with ${cores} when DedicatedCPUPlacement is true `
      return placement(place, message)
    },
  },
  {
    name: 'threads on arm64',
    causes: ({ domain, architecture }, { field }) => {
      const threads = domain.cpu?.threads ?? 0
      if (threads <= 1 || architecture !== 'arm64') return []
      const at = `${field}.architecture`
      return [
        invalidField(
          at,
          `threads must not be greater than 1 at ${field}.domain.cpu.threads (got ${threads}) when ${at} is arm64`,
        ),
      ]
    },
  },
  {
    name: 'threads',
    causes: ({ domain }, place) => {
      const threads = domain.cpu?.threads ?? 0
      if (threads <= maxThreads) return []
      const at = `${place.field}.domain.cpu.threads`
      const message = `Not more than two threads must be provided at ${at} (got ${threads}) when DedicatedCPUPlacement is true`
      return placement(place, message)
    },
  },
]

function wholeNumber(list: 'requests' | 'limits'): InstanceRule {
  return {
    name: `whole processors in ${list}`,
    causes: ({ domain }, { field }) => {
      const { value, millis } = amountOf(domain.resources?.[list]?.['cpu'])
      if (value <= 0n || value * 1000n === millis) return []
      return [
        invalidField(`${field}.domain.resources.${list}.cpu`, `provided resources CPU ${list} must be an interger`),
      ]
    },
  }
}

function placement({ field }: Place, message: string): StatusCause[] {
  return [invalidField(`${field}.domain.cpu.dedicatedCpuPlacement`, message)]
}

function names({ field }: Place): { requests: string; limits: string; cores: string } {
  return {
    requests: `${field}.domain.resources.requests.cpu`,
    limits: `${field}.domain.resources.limits.cpu`,
    cores: `${field}.domain.cpu.cores`,
  }
}

function counts({ domain }: VirtualMachineInstanceSpec): { request: bigint; limit: bigint; virtual: bigint } {
  return {
    request: amountOf(domain.resources?.requests?.['cpu']).value,
    limit: amountOf(domain.resources?.limits?.['cpu']).value,
    virtual: virtualProcessors(domain.cpu ?? {}),
  }
}

/** Of those that are given; none given is none. */
function virtualProcessors({ sockets = 0, cores = 0, threads = 0 }: Cpu): bigint {
  const given = [sockets, cores, threads].filter((count) => count !== 0)
  return given.length === 0 ? 0n : given.reduce((product, count) => product * BigInt(Math.trunc(count)), 1n)
}
