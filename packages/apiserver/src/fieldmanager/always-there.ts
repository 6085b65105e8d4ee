/**
 * What an object of a kind consists of before anybody has said anything: Go writes the members of a type that are no pointers always,
 * so nobody is recorded for their being there. Other members of built-in kinds, and all members of custom kinds, are somebody's.
 */

import { deepClone, type JsonObject } from '@berth/meta'
import type { ResourceDefinition } from '../resource/definition.ts'

/** A list without items is null. */
const template: JsonObject = { metadata: {}, spec: { containers: null } }

const members: Record<string, JsonObject> = {
  CustomResourceDefinition: { spec: { names: {} } },
  DaemonSet: { spec: { template, updateStrategy: {} } },
  Deployment: { spec: { strategy: {}, template } },
  Event: { source: {} },
  PersistentVolumeClaim: { spec: { resources: {} } },
  Pod: { spec: { containers: null } },
  ReplicaSet: { spec: { template } },
  StatefulSet: { spec: { template, updateStrategy: {} } },
}

const ordinary: JsonObject = { spec: {} }

export function alwaysThere(definition: Pick<ResourceDefinition, 'kind' | 'strategicMerge'>): JsonObject {
  if (definition.strategicMerge !== true) return { metadata: {} }
  const own = Object.hasOwn(members, definition.kind) ? members[definition.kind] : undefined
  // A copy: the caller adds what else is nobody's.
  return deepClone({ metadata: {}, ...ordinary, ...own })
}
