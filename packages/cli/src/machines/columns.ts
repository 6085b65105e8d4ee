/** What `vm list` shows of a machine. */

import { formatAge } from '@berth/base'
import type { VirtualMachine, VirtualMachineInstance } from '@berth/api'
import { keyOf } from '@berth/kube'
import type { ObjectColumn } from '../output/print-objects.ts'

export function machineColumns(options: {
  instances: readonly VirtualMachineInstance[]
  nowMs: number
  allNamespaces: boolean
}): ObjectColumn<VirtualMachine>[] {
  const instances = new Map(options.instances.map((instance) => [keyOf(instance), instance]))
  const instanceOf = (machine: VirtualMachine): VirtualMachineInstance | undefined => instances.get(keyOf(machine))
  const namespace: ObjectColumn<VirtualMachine>[] = [
    { heading: 'NAMESPACE', value: ({ metadata }) => metadata.namespace },
  ]
  return [
    ...(options.allNamespaces ? namespace : []),
    { heading: 'NAME', value: ({ metadata }) => metadata.name },
    { heading: 'STATUS', value: ({ status }) => status?.printableStatus },
    { heading: 'AGE', value: ({ metadata }) => ageOf(metadata.creationTimestamp, options.nowMs) },
    { heading: 'CPU', value: (machine) => String(cpusOf(machine)) },
    { heading: 'MEMORY', value: memoryOf },
    { heading: 'NODE', value: (machine) => instanceOf(machine)?.status?.nodeName },
    { heading: 'ADDRESS', value: (machine) => instanceOf(machine)?.status?.interfaces?.[0]?.ipAddress },
    {
      heading: 'STRATEGY',
      wide: true,
      value: ({ spec }) => spec.runStrategy ?? (spec.running === true ? 'Always' : 'Halted'),
    },
    { heading: 'GUEST', wide: true, value: (machine) => instanceOf(machine)?.status?.guestOSInfo?.['prettyName'] },
  ]
}

export function cpusOf({ spec }: VirtualMachine): number {
  const { cores = 1, sockets = 1, threads = 1 } = spec.template.spec.domain.cpu ?? {}
  return cores * sockets * threads
}

export function memoryOf({ spec }: VirtualMachine): string | undefined {
  const { memory, resources } = spec.template.spec.domain
  return memory?.guest ?? resources?.requests?.['memory']
}

/** Age of an RFC 3339 time; undefined when there is none. */
export function ageOf(timestamp: string | undefined | null, nowMs: number): string | undefined {
  if (timestamp === undefined || timestamp === null) return undefined
  const ms = Date.parse(timestamp)
  return Number.isNaN(ms) ? undefined : formatAge(nowMs - ms)
}
