/** Where measured values of a cluster come from. */

import { readText, statusErrorOf, type Client } from '@berth/kube'
import { isJsonObject, parseQuantity, quantityToNumber, type Json } from '@berth/meta'
import type { Cluster } from '../clusters/cluster.ts'
import { readingsOf, type Reading } from './reading.ts'

/** A text of more than that is no scrape of one engine. */
const maxTextLength = 96 * 1024 * 1024

/** KubeVirt's numbers of every machine at once, as the server of the API itself counts them. @throws {StatusError | ClientError} */
export async function scrapeEngine(client: Client, signal: AbortSignal): Promise<Map<string, Reading>> {
  const response = await client.transport.request({ method: 'GET', path: '/metrics', signal })
  const text = await readText(response)
  if (response.code !== 200) throw statusErrorOf(response.code, text)
  return readingsOf(text.slice(0, maxTextLength))
}

/** Processor and memory of one machine's pod from the cluster's resource metrics. @throws {StatusError | ClientError} */
export async function readResourceMetrics(
  client: Client,
  { namespace, name }: { namespace: string; name: string },
  signal: AbortSignal,
): Promise<Reading | undefined> {
  const selector = new URLSearchParams({ labelSelector: `vm.kubevirt.io/name=${name}` })
  const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${encodeURIComponent(namespace)}/pods?${selector.toString()}`
  const answer = await client.raw({ method: 'GET', path, signal })
  const items = isJsonObject(answer) && Array.isArray(answer['items']) ? answer['items'] : []
  const containers = items.flatMap((item) =>
    isJsonObject(item) && Array.isArray(item['containers']) ? item['containers'] : [],
  )
  // The guest runs in this one; others of the pod are helpers.
  const compute = containers.find((container) => isJsonObject(container) && container['name'] === 'compute')
  const usage = isJsonObject(compute) ? compute['usage'] : undefined
  if (!isJsonObject(usage)) return undefined
  const cpu = amount(usage['cpu'])
  const memory = amount(usage['memory'])
  return {
    ...(cpu === undefined ? {} : { cpu }),
    ...(memory === undefined ? {} : { residentBytes: memory }),
  }
}

function amount(value: Json | undefined): number | undefined {
  if (typeof value !== 'string') return undefined
  try {
    return quantityToNumber(parseQuantity(value))
  } catch {
    // Another server's words for a number: there is none.
    return undefined
  }
}

/** One scrape serves everybody there; elsewhere each reader asks for one machine with their own rights. */
export function sharedClient(cluster: Cluster): Client | undefined {
  return cluster.kind === 'engine' ? cluster.service : undefined
}
