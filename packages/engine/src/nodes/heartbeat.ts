/** Registers the nodes and renews their leases, as kubelets do. Nodes of an earlier `--nodes` that run nothing are removed. */

import { messageOf } from '@berth/base'
import { formatMicroTime, StatusError } from '@berth/meta'
import { leases, nodes, type Client, type Lease, type Node } from '@berth/kube'
import type { EngineServices } from '../services.ts'
import { isFinal } from '@berth/api'
import { nodeNames, nodeObject } from './node-objects.ts'
import { withoutProcessors } from './processor-labels.ts'

const renewEveryMs = 10_000
const leaseSeconds = 40
const leaseNamespace = 'kube-node-lease'

export async function registerNodes(
  services: EngineServices,
  { count, version }: { count: number; version: string },
): Promise<void> {
  const { client, driver, clock, informers } = services
  const names = nodeNames(count)
  for (const name of names) {
    await putNode(client, nodeObject({ name, count, capabilities: driver.capabilities(), version, now: clock.now() }))
  }
  for (const node of informers.nodes.list()) {
    const name = node.metadata.name ?? ''
    const busy = informers.instances.list().some((instance) => instance.status?.nodeName === name && !isFinal(instance))
    if (!names.includes(name) && !busy) await client.delete(nodes, { name })
  }
}

async function putNode(client: Client, wanted: Node): Promise<void> {
  const name = wanted.metadata.name ?? ''
  let node: Node
  try {
    const current = await client.get(nodes, { name })
    // What people set (labels, taints, cordons) stays; what an earlier engine said of the host may not be so any more.
    const labels = { ...withoutProcessors(current.metadata.labels), ...wanted.metadata.labels }
    const annotations = { ...current.metadata.annotations, ...wanted.metadata.annotations }
    node = await client.update(nodes, { ...current, metadata: { ...current.metadata, labels, annotations } })
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'NotFound')) throw error
    node = await client.create(nodes, wanted)
  }
  await client.updateStatus(nodes, { ...node, status: wanted.status })
}

/** Renews until the returned function is called. */
export function keepLeases(services: EngineServices, count: number): () => void {
  const { client, clock, logger } = services
  let cancel: () => void = () => {}
  let stopped = false
  const renew = async (): Promise<void> => {
    for (const name of nodeNames(count)) {
      try {
        await renewLease(client, name, clock.now())
      } catch (error) {
        logger.warn({ node: name, error: messageOf(error) }, 'node lease not renewed')
      }
    }
    if (!stopped) cancel = clock.after(renewEveryMs, () => void renew())
  }
  void renew()
  return () => {
    stopped = true
    cancel()
  }
}

async function renewLease(client: Client, name: string, now: Date): Promise<void> {
  const spec: Lease['spec'] = {
    holderIdentity: name,
    leaseDurationSeconds: leaseSeconds,
    renewTime: formatMicroTime(now),
  }
  try {
    await client.patch(leases, { namespace: leaseNamespace, name }, { type: 'merge', patch: { spec: { ...spec } } })
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'NotFound')) throw error
    await client.create(leases, {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { namespace: leaseNamespace, name },
      spec,
    })
  }
}
