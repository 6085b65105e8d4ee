/** How an instance type's vCPUs become sockets, cores and threads, as a preference asks. Source: KubeVirt's instance type rules. */

import type { Cpu } from '../types/domain.ts'
import type { InstancetypeSpec, PreferenceSpec, PreferredTopology, SpreadAcross } from '../types/instancetype.ts'
import type { Conflict } from './conflicts.ts'

export type Topology = Required<Pick<Cpu, 'sockets' | 'cores' | 'threads'>>
export type TopologyName = 'sockets' | 'cores' | 'threads' | 'spread' | 'any'

/** Older names, still accepted. */
export const deprecatedTopologies: Partial<Record<PreferredTopology, TopologyName>> = {
  preferSockets: 'sockets',
  preferCores: 'cores',
  preferThreads: 'threads',
  preferSpread: 'spread',
  preferAny: 'any',
}

const names: ReadonlySet<string> = new Set<TopologyName>(['sockets', 'cores', 'threads', 'spread', 'any'])

function isName(text: string): text is TopologyName {
  return names.has(text)
}

export function preferredTopology(preference: Readonly<PreferenceSpec> | undefined): TopologyName {
  const asked = preference?.cpu?.preferredCPUTopology ?? 'sockets'
  return deprecatedTopologies[asked] ?? (isName(asked) ? asked : 'sockets')
}

export interface Spread {
  ratio: number
  across: SpreadAcross
}

const defaultRatio = 2
const threadsPerCore = 2

/** A ratio of 0 (which a schema cannot refuse) is the default: nothing can be divided by it. */
export function spreadOf(preference: Readonly<PreferenceSpec> | undefined): Spread {
  const { across = 'SocketsCores', ratio } = preference?.cpu?.spreadOptions ?? {}
  const asked = ratio ?? preference?.preferSpreadSocketToCoreRatio ?? 0
  return { ratio: asked > 0 ? asked : defaultRatio, across }
}

const one: Topology = { sockets: 1, cores: 1, threads: 1 }

const spreads: Record<SpreadAcross, (vcpus: number, ratio: number) => Topology> = {
  SocketsCores: (vcpus, ratio) => ({ ...one, sockets: Math.floor(vcpus / ratio), cores: ratio }),
  CoresThreads: (vcpus, ratio) => ({ ...one, cores: Math.floor(vcpus / ratio), threads: ratio }),
  SocketsCoresThreads: (vcpus, ratio) => ({
    sockets: Math.floor(vcpus / threadsPerCore / ratio),
    cores: ratio,
    threads: threadsPerCore,
  }),
}

export function topologyFor(vcpus: number, preference: Readonly<PreferenceSpec> | undefined): Topology {
  if (vcpus === 1) return one
  const topology = preferredTopology(preference)
  switch (topology) {
    case 'sockets':
    case 'any':
      return { ...one, sockets: vcpus }
    case 'cores':
      return { ...one, cores: vcpus }
    case 'threads':
      return { ...one, threads: vcpus }
    case 'spread': {
      const { ratio, across } = spreadOf(preference)
      return spreads[across](vcpus, ratio)
    }
  }
}

const undivided: Record<SpreadAcross, (vcpus: number, ratio: number) => string | undefined> = {
  SocketsCores: (vcpus, ratio) =>
    vcpus % ratio === 0
      ? undefined
      : `${vcpus} vCPUs provided by the instance type are not divisible by the Spec.PreferSpreadSocketToCoreRatio or Spec.CPU.PreferSpreadOptions.Ratio of ${ratio} provided by the preference`,
  CoresThreads: (vcpus, ratio) =>
    vcpus % ratio === 0
      ? undefined
      : `${vcpus} vCPUs provided by the instance type are not divisible by the number of threads per core ${ratio}`,
  SocketsCoresThreads: (vcpus, ratio) =>
    vcpus % threadsPerCore === 0 && (vcpus / threadsPerCore) % ratio === 0
      ? undefined
      : `${vcpus} vCPUs provided by the instance type are not divisible by the number of threads per core ${threadsPerCore} and Spec.PreferSpreadSocketToCoreRatio or Spec.CPU.PreferSpreadOptions.Ratio of ${ratio}`,
}

/** Why the vCPUs cannot be spread as the preference asks. */
export function spreadConflict(
  instancetype: Readonly<InstancetypeSpec> | undefined,
  preference: Readonly<PreferenceSpec> | undefined,
): Conflict | undefined {
  if (instancetype === undefined || preferredTopology(preference) !== 'spread') return undefined
  const { ratio, across } = spreadOf(preference)
  const message = undivided[across](instancetype.cpu.guest, ratio)
  return message === undefined ? undefined : { field: 'instancetype.spec.cpu.guest', message }
}
