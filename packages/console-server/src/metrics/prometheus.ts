/** Values of a machine over the last minutes from a deployment's Prometheus, which has read KubeVirt's numbers all along. */

import { messageOf } from '@berth/base'
import { readText, type Client } from '@berth/kube'
import { isJsonObject, type Json } from '@berth/meta'
import type { MetricsSample } from '@berth/view'
import { ConsoleError } from '../errors.ts'
import { memoryOf } from './reading.ts'
import type { Ring } from './sampler.ts'

/** Servers are read every 15 to 60 seconds, as a rule. */
export const stepMs = 15_000
const spanMs = 10 * 60_000
/** A rate needs two readings; this holds three of a server that is read every minute. */
const window = '3m'

type RateField = Exclude<keyof MetricsSample, 'time' | 'memoryUsed' | 'memoryAvailable'>
type LevelField = 'residentBytes' | 'guestTotalBytes' | 'guestUsableBytes'

/** KubeVirt's names (reference of its metrics), and the label of what a machine has several of. */
const rates: readonly { field: RateField; metric: string; each?: string }[] = [
  { field: 'cpu', metric: 'kubevirt_vmi_cpu_usage_seconds_total' },
  { field: 'diskRead', metric: 'kubevirt_vmi_storage_read_traffic_bytes_total', each: 'drive' },
  { field: 'diskWritten', metric: 'kubevirt_vmi_storage_write_traffic_bytes_total', each: 'drive' },
  { field: 'diskReads', metric: 'kubevirt_vmi_storage_iops_read_total', each: 'drive' },
  { field: 'diskWrites', metric: 'kubevirt_vmi_storage_iops_write_total', each: 'drive' },
  { field: 'networkReceived', metric: 'kubevirt_vmi_network_receive_bytes_total', each: 'interface' },
  { field: 'networkSent', metric: 'kubevirt_vmi_network_transmit_bytes_total', each: 'interface' },
]
const levels: readonly { field: LevelField; metric: string }[] = [
  { field: 'residentBytes', metric: 'kubevirt_vmi_memory_resident_bytes' },
  { field: 'guestTotalBytes', metric: 'kubevirt_vmi_memory_available_bytes' },
  { field: 'guestUsableBytes', metric: 'kubevirt_vmi_memory_usable_bytes' },
]

/**
 * All of it in one question; what is read by two servers, or on two hosts during a migration, counts once.
 * @param machine names of the API, which hold nothing that ends a text of PromQL
 */
export function questionOf(machine: { namespace: string; name: string }): string {
  const of = `{namespace=${JSON.stringify(machine.namespace)},name=${JSON.stringify(machine.name)}}`
  const named = (field: string, expression: string): string =>
    `label_replace(${expression}, "field", "${field}", "", "")`
  return [
    ...rates.map(({ field, metric, each }) => {
      const highest = `max by (${each ?? ''}) (rate(${metric}${of}[${window}]))`
      return named(field, `sum(${highest})`)
    }),
    ...levels.map(({ field, metric }) => named(field, `max(${metric}${of})`)),
  ].join(' or ')
}

/** @throws {ConsoleError} Unavailable with what Prometheus said; NotFound while it has nothing of the machine */
export async function askPrometheus(
  client: Client,
  machine: { namespace: string; name: string },
  { now, signal }: { now: number; signal: AbortSignal },
): Promise<Ring> {
  // Always the same moments, so that each new answer continues the one before.
  const end = Math.floor(now / stepMs) * stepMs
  const query = new URLSearchParams({
    query: questionOf(machine),
    start: String((end - spanMs) / 1000),
    end: String(end / 1000),
    step: String(stepMs / 1000),
  })
  const ring = ringOf(await answerTo(client, `/api/v1/query_range?${query.toString()}`, signal))
  if (ring === undefined) {
    throw new ConsoleError('NotFound', 'Prometheus has no values of this machine. It may not have read them yet.')
  }
  return ring
}

async function answerTo(client: Client, path: string, signal: AbortSignal): Promise<Json> {
  let code: number
  let text: string
  try {
    const response = await client.transport.request({ method: 'GET', path, signal })
    code = response.code
    text = await readText(response)
  } catch (error) {
    throw new ConsoleError('Unavailable', `Prometheus does not answer: ${messageOf(error)}`, { cause: error })
  }
  let answer: Json
  try {
    answer = JSON.parse(text) as Json // JSON.parse makes nothing else
  } catch (error) {
    throw new ConsoleError('Unavailable', `Prometheus answered ${code} with something that is not JSON`, {
      cause: error,
    })
  }
  if (isJsonObject(answer) && answer['status'] === 'success') return answer['data'] ?? null
  const said = isJsonObject(answer) ? (answer['error'] ?? answer['message']) : undefined
  throw new ConsoleError('Unavailable', `Prometheus answered ${code}${typeof said === 'string' ? `: ${said}` : ''}`)
}

/** Of `data` of a range query (Prometheus' HTTP API); what cannot be read is passed over. Undefined: there is nothing. */
export function ringOf(data: Json): Ring | undefined {
  const fields = new Set<string>([...rates, ...levels].map(({ field }) => field))
  const moments = new Map<number, Map<string, number>>()
  const result = isJsonObject(data) && Array.isArray(data['result']) ? data['result'] : []
  for (const series of result) {
    const { metric, values } = isJsonObject(series) ? series : {}
    const field = isJsonObject(metric) ? metric['field'] : undefined
    if (typeof field !== 'string' || !fields.has(field) || !Array.isArray(values)) continue
    for (const point of values) {
      const [seconds, text] = Array.isArray(point) ? point : []
      const value = typeof text === 'string' && text !== '' ? Number(text) : Number.NaN
      if (typeof seconds !== 'number' || !Number.isFinite(value)) continue
      const time = Math.round(seconds * 1000)
      const moment = moments.get(time) ?? new Map<string, number>()
      moments.set(time, moment.set(field, value))
    }
  }
  const ordered = [...moments].toSorted(([one], [other]) => one - other)
  const newest = ordered.at(-1)
  if (newest === undefined) return undefined
  const [time, last] = newest
  const samples = ordered.map(([at, moment]) => sampleOf(at, moment))
  const network = last.get('networkReceived')
  const disk = last.get('diskRead')
  const reading = {
    ...memoryLevels(last),
    ...(network === undefined ? {} : { networkReceived: network }),
    ...(disk === undefined ? {} : { diskRead: disk }),
  }
  return { samples, last: { time, reading } }
}

function sampleOf(time: number, moment: ReadonlyMap<string, number>): MetricsSample {
  const sample: MetricsSample = { time }
  for (const { field } of rates) {
    const value = moment.get(field)
    if (value !== undefined) sample[field] = value
  }
  const { used, available } = memoryOf(memoryLevels(moment))
  if (used !== undefined) sample.memoryUsed = used
  if (available !== undefined) sample.memoryAvailable = available
  return sample
}

function memoryLevels(moment: ReadonlyMap<string, number>): { [Field in LevelField]?: number } {
  const found: { [Field in LevelField]?: number } = {}
  for (const { field } of levels) {
    const value = moment.get(field)
    if (value !== undefined) found[field] = value
  }
  return found
}
