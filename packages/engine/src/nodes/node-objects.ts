/** The nodes of this host. A node is a place that runs QEMU; `berth up --nodes 3` makes three on one host. */

import { hostname, cpus, release, totalmem } from 'node:os'
import type { HostCapabilities } from '@berth/hypervisor'
import { formatQuantity, formatTime, quantityFromBytes } from '@berth/meta'
import type { Condition, Node } from '@berth/kube'
import { processorLabels } from './processor-labels.ts'

const osReservedBytes = 256 * 1024 ** 2

export function nodeNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `node-${index + 1}`)
}

export interface NodeInput {
  name: string
  /** How many nodes share the host. */
  count: number
  capabilities: HostCapabilities
  version: string
  now: Date
}

export function nodeObject({ name, count, capabilities, version, now }: NodeInput): Node {
  const at = formatTime(now)
  const kvm = capabilities.acceleration === 'kvm'
  const pools = hugePageBytes(capabilities)
  const setAside = Object.values(pools).reduce((sum, bytes) => sum + bytes, 0)
  const memory = Math.floor((totalmem() - osReservedBytes - setAside) / count)
  const capacity = {
    cpu: String(cpus().length),
    memory: formatQuantity(quantityFromBytes(memory)),
    ...Object.fromEntries(Object.entries(pools).map(([name, bytes]) => [name, pageShare(name, bytes, count)])),
    pods: '1000',
    'devices.kubevirt.io/kvm': kvm ? '1000' : '0',
  }
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      labels: {
        'kubernetes.io/hostname': name,
        'kubernetes.io/arch': capabilities.architecture,
        'kubernetes.io/os': 'linux',
        'kubevirt.io/schedulable': 'true',
        ...processorLabels(capabilities),
        'berth.dev/acceleration': capabilities.acceleration,
        'node-role.kubernetes.io/control-plane': '',
      },
      annotations:
        capabilities.accelerationReason === undefined
          ? {}
          : { 'berth.dev/acceleration-reason': capabilities.accelerationReason },
    },
    status: {
      capacity,
      allocatable: capacity,
      addresses: [
        { type: 'InternalIP', address: '127.0.0.1' },
        { type: 'Hostname', address: hostname() },
      ],
      conditions: [
        ...nodeConditions(at, kvm ? undefined : capabilities.accelerationReason),
        ...limitsCondition(at, capabilities),
      ],
      nodeInfo: {
        architecture: capabilities.architecture,
        operatingSystem: 'linux',
        osImage: 'Berth host',
        kernelVersion: release(),
        kubeletVersion: version,
        kubeProxyVersion: version,
        containerRuntimeVersion: `qemu://${capabilities.version}`,
        machineID: '',
        systemUUID: '',
        bootID: '',
      },
    },
  }
}

/** Whether the kernel keeps machines within their limits. Nothing of simulated ones, which have none. */
function limitsCondition(at: string, { cgroup }: HostCapabilities): Condition[] {
  if (cgroup === undefined) return []
  const { controllers, missing } = cgroup
  return [
    {
      type: 'MachineLimits',
      status: missing === undefined ? 'True' : 'False',
      reason: missing === undefined ? 'ControlGroups' : 'ControllersMissing',
      message: `kept: ${controllers.join(', ') || 'none'}${missing === undefined ? '' : `; ${missing}`}`,
      lastHeartbeatTime: at,
      lastTransitionTime: at,
    },
  ]
}

const pageSizes = { 'hugepages-1Gi': 1024 ** 3, 'hugepages-2Mi': 2 * 1024 ** 2 } as const

/** Memory in huge pages, by Kubernetes' names for their sizes. */
function hugePageBytes({ compute }: HostCapabilities): Record<keyof typeof pageSizes, number> {
  const inPool = (size: number): number =>
    size * (compute?.hugePages.find(({ pageBytes }) => pageBytes === size)?.pages ?? 0)
  return { 'hugepages-1Gi': inPool(pageSizes['hugepages-1Gi']), 'hugepages-2Mi': inPool(pageSizes['hugepages-2Mi']) }
}

/** Whole pages. */
function pageShare(name: string, bytes: number, count: number): string {
  const size = name === 'hugepages-1Gi' ? pageSizes[name] : pageSizes['hugepages-2Mi']
  return formatQuantity(quantityFromBytes(Math.floor(bytes / size / count) * size))
}

function nodeConditions(at: string, emulated: string | undefined): Condition[] {
  const times = { lastHeartbeatTime: at, lastTransitionTime: at }
  const quiet = (type: string, reason: string): Condition => ({ type, status: 'False', reason, message: '', ...times })
  return [
    quiet('MemoryPressure', 'KubeletHasSufficientMemory'),
    quiet('DiskPressure', 'KubeletHasNoDiskPressure'),
    quiet('PIDPressure', 'KubeletHasSufficientPID'),
    {
      type: 'SoftwareEmulation',
      status: emulated === undefined ? 'False' : 'True',
      reason: emulated === undefined ? 'HardwareAcceleration' : 'NoKVM',
      message: emulated ?? 'KVM runs guests on this host',
      ...times,
    },
    {
      type: 'Ready',
      status: 'True',
      reason: 'EngineReady',
      message: 'the engine runs virtual machines here',
      ...times,
    },
  ]
}
