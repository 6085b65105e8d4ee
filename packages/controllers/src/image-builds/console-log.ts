/** Reads what the builder prints, from the log of its pod: the same on both backends. */

import type { VirtualMachineInstance } from '@berth/api'
import { openStream, pods, queryOf, type Client } from '@berth/kube'
import { StatusError } from '@berth/meta'

/** Kept of a log: its end. */
export const maxLogBytes = 256 * 1024
const maxLines = 4000

/** @returns undefined while there is none */
export async function consoleLog(
  client: Client,
  instance: Readonly<VirtualMachineInstance>,
): Promise<string | undefined> {
  const { namespace = '', uid = '' } = instance.metadata
  const { items } = await client.list(pods, { namespace, labelSelector: `kubevirt.io/created-by=${uid}` })
  const [pod] = items.toSorted((left, right) => ageOf(right) - ageOf(left))
  if (pod === undefined) return undefined
  const query = queryOf({ container: 'guest-console-log', tailLines: maxLines })
  const path = `/api/v1/namespaces/${namespace}/pods/${pod.metadata.name ?? ''}/log${query}`
  try {
    let log = Buffer.alloc(0)
    for await (const chunk of await openStream(client, { path })) {
      log = Buffer.concat([log, chunk])
      if (log.length > maxLogBytes) log = log.subarray(log.length - maxLogBytes)
    }
    return log.toString('utf8')
  } catch (error) {
    // The container has not begun, or its node is out of reach for a moment.
    if (error instanceof StatusError) return undefined
    throw error
  }
}

function ageOf({ metadata }: { metadata: { creationTimestamp?: string } }): number {
  return Date.parse(metadata.creationTimestamp ?? '') || 0
}
