/** Admission of processors: shares, topology, features, pinning, NUMA, realtime. */

import type { StatusCause } from '@berth/meta'
import type { Cpu } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { amountOf } from './amount.ts'
import { invalidField, requiredField, unsupportedField } from './cause.ts'
import { dedicatedCpuAdmission } from './dedicated-cpu.ts'
import { applyInstanceRules, type InstanceRule, type Place } from './instance-rule.ts'

const featurePolicies = ['', 'force', 'require', 'optional', 'disable', 'forbid']

export const cpuAdmission: readonly InstanceRule[] = [
  notNegative('requests'),
  notNegative('limits'),
  {
    name: 'request within the limit',
    causes: ({ domain }, { field }) => {
      const request = amountOf(domain.resources?.requests?.['cpu'])
      const limit = amountOf(domain.resources?.limits?.['cpu'])
      if (limit.millis <= 0n || request.millis <= limit.millis) return []
      const resources = `${field}.domain.resources`
      const at = `${resources}.requests.cpu`
      return [invalidField(at, `${at} '${request.text}' is greater than ${resources}.limits.cpu '${limit.text}'`)]
    },
  },
  {
    name: 'dedicated processors',
    causes: (spec, place) =>
      spec.domain.cpu?.dedicatedCpuPlacement === true ? applyInstanceRules(dedicatedCpuAdmission, spec, place) : [],
  },
  { name: 'NUMA', causes: numa },
  {
    name: 'isolated emulator thread',
    causes: ({ domain }, { field }) =>
      domain.cpu?.isolateEmulatorThread === true && domain.cpu.dedicatedCpuPlacement !== true
        ? [
            invalidField(
              `${field}.domain.cpu.isolateEmulatorThread`,
              'IsolateEmulatorThread should be only set in combination with DedicatedCPUPlacement',
            ),
          ]
        : [],
  },
  {
    name: 'feature policies',
    causes: ({ domain }, { field }) =>
      (domain.cpu?.features ?? []).flatMap(({ name, policy = '' }, index) =>
        featurePolicies.includes(policy)
          ? []
          : [
              unsupportedField(
                `${field}.domain.cpu.features[${index}].policy`,
                `CPU feature ${name} uses policy ${policy} that is not supported.`,
              ),
            ],
      ),
  },
  {
    name: 'sockets within the maximum',
    causes: ({ domain }, { field }) => {
      const { maxSockets = 0, sockets = 0 } = domain.cpu ?? {}
      if (maxSockets === 0 || sockets <= maxSockets) return []
      const message = 'Number of sockets in CPU topology is greater than the maximum sockets allowed'
      return [invalidField(`${field}.domain.cpu.sockets`, message)]
    },
  },
]

/** After the start strategy in KubeVirt's order. */
export const realtimeAdmission: readonly InstanceRule[] = [
  {
    name: 'realtime on dedicated processors',
    causes: ({ domain }, { field }) => {
      const cpu = `${field}.domain.cpu`
      const needed = domain.cpu?.realtime !== undefined && domain.cpu.dedicatedCpuPlacement !== true
      const at = `${cpu}.dedicatedCpuPlacement`
      return needed ? [requiredField(at, `${at} must be set to true when ${cpu}.realtime is used`)] : []
    },
  },
  {
    name: 'realtime on NUMA nodes',
    causes: ({ domain }, { field }) => {
      const cpu = `${field}.domain.cpu`
      const needed = domain.cpu?.realtime !== undefined && !passesNumaThrough(domain.cpu)
      const at = `${cpu}.numa.guestMappingPassthrough`
      return needed ? [requiredField(at, `${at} must be defined when ${cpu}.realtime is used`)] : []
    },
  },
]

function notNegative(list: 'requests' | 'limits'): InstanceRule {
  return {
    name: `${list} are not negative`,
    causes: ({ domain }, { field }) => {
      const { millis, text } = amountOf(domain.resources?.[list]?.['cpu'])
      const at = `${field}.domain.resources.${list}.cpu`
      return millis < 0n ? [invalidField(at, `${at} '${text}': must be greater than or equal to 0.`)] : []
    },
  }
}

function passesNumaThrough(cpu: Cpu): boolean {
  return cpu.numa?.guestMappingPassthrough !== undefined
}

function numa({ domain }: VirtualMachineInstanceSpec, { field, configuration }: Place): StatusCause[] {
  const { cpu } = domain
  if (cpu === undefined || !passesNumaThrough(cpu)) return []
  const at = `${field}.domain.cpu.numa.guestMappingPassthrough`
  const causes: StatusCause[] = []
  if (!configuration.enabled('NUMA')) {
    causes.push(invalidField(at, `NUMA feature gate is not enabled in kubevirt-config, invalid entry ${at}`))
  }
  if (cpu.dedicatedCpuPlacement !== true) {
    const needed = `${field}.domain.cpu.dedicatedCpuPlacement`
    causes.push(invalidField(at, `${needed} must be set to true when NUMA topology strategy is set in ${at}`))
  }
  if (domain.memory?.hugepages === undefined) {
    const needed = `${field}.domain.memory.hugepages`
    causes.push(invalidField(at, `${needed} must be requested when NUMA topology strategy is set in ${at}`))
  }
  return causes
}
