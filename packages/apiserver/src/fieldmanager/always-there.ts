/**
 * What an object of a kind consists of before anybody has said anything: Go writes the members of a type that are no pointers always,
 * so nobody is recorded for their being there. Other members of built-in kinds, and all members of custom kinds, are somebody's.
 */

import type { JsonObject } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'

const members: Record<string, JsonObject> = {
  Event: { source: {} },
  PersistentVolumeClaim: { spec: { resources: {} } },
  DaemonSet: { spec: { template: { metadata: {}, spec: {} }, updateStrategy: {} } },
  Deployment: { spec: { strategy: {}, template: { metadata: {}, spec: {} } } },
  ReplicaSet: { spec: { template: { metadata: {}, spec: {} } } },
  StatefulSet: { spec: { template: { metadata: {}, spec: {} }, updateStrategy: {} } },
  CustomResourceDefinition: { spec: { names: {} } },
}

const ordinary: JsonObject = { spec: {} }

export function alwaysThere(definition: Pick<ResourceDefinition, 'kind' | 'strategicMerge'>): JsonObject {
  if (definition.strategicMerge !== true) return { metadata: {} }
  return { metadata: {}, ...ordinary, ...(Object.hasOwn(members, definition.kind) ? members[definition.kind] : {}) }
}
