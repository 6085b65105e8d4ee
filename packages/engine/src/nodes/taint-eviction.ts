/**
 * Taints with the effect NoExecute end the pods that do not tolerate them, and those that do when their time is over; a machine follows its
 * pod. Source: Kubernetes' taint-eviction controller. KubeVirt's drain taint needs nothing of this kind: it keeps new machines off, and only
 * moves those that can be moved.
 */

import type { Toleration } from '@berth/api'
import { createController, keyOf, parseKey, pods, type Controller, type EventRecorder, type Pod } from '@berth/kube'
import { StatusError } from '@berth/meta'
import { toleratedSeconds } from '../instances/placement/taints.ts'
import type { EngineServices } from '../services.ts'

/** A timer of Node takes no longer time than 24 days for a long one. */
const longestMs = 24 * 3600 * 1000

export function createTaintEvictionController(
  { client, informers, clock, runtime }: EngineServices,
  events: EventRecorder,
): Controller {
  /** When a pod's time began, in milliseconds: as in Kubernetes, an engine that starts anew begins anew. */
  const since = new Map<string, { uid: string; began: number }>()

  async function reconcile(key: string): Promise<{ requeueAfterMs: number } | undefined> {
    const { namespace, name } = parseKey(key)
    const pod = informers.pods.get(namespace, name)
    if (pod === undefined || isEnding(pod)) {
      since.delete(key)
      return undefined
    }
    const node = informers.nodes.get(undefined, pod.spec.nodeName ?? '')
    const seconds = node === undefined ? 'always' : toleratedSeconds(node, tolerationsOf(pod))
    if (seconds === 'always') {
      if (since.delete(key)) record(pod, 'Cancelling deletion of Pod')
      return undefined
    }
    const uid = pod.metadata.uid ?? ''
    const now = clock.now().getTime()
    const known = since.get(key)
    const { began } = known?.uid === uid ? known : { began: now }
    since.set(key, { uid, began })
    const left = began + seconds * 1000 - now
    if (left > 0) return { requeueAfterMs: Math.min(left, longestMs) }
    record(pod, 'Marking for deletion Pod')
    since.delete(key)
    await remove(pod)
    return undefined
  }

  function record(pod: Readonly<Pod>, what: string): void {
    events.record(pod, { type: 'Normal', reason: 'TaintManagerEviction', message: `${what} ${keyOf(pod)}` })
  }

  /** Gracefully, and that pod only: one of its name may have come since. */
  async function remove({ metadata }: Readonly<Pod>): Promise<void> {
    const { namespace = '', name = '', uid } = metadata
    try {
      await client.delete(pods, { namespace, name }, uid === undefined ? {} : { preconditions: { uid } })
    } catch (error) {
      if (!(error instanceof StatusError && (error.code === 'NotFound' || error.code === 'Conflict'))) throw error
    }
  }

  return createController({
    name: 'taint-eviction',
    reconcile,
    watches: [
      { informer: informers.pods },
      {
        informer: informers.nodes,
        keys: ({ metadata }) =>
          informers.pods
            .list()
            .filter(({ spec }) => spec.nodeName === metadata.name)
            .map(keyOf),
      },
    ],
    ...runtime,
  })
}

function isEnding({ metadata, status }: Readonly<Pod>): boolean {
  return metadata.deletionTimestamp !== undefined || status?.phase === 'Succeeded' || status?.phase === 'Failed'
}

function tolerationsOf({ spec }: Readonly<Pod>): Toleration[] | undefined {
  // The API has vouched for the shape.
  return spec['tolerations'] as Toleration[] | undefined
}
