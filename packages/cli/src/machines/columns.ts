/** What `vm list` shows of a machine. */

import { formatAge } from '@berth/base'
import type { DomainSpec, VirtualMachine, VirtualMachineInstance } from '@berth/api'
import { keyOf } from '@berth/kube'
import type { ObjectColumn } from '../output/print-objects.ts'

export function machineColumns(options: {
  instances: readonly VirtualMachineInstance[]
  nowMs: number
  allNamespaces: boolean
}): ObjectColumn<VirtualMachine>[] {
  const instances = new Map(options.instances.map((instance) => [keyOf(instance), instance]))
  const instanceOf = (machine: VirtualMachine): VirtualMachineInstance | undefined => instances.get(keyOf(machine))
  // An instance has what its machine's instance type gives. One that does not run would have to be asked for.
  const ofDomain = (machine: VirtualMachine, tell: (domain: DomainSpec) => string | undefined): string | undefined => {
    const running = instanceOf(machine)
    if (running !== undefined) return tell(running.spec.domain)
    return machine.spec.instancetype === undefined ? tell(machine.spec.template.spec.domain) : undefined
  }
  const namespace: ObjectColumn<VirtualMachine>[] = [
    { heading: 'NAMESPACE', value: ({ metadata }) => metadata.namespace },
  ]
  return [
    ...(options.allNamespaces ? namespace : []),
    { heading: 'NAME', value: ({ metadata }) => metadata.name },
    { heading: 'STATUS', value: ({ status }) => status?.printableStatus },
    { heading: 'AGE', value: ({ metadata }) => ageOf(metadata.creationTimestamp, options.nowMs) },
    { heading: 'CPU', value: (machine) => ofDomain(machine, (domain) => String(cpusOf(domain))) },
    { heading: 'MEMORY', value: (machine) => ofDomain(machine, memoryOf) },
    { heading: 'NODE', value: (machine) => instanceOf(machine)?.status?.nodeName },
    { heading: 'ADDRESS', value: (machine) => instanceOf(machine)?.status?.interfaces?.[0]?.ipAddress },
    {
      heading: 'STRATEGY',
      wide: true,
      value: ({ spec }) => spec.runStrategy ?? (spec.running === true ? 'Always' : 'Halted'),
    },
    { heading: 'TYPE', wide: true, value: ({ spec }) => spec.instancetype?.name },
    { heading: 'GUEST', wide: true, value: (machine) => instanceOf(machine)?.status?.guestOSInfo?.['prettyName'] },
  ]
}

export function cpusOf({ cpu }: DomainSpec): number {
  const { cores = 1, sockets = 1, threads = 1 } = cpu ?? {}
  return cores * sockets * threads
}

export function memoryOf({ memory, resources }: DomainSpec): string | undefined {
  return memory?.guest ?? resources?.requests?.['memory']
}

/** Age of an RFC 3339 time; undefined when there is none. */
export function ageOf(timestamp: string | undefined | null, nowMs: number): string | undefined {
  if (timestamp === undefined || timestamp === null) return undefined
  const ms = Date.parse(timestamp)
  return Number.isNaN(ms) ? undefined : formatAge(nowMs - ms)
}
