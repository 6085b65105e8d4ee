/** What running machines use, under the names KubeVirt's metrics have. Machines are asked when somebody reads the metrics. */

import type { ServerMetrics } from '@berth/apiserver'
import type { Clock } from '@berth/base'
import type { VirtualMachineInstance } from '@berth/api'
import type { Domain, DomainMetrics, Driver, GuestTraffic } from '@berth/hypervisor'
import { isFrozen } from '../instances/guest/freeze.ts'

type Labels = Record<string, string>
type Memory = NonNullable<DomainMetrics['guestMemory']>

export interface UsageSources {
  driver: Pick<Driver, 'list'>
  instanceOf: (id: string) => Readonly<VirtualMachineInstance> | undefined
  clock: Clock
}

interface Sample {
  labels: Labels
  metrics: DomainMetrics
  /** By the instance's own names of its interfaces; empty without an agent, because user-mode networks count nothing. */
  traffic: Readonly<Record<string, GuestTraffic>>
}

/** Many who read at once, and the many numbers of one reading, ask each machine once. */
const keptMs = 1000
/** A machine that says nothing for so long is left out: it must not keep the others from being told. */
const patienceMs = 1000
/** Asked at the same time. */
const atOnce = 8

const simple: Record<string, { help: string; value: (sample: Sample) => number | undefined }> = {
  kubevirt_vmi_cpu_usage_seconds_total: {
    help: 'Processor time of the machine.',
    value: ({ metrics }) => metrics.cpuSeconds,
  },
  kubevirt_vmi_memory_resident_bytes: {
    help: 'Memory of the host that the machine uses.',
    value: ({ metrics }) => metrics.residentBytes,
  },
  kubevirt_vmi_memory_available_bytes: { help: 'What the guest counts as its memory.', value: memory('totalBytes') },
  kubevirt_vmi_memory_unused_bytes: { help: 'Memory the guest uses for nothing.', value: memory('freeBytes') },
  kubevirt_vmi_memory_usable_bytes: {
    help: 'Memory that programs of the guest could have without swapping.',
    value: memory('availableBytes'),
  },
  kubevirt_vmi_memory_cached_bytes: { help: "The guest's caches.", value: memory('cachedBytes') },
  kubevirt_vmi_memory_swap_in_traffic_bytes: { help: 'Swapped in by the guest.', value: memory('swappedInBytes') },
  kubevirt_vmi_memory_swap_out_traffic_bytes: { help: 'Swapped out by the guest.', value: memory('swappedOutBytes') },
  kubevirt_vmi_memory_pgmajfault_total: { help: 'Major page faults of the guest.', value: memory('majorFaults') },
  kubevirt_vmi_memory_pgminfault_total: { help: 'Minor page faults of the guest.', value: memory('minorFaults') },
}

const perDrive: Record<string, { help: string; field: keyof DomainMetrics['disks'][string] }> = {
  kubevirt_vmi_storage_iops_read_total: { help: 'Reads.', field: 'reads' },
  kubevirt_vmi_storage_iops_write_total: { help: 'Writes.', field: 'writes' },
  kubevirt_vmi_storage_read_traffic_bytes_total: { help: 'Bytes read.', field: 'readBytes' },
  kubevirt_vmi_storage_write_traffic_bytes_total: { help: 'Bytes written.', field: 'writtenBytes' },
  kubevirt_vmi_storage_read_times_seconds_total: { help: 'How long reads took, all together.', field: 'readSeconds' },
  kubevirt_vmi_storage_write_times_seconds_total: {
    help: 'How long writes took, all together.',
    field: 'writeSeconds',
  },
  kubevirt_vmi_storage_flush_requests_total: { help: 'Flushes.', field: 'flushes' },
  kubevirt_vmi_storage_flush_times_seconds_total: {
    help: 'How long flushes took, all together.',
    field: 'flushSeconds',
  },
}

const perInterface: Record<
  string,
  { help: string; field: 'receivedBytes' | 'sentBytes' | 'receivedPackets' | 'sentPackets' }
> = {
  kubevirt_vmi_network_receive_bytes_total: { help: 'Bytes received.', field: 'receivedBytes' },
  kubevirt_vmi_network_transmit_bytes_total: { help: 'Bytes sent.', field: 'sentBytes' },
  kubevirt_vmi_network_receive_packets_total: { help: 'Packets received.', field: 'receivedPackets' },
  kubevirt_vmi_network_transmit_packets_total: { help: 'Packets sent.', field: 'sentPackets' },
}

