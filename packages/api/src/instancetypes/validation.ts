/** What instance types and preferences may say, and what KubeVirt warns of. */

import type { StatusCause } from '@berth/meta'
import { cpuTopologies, type InstancetypeSpec, type PreferenceSpec } from '../types/instancetype.ts'
import { deprecatedTopologies, preferredTopology, spreadOf } from './topology.ts'

export function validateInstancetype({ cpu, memory }: Readonly<InstancetypeSpec>): StatusCause[] {
  const field = 'spec.memory.overcommitPercent'
  const { overcommitPercent = 0, hugepages } = memory
  const causes: StatusCause[] = []
  // KubeVirt lets it be, and the machine fail later.
  if (cpu.guest < 1) {
    causes.push({
      reason: 'FieldValueInvalid',
      message: 'spec.cpu.guest: must be greater than 0.',
      field: 'spec.cpu.guest',
    })
  }
  if (overcommitPercent < 0 || overcommitPercent > 100) {
    causes.push({
      reason: 'FieldValueInvalid',
      message: `${field} '${overcommitPercent}': must be in range between 0 and 100.`,
      field,
    })
  }
  if (overcommitPercent !== 0 && hugepages !== undefined) {
    causes.push({
      reason: 'FieldValueInvalid',
      message: `${field} and spec.memory.hugepages should not be requested together.`,
      field,
    })
  }
  return causes
}

export function instancetypeWarnings({ launchSecurity }: Readonly<InstancetypeSpec>): string[] {
  return launchSecurity === undefined
    ? []
    : ['launchSecurity is deprecated and will be removed in a future release. Use preference instead.']
}

const acrossValues: readonly string[] = ['CoresThreads', 'SocketsCores', 'SocketsCoresThreads']

export function validatePreference(preference: Readonly<PreferenceSpec>): StatusCause[] {
  const asked = preference.cpu?.preferredCPUTopology
  const causes: StatusCause[] = []
  if (asked !== undefined && !cpuTopologies.includes(asked)) {
    causes.push({
      reason: 'FieldValueInvalid',
      message: `unknown preferredCPUTopology ${asked}`,
      field: 'spec.cpu.preferredCPUTopology',
    })
  }
  if (asked === undefined || preferredTopology(preference) !== 'spread') return causes
  const { ratio, across } = spreadOf(preference)
  if (!acrossValues.includes(across)) {
    causes.push({
      reason: 'FieldValueInvalid',
      message: `across ${across} is not supported`,
      field: 'spec.cpu.spreadOptions.across',
    })
  } else if (across === 'CoresThreads' && ratio !== 2) {
    causes.push({
      reason: 'FieldValueInvalid',
      message: 'only a ratio of 2 (1 core 2 threads) is allowed when spreading vCPUs over cores and threads',
      field: 'spec.cpu.spreadOptions.ratio',
    })
  }
  return causes
}

export function preferenceWarnings({ cpu }: Readonly<PreferenceSpec>): string[] {
  const asked = cpu?.preferredCPUTopology
  const instead = asked === undefined ? undefined : deprecatedTopologies[asked]
  return asked === undefined || instead === undefined
    ? []
    : [`PreferredCPUTopology ${asked} is deprecated for removal in a future release, please use ${instead} instead`]
}
