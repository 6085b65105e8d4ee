/** The event about an object whose owner lies in another namespace, where it owns nothing (Kubernetes' garbage collector). */

import { createHash } from 'node:crypto'
import { apiVersionOf, formatTime, type OwnerReference } from '@berth/meta'
import { servedVersionOf } from '../resource/traits.ts'
import type { GraphNode } from './owner-graph.ts'

export interface ForeignOwnerEvent {
  readonly metadata: { readonly name: string; readonly namespace: string }
  readonly [field: string]: unknown
}

/** The same name for the same object and owner, so that it is told once. */
export function foreignOwnerEvent(node: GraphNode, owner: OwnerReference, now: Date): ForeignOwnerEvent {
  const { definition, name, uid } = node
  const namespace = node.namespace ?? ''
  const at = formatTime(now)
  const tail = createHash('sha256').update(`${uid} ${owner.uid}`).digest('hex').slice(0, 16)
  const reference = `[${owner.apiVersion}/${owner.kind}, namespace: ${namespace}, name: ${owner.name}, uid: ${owner.uid}]`
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `${name.slice(0, 230)}.${tail}`, namespace: namespace === '' ? 'default' : namespace },
    type: 'Warning',
    reason: 'OwnerRefInvalidNamespace',
    message: `ownerRef ${reference} does not exist in namespace ${JSON.stringify(namespace)}`,
    involvedObject: {
      apiVersion: apiVersionOf({ group: definition.group, version: servedVersionOf(definition) }),
      kind: definition.kind,
      name,
      uid,
      ...(namespace === '' ? {} : { namespace }),
    },
    source: { component: 'garbage-collector-controller' },
    reportingComponent: 'garbage-collector-controller',
    firstTimestamp: at,
    lastTimestamp: at,
    count: 1,
  }
}