export function reportUsage(metrics: Pick<ServerMetrics, 'report'>, sources: UsageSources): void {
  const samples = keptFor(keptMs, sources.clock, () => sampleAll(sources))
  const labelNames = ['node', 'namespace', 'name']
  for (const [name, { help, value }] of Object.entries(simple)) {
    metrics.report({
      name,
      help,
      labelNames,
      async values() {
        const all = await samples()
        return all.flatMap((sample): [Labels, number][] => {
          const found = value(sample)
          return found === undefined ? [] : [[sample.labels, found]]
        })
      },
    })
  }
  for (const [name, { help, field }] of Object.entries(perDrive)) {
    metrics.report({
      name,
      help,
      labelNames: [...labelNames, 'drive'],
      async values() {
        const all = await samples()
        return all.flatMap(({ labels, metrics: { disks } }) =>
          Object.entries(disks).flatMap(([drive, disk]): [Labels, number][] => {
            const counted = disk[field]
            return counted === undefined ? [] : [[{ ...labels, drive }, counted]]
          }),
        )
      },
    })
  }
  for (const [name, { help, field }] of Object.entries(perInterface)) {
    metrics.report({
      name,
      help,
      labelNames: [...labelNames, 'interface'],
      async values() {
        const all = await samples()
        return all.flatMap(({ labels, traffic }) =>
          Object.entries(traffic).map(([card, counted]): [Labels, number] => [
            { ...labels, interface: card },
            counted[field],
          ]),
        )
      },
    })
  }
}

/** A guest may say anything of its memory; a number of bytes is none below zero. */
function memory(field: keyof Memory): (sample: Sample) => number | undefined {
  return ({ metrics }) => {
    const value = metrics.guestMemory?.[field]
    return value === undefined || !Number.isFinite(value) || value < 0 ? undefined : value
  }
}

async function sampleAll({ driver, instanceOf, clock }: UsageSources): Promise<Sample[]> {
  const samples: Sample[] = []
  const left = driver.list().filter(({ status }) => status.state === 'running' || status.state === 'paused')
  const work = async (): Promise<void> => {
    for (let domain = left.pop(); domain !== undefined; domain = left.pop()) {
      const instance = instanceOf(domain.id)
      if (instance === undefined) continue
      const [metrics, carried] = await Promise.all([
        inTime(domain.metrics(), clock),
        hasCounters(domain, instance) ? inTime(domain.agent.traffic(), clock) : undefined,
      ])
      if (metrics === undefined) continue
      const { namespace = '', name = '' } = instance.metadata
      const labels = { node: instance.status?.nodeName ?? '', namespace, name }
      samples.push({ labels, metrics, traffic: byInterface(instance, carried ?? []) })
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return samples
}

/** Whether its agent can be asked: held file systems keep it from answering. */
function hasCounters({ status }: Domain, instance: Readonly<VirtualMachineInstance>): boolean {
  return status.state === 'running' && status.agentConnected && !isFrozen(instance)
}

/** Cards the guest made itself (bridges, tunnels) carry what these carry, and would count it twice. */
function byInterface(
  instance: Readonly<VirtualMachineInstance>,
  carried: readonly GuestTraffic[],
): Record<string, GuestTraffic> {
  const found = (instance.status?.interfaces ?? []).flatMap(({ name, mac }): [string, GuestTraffic][] => {
    const card = carried.find((each) => mac !== undefined && each.mac?.toLowerCase() === mac.toLowerCase())
    const sound = card !== undefined && Object.values(perInterface).every(({ field }) => isCount(card[field]))
    return name === undefined || !sound ? [] : [[name, card]]
  })
  return Object.fromEntries(found)
}

function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}

/** undefined from a machine that has just ended, or does not answer. */
async function inTime<T>(asked: Promise<T>, clock: Clock): Promise<T | undefined> {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const cancel = clock.after(patienceMs, () => resolve(undefined))
  try {
    return await Promise.race([asked, late])
  } catch {
    return undefined
  } finally {
    cancel()
  }
}

function keptFor<T>(ms: number, clock: Clock, make: () => Promise<T>): () => Promise<T> {
  let kept: { until: number; value: Promise<T> } | undefined
  return () => {
    const now = clock.now().getTime()
    if (kept === undefined || now >= kept.until) kept = { until: now + ms, value: make() }
    return kept.value
  }
}
