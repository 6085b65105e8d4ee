/**
 * The instance types every installation of KubeVirt brings, as the table they follow from: a series says what a machine is like, its
 * sizes how much of it there is. Source of names and sizes: the common instance types of the KubeVirt project.
 */

import type { Instancetype, InstancetypeSpec } from '../../types/instancetype.ts'
import { commonLabels } from './labels.ts'

/** vCPUs and memory. */
type Size = readonly [vcpus: number, memory: string]

interface Series {
  displayName: string
  description: string
  class: string
  icon: string
  sizes: Readonly<Record<string, Size>>
  /** What a size's pages can be; a size on 1 GiB pages is named so where there is a choice. */
  hugepages?: readonly ('2Mi' | '1Gi')[]
  /** Everything of the spec but the size. */
  cpu?: Partial<InstancetypeSpec['cpu']>
  /** A machine has as many sockets as its size says, and is given no more later. */
  fixedSockets?: boolean
  memory?: Partial<InstancetypeSpec['memory']>
  rest?: Partial<InstancetypeSpec>
}

const general: Record<string, Size> = {
  nano: [1, '512Mi'],
  micro: [1, '1Gi'],
  small: [1, '2Gi'],
  medium: [1, '4Gi'],
  large: [2, '8Gi'],
  xlarge: [4, '16Gi'],
  '2xlarge': [8, '32Gi'],
  '4xlarge': [16, '64Gi'],
  '8xlarge': [32, '128Gi'],
}
const { nano: _nano, ...fromMicro } = general
const withTwoMedium: Record<string, Size> = { ...general, '2xmedium': [2, '4Gi'] }

const dedicated = { dedicatedCPUPlacement: true, isolateEmulatorThread: true }
const undisturbed = {
  'cpu-load-balancing.crio.io': 'disable',
  'cpu-quota.crio.io': 'disable',
  'irq-load-balancing.crio.io': 'disable',
}
const guestNuma = { guestMappingPassthrough: {} }

const series: Record<string, Series> = {
  u1: {
    displayName: 'General Purpose',
    description: 'Universal: a neutral share of processors and memory. Processors are shared with other machines.',
    class: 'general.purpose',
    icon: 'pficon-server-group',
    sizes: withTwoMedium,
  },
  o1: {
    displayName: 'Overcommitted',
    description: 'The universal series with overcommitted memory: half of it is asked of the node.',
    class: 'overcommitted',
    icon: 'pficon-virtual-machine',
    sizes: general,
    memory: { overcommitPercent: 50 },
  },
  d1: {
    displayName: 'Dedicated vCPU',
    description: 'Processors of its own for a machine whose performance is to be the same at all times.',
    class: 'dedicated.vcpu',
    icon: 'pficon-server-group',
    sizes: withTwoMedium,
    cpu: dedicated,
    rest: { ioThreadsPolicy: 'auto' },
  },
  cx1: {
    displayName: 'Compute Exclusive',
    description:
      'Processors of its own, on huge pages and with the NUMA topology of the host, for machines that compute. Needs dedicated processors and huge pages on the node.',
    class: 'compute.exclusive',
    icon: 'pficon-registry',
    sizes: {
      medium: [1, '2Gi'],
      large: [2, '4Gi'],
      xlarge: [4, '8Gi'],
      '2xlarge': [8, '16Gi'],
      '4xlarge': [16, '32Gi'],
      '8xlarge': [32, '64Gi'],
    },
    hugepages: ['2Mi', '1Gi'],
    cpu: { ...dedicated, numa: guestNuma },
    fixedSockets: true,
    rest: { ioThreadsPolicy: 'auto' },
  },
  m1: {
    displayName: 'Memory Intensive',
    description: 'Much memory for each processor, on huge pages.',
    class: 'memory.intensive',
    icon: 'fa-memory',
    sizes: {
      large: [2, '16Gi'],
      xlarge: [4, '32Gi'],
      '2xlarge': [8, '64Gi'],
      '4xlarge': [16, '128Gi'],
      '8xlarge': [32, '256Gi'],
    },
    hugepages: ['2Mi', '1Gi'],
  },
  n1: {
    displayName: 'Network',
    description: 'For machines that move packets with DPDK. Needs nodes set up for that.',
    class: 'network',
    icon: 'pficon-network',
    sizes: {
      medium: [4, '4Gi'],
      large: [4, '8Gi'],
      xlarge: [8, '16Gi'],
      '2xlarge': [16, '32Gi'],
      '4xlarge': [32, '64Gi'],
      '8xlarge': [64, '128Gi'],
    },
    hugepages: ['1Gi'],
    cpu: dedicated,
    rest: { annotations: undisturbed },
  },
  rt1: {
    displayName: 'Realtime',
    description: 'For realtime applications. Needs nodes that can run them.',
    class: 'realtime',
    icon: 'pficon-server-group',
    sizes: fromMicro,
    hugepages: ['1Gi'],
    cpu: { ...dedicated, numa: guestNuma, realtime: {} },
    rest: { annotations: undisturbed },
  },
}

/** All of them, in the order of the table. */
export function commonInstancetypes(): Instancetype[] {
  return Object.entries(series).flatMap(([name, one]) =>
    Object.entries(one.sizes).flatMap(([size, amount]) =>
      (one.hugepages ?? [undefined]).map((pageSize) => {
        const chosen = (one.hugepages ?? []).length > 1 && pageSize === '1Gi'
        return instancetype(one, { name, size: chosen ? `${size}1gi` : size, amount, pageSize })
      }),
    ),
  )
}

function instancetype(
  one: Series,
  {
    name,
    size,
    amount: [guest, memory],
    pageSize,
  }: { name: string; size: string; amount: Size; pageSize: string | undefined },
): Instancetype {
  return {
    apiVersion: 'instancetype.kubevirt.io/v1beta1',
    kind: 'VirtualMachineClusterInstancetype',
    metadata: {
      name: `${name}.${size}`,
      labels: commonLabels({
        class: one.class,
        cpu: guest,
        memory,
        size,
        version: 1,
        'icon-pf': one.icon,
        hugepages: pageSize,
        dedicatedCPUPlacement: one.cpu?.dedicatedCPUPlacement,
        isolateEmulatorThread: one.cpu?.isolateEmulatorThread,
        numa: one.cpu?.numa !== undefined,
        realtime: one.cpu?.realtime !== undefined,
      }),
      annotations: {
        'instancetype.kubevirt.io/displayName': one.displayName,
        'instancetype.kubevirt.io/description': one.description,
      },
    },
    spec: {
      ...one.rest,
      cpu: { guest, ...one.cpu, ...(one.fixedSockets === true ? { maxSockets: guest } : {}) },
      memory: { guest: memory, ...one.memory, ...(pageSize === undefined ? {} : { hugepages: { pageSize } }) },
    },
  }
}
