/** What was measured of a machine at one moment, and the rates between two moments. */

import type { MetricsSample } from '@berth/view'
import { readPoints } from './exposition.ts'

/** Counters since the machine's start, and what is the case now. Undefined: not measured. */
export interface Reading {
  /** Seconds of processors. */
  cpuSeconds?: number
  /** Processors in use, where the source works that out itself. */
  cpu?: number
  residentBytes?: number
  guestTotalBytes?: number
  guestUsableBytes?: number
  diskRead?: number
  diskWritten?: number
  diskReads?: number
  diskWrites?: number
  networkReceived?: number
  networkSent?: number
}

/** KubeVirt's names (reference of its metrics). Those with a label for a drive or an interface are summed. */
const fields: Readonly<Record<string, keyof Reading>> = {
  kubevirt_vmi_cpu_usage_seconds_total: 'cpuSeconds',
  kubevirt_vmi_memory_resident_bytes: 'residentBytes',
  kubevirt_vmi_memory_available_bytes: 'guestTotalBytes',
  kubevirt_vmi_memory_usable_bytes: 'guestUsableBytes',
  kubevirt_vmi_storage_read_traffic_bytes_total: 'diskRead',
  kubevirt_vmi_storage_write_traffic_bytes_total: 'diskWritten',
  kubevirt_vmi_storage_iops_read_total: 'diskReads',
  kubevirt_vmi_storage_iops_write_total: 'diskWrites',
  kubevirt_vmi_network_receive_bytes_total: 'networkReceived',
  kubevirt_vmi_network_transmit_bytes_total: 'networkSent',
}

/** Counters, of which the difference is a rate. */
const counters = ['diskRead', 'diskWritten', 'diskReads', 'diskWrites', 'networkReceived', 'networkSent'] as const

/** By `namespace/name`. */
export function readingsOf(text: string): Map<string, Reading> {
  const readings = new Map<string, Reading>()
  for (const { name, labels, value } of readPoints(text, 'kubevirt_vmi_')) {
    const field = fields[name]
    if (field === undefined) continue
    const key = `${labels.get('namespace') ?? ''}/${labels.get('name') ?? ''}`
    let reading = readings.get(key)
    if (reading === undefined) {
      reading = {}
      readings.set(key, reading)
    }
    reading[field] = (reading[field] ?? 0) + value
  }
  return readings
}

export interface Timed {
  time: number
  reading: Reading
}

/** Of the first reading, and after a restart of the machine (whose counters begin anew), only what is no rate. */
export function sampleBetween(before: Timed | undefined, now: Timed): MetricsSample {
  const sample: MetricsSample = { time: now.time }
  const memory = memoryOf(now.reading)
  if (memory.used !== undefined) sample.memoryUsed = memory.used
  if (memory.available !== undefined) sample.memoryAvailable = memory.available
  if (now.reading.cpu !== undefined) sample.cpu = now.reading.cpu
  const seconds = before === undefined ? 0 : (now.time - before.time) / 1000
  if (before === undefined || seconds <= 0) return sample
  const cpu = now.reading.cpu ?? rate(before.reading.cpuSeconds, now.reading.cpuSeconds, seconds)
  if (cpu === 'restarted') return sample
  if (cpu !== undefined) sample.cpu = cpu
  for (const field of counters) {
    const value = rate(before.reading[field], now.reading[field], seconds)
    if (typeof value === 'number') sample[field] = value
  }
  return sample
}

function rate(before: number | undefined, now: number | undefined, seconds: number): number | 'restarted' | undefined {
  if (before === undefined || now === undefined) return undefined
  return now < before ? 'restarted' : (now - before) / seconds
}

/** As the guest counts where it tells; otherwise what the host gives it. */
export function memoryOf({ guestTotalBytes, guestUsableBytes, residentBytes }: Reading): {
  used?: number
  available?: number
} {
  if (guestTotalBytes !== undefined && guestUsableBytes !== undefined) {
    return { used: Math.max(0, guestTotalBytes - guestUsableBytes), available: guestTotalBytes }
  }
  return residentBytes === undefined ? {} : { used: residentBytes }
}

/** What a source does not measure of a machine, for people. */
export function missingOf(reading: Reading): { what: string; why: string }[] {
  const missing: { what: string; why: string }[] = []
  if (reading.guestUsableBytes === undefined && reading.residentBytes !== undefined) {
    missing.push({
      what: 'guest-memory',
      why: 'The guest does not tell what it uses of its memory; what the host gives it is shown.',
    })
  }
  if (reading.networkReceived === undefined) {
    missing.push({ what: 'network', why: 'Nobody counts its traffic: the guest agent, which would, is not connected.' })
  }
  if (reading.diskRead === undefined) missing.push({ what: 'disk', why: 'This cluster does not measure disks.' })
  return missing
}
