/** What a preference demands of the machines that use it. Source: KubeVirt's order and words. */

import { canonicalQuantity, compareQuantities } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { InstancetypeSpec, PreferenceSpec, SpreadAcross } from '../types/instancetype.ts'
import { preferredTopology, spreadOf, type Topology } from './topology.ts'

export interface Unmet {
  message: string
  /** Paths of the machine, joined by `, `. */
  field: string
}

interface Check {
  requirements: NonNullable<PreferenceSpec['requirements']>
  preference: Readonly<PreferenceSpec>
  instancetype: Readonly<InstancetypeSpec> | undefined
  spec: Readonly<VirtualMachineInstanceSpec>
}

const template = 'spec.template.spec'

/**
 * @param spec of the machine's template, with the instance type and the defaults applied
 * @returns the first requirement that is not met
 */
export function unmetRequirement(
  preference: Readonly<PreferenceSpec> | undefined,
  instancetype: Readonly<InstancetypeSpec> | undefined,
  spec: Readonly<VirtualMachineInstanceSpec>,
): Unmet | undefined {
  const requirements = preference?.requirements
  if (preference === undefined || requirements === undefined) return undefined
  const check: Check = { requirements, preference, instancetype, spec }
  return unmetCpu(check) ?? unmetMemory(check) ?? unmetArchitecture(check)
}

function unmetCpu({ requirements, preference, instancetype, spec }: Check): Unmet | undefined {
  const required = requirements.cpu?.guest
  if (required === undefined) return undefined
  if (instancetype !== undefined) {
    if (instancetype.cpu.guest >= required) return undefined
    return {
      field: 'spec.instancetype',
      message: `insufficient CPU resources of ${instancetype.cpu.guest} vCPU provided by instance type, preference requires ${required} vCPU`,
    }
  }
  const { cpu } = spec.domain
  if (cpu === undefined) {
    return {
      field: `${template}.domain.cpu`,
      message: `no CPU resources provided by VirtualMachine, preference requires ${required} vCPU`,
    }
  }
  const { members, name } = counted(preference)
  const provided = members.reduce((product, member) => product * (cpu[member] ?? 0), 1)
  if (provided >= required) return undefined
  return {
    field: members.map((member) => `${template}.domain.cpu.${member}`).join(', '),
    message: `insufficient CPU resources of ${provided} vCPU provided by VirtualMachine, preference requires ${required} vCPU provided as ${name}`,
  }
}

interface Counted {
  /** Multiplied. In the order the causes name them. */
  members: (keyof Topology)[]
  name: string
}

const spreadMembers: Record<SpreadAcross, (keyof Topology)[]> = {
  SocketsCores: ['sockets', 'cores'],
  CoresThreads: ['cores', 'threads'],
  SocketsCoresThreads: ['sockets', 'cores', 'threads'],
}

/** What of a machine's own topology counts towards the requirement. */
function counted(preference: Readonly<PreferenceSpec>): Counted {
  const topology = preferredTopology(preference)
  switch (topology) {
    case 'any':
      return { members: ['cores', 'sockets', 'threads'], name: 'cores, sockets and threads' }
    case 'spread': {
      const { across } = spreadOf(preference)
      return { members: spreadMembers[across], name: across }
    }
    case 'sockets':
    case 'cores':
    case 'threads':
      return { members: [topology], name: topology }
  }
}

function unmetMemory({ requirements, instancetype, spec }: Check): Unmet | undefined {
  const required = requirements.memory?.guest
  if (required === undefined) return undefined
  const byType = instancetype !== undefined
  const provided = spec.domain.memory?.guest ?? instancetype?.memory.guest ?? '0'
  if (compareQuantities(provided, required) >= 0) return undefined
  return {
    field: byType ? 'spec.instancetype' : `${template}.domain.memory`,
    message: `insufficient Memory resources of ${canonicalQuantity(provided)} provided by ${byType ? 'instance type' : 'VirtualMachine'}, preference requires ${canonicalQuantity(required)}`,
  }
}

function unmetArchitecture({ requirements, spec }: Check): Unmet | undefined {
  const { architecture: required } = requirements
  const { architecture: asked = '' } = spec
  if (required === undefined || required === asked) return undefined
  return {
    field: `${template}.architecture`,
    message: `preference requires architecture ${required} but ${asked} is being requested`,
  }
}
