/** What a machine's pod asks of its namespace's quota and limits: the guest's memory and processors, and what running it costs. */

import type { ClusterConfiguration, QosClass, VirtualMachineInstance } from '@berth/api'
import { formatQuantity, quantityFromBytes, quantityToBytes } from '@berth/meta'
import { guestMemoryBytes } from './guest-memory.ts'

const mebibyte = 1024 * 1024
const millisPerCpu = 1000
/** What a cluster that is not configured asks for. */
const usual = { overheadRatio: 1, cpuAllocationRatio: 10, memoryOvercommit: 100 }
/** Of the processes beside the guest, and of each guest: KubeVirt's figures, so that a quota means the same on a cluster. */
const fixedMebibytes = 25 + 100 + 25 + 40 + 50 + 8
const graphicsMebibytes = 32
const tpmMebibytes = 53
const dedicatedMebibytes = 100
const commandProbesMebibytes = 100
const perCommandProbeMebibytes = 10
const perVcpuMebibytes = 8
/** Page tables: a part of the guest's memory. */
const pageTableShare = 512

export type PodResources = {
  requests: Record<string, string>
  limits?: Record<string, string>
}

/** What of the cluster's configuration changes the costs. */
export interface LauncherSettings {
  /** Of `additionalGuestMemoryOverheadRatio`. */
  overheadRatio: number
  /** How many processors of guests one of the host counts for. */
  cpuAllocationRatio: number
  /** Memory of guests in percent of what is asked for them. */
  memoryOvercommit: number
}

/** Of the configuration in force. */
export function launcherSettings(configuration: ClusterConfiguration): LauncherSettings {
  const { additionalGuestMemoryOverheadRatio, cpuAllocationRatio, memoryOvercommit } = configuration
  return { overheadRatio: additionalGuestMemoryOverheadRatio, cpuAllocationRatio, memoryOvercommit }
}

export function launcherResources(
  instance: Readonly<VirtualMachineInstance>,
  settings: LauncherSettings = usual,
): PodResources {
  const { resources = {}, cpu } = instance.spec.domain
  const { requests = {}, limits = {} } = resources
  const overhead = overheadBytes(instance, settings.overheadRatio)
  const huge = hugePages(instance)
  // Memory of huge pages is counted as huge pages.
  const guest = huge === undefined ? Math.ceil(guestMemoryBytes(instance)) : 0
  const asked = huge === undefined ? askedMemoryBytes(instance, settings) : 0
  const wanted = quantity(asked + (resources.overcommitGuestOverhead === true ? 0 : overhead))
  const own = cpu?.dedicatedCpuPlacement === true ? String(dedicatedProcessors(instance)) : undefined
  const most = own ?? limits['cpu']
  const capped: Record<string, string> = {
    ...(most === undefined ? {} : { cpu: most }),
    ...(limits['memory'] === undefined && own === undefined ? {} : { memory: quantity(guest + overhead) }),
    ...huge,
  }
  return {
    requests: {
      cpu:
        own ??
        requests['cpu'] ??
        limits['cpu'] ??
        `${Math.floor((vcpusOf(instance) * millisPerCpu) / settings.cpuAllocationRatio)}m`,
      memory: wanted,
      ...huge,
    },
    ...(Object.keys(capped).length === 0 ? {} : { limits: capped }),
  }
}

/** In bytes: what the machine says itself, else its guest's memory with the cluster's overcommitment. */
export function askedMemoryBytes(
  instance: Readonly<VirtualMachineInstance>,
  { memoryOvercommit }: Pick<LauncherSettings, 'memoryOvercommit'> = usual,
): number {
  const own = instance.spec.domain.resources?.requests?.['memory']
  const bytes = own === undefined ? 0 : quantityToBytes(own)
  return bytes > 0 ? bytes : Math.ceil((guestMemoryBytes(instance) * 100) / memoryOvercommit)
}

function quantity(bytes: number): string {
  return formatQuantity(quantityFromBytes(bytes))
}

/** The guest's memory under the name of its pages, as Kubernetes counts them. */
export function hugePages(instance: Readonly<VirtualMachineInstance>): Record<string, string> | undefined {
  const pageSize = instance.spec.domain.memory?.hugepages?.pageSize
  return pageSize === undefined ? undefined : { [`hugepages-${pageSize}`]: quantity(guestMemoryBytes(instance)) }
}

/** How many processors of the host the machine has for itself. */
export function dedicatedProcessors(instance: Readonly<VirtualMachineInstance>): number {
  const { cpu } = instance.spec.domain
  if (cpu?.dedicatedCpuPlacement !== true) return 0
  return vcpusOf(instance) + (cpu.isolateEmulatorThread === true ? 1 : 0)
}

/**
 * What running the machine takes beside the guest's own memory.
 * @param ratio of `additionalGuestMemoryOverheadRatio`
 */
export function overheadBytes(instance: Readonly<VirtualMachineInstance>, ratio = 1): number {
  const { domain, livenessProbe, readinessProbe } = instance.spec
  const { cpu, devices, memory } = domain
  const added = memory?.reservedOverhead?.addedOverhead
  const commands = [livenessProbe, readinessProbe].filter((probe) => probe?.exec !== undefined).length
  const processes =
    fixedMebibytes +
    perVcpuMebibytes * vcpusOf(instance) +
    (devices.autoattachGraphicsDevice === false ? 0 : graphicsMebibytes) +
    (devices.tpm === undefined ? 0 : tpmMebibytes) +
    (cpu?.dedicatedCpuPlacement === true ? dedicatedMebibytes : 0) +
    (commands === 0 ? 0 : commandProbesMebibytes + perCommandProbeMebibytes * commands)
  const bytes = Math.ceil((guestMemoryBytes(instance) / pageTableShare + processes * mebibyte) * ratio)
  return bytes + (added === undefined ? 0 : quantityToBytes(added))
}

/** Kubernetes' rule: Guaranteed where all that is asked for is also the limit. */
export function qosClassOf({ requests, limits = {} }: PodResources): QosClass {
  const guaranteed = ['cpu', 'memory'].every((name) => limits[name] !== undefined && limits[name] === requests[name])
  return guaranteed ? 'Guaranteed' : 'Burstable'
}

function vcpusOf({ spec }: Readonly<VirtualMachineInstance>): number {
  const { sockets = 1, cores = 1, threads = 1 } = spec.domain.cpu ?? {}
  return sockets * cores * threads
}
