/** An object as autoscaling/v1 Scale shows it: three of its fields, and who owns the one that can be written. */

import { getPath, setPath, type JsonObject } from '@berth/meta'
import { difference, intersection, isEmptySet, type FieldSet } from '../fieldmanager/field-set.ts'
import { changedEntry, identityOf, withoutEmpty, type ManagerEntry, type Managers } from '../fieldmanager/managers.ts'
import type { Write } from '../fieldmanager/write.ts'
import type { ResourceDefinition, ScalePaths } from '../resource/definition.ts'
import type { ApiObject } from './api-object.ts'

export const scaleVersion = 'autoscaling/v1'
const count = { type: 'integer', format: 'int32' } as const

/** What reading a Scale needs to know of it. */
export const scaleDefinition: ResourceDefinition = {
  group: 'autoscaling',
  versions: [{ name: 'v1' }],
  kind: 'Scale',
  resource: 'scales',
  singular: 'scale',
  namespaced: true,
  schemaName: 'io.k8s.api.autoscaling.v1.Scale',
  strategicMerge: true,
  schema: {
    type: 'object',
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object', preserveUnknownFields: true },
      spec: { type: 'object', properties: { replicas: count } },
      status: { type: 'object', properties: { replicas: count, selector: { type: 'string' } } },
    },
  },
}

/** Stands for replicas that were never set; a write that leaves them so is refused (apiextensions). */
const unset = -(2 ** 31)

const stepsOf = (path: string): string[] => path.split('.').slice(1)

export function scaleOf(paths: ScalePaths, object: ApiObject): ApiObject {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata
  const replicas = (path: string): number => {
    const value = getPath(object, stepsOf(path))
    return typeof value === 'number' ? Math.trunc(value) : 0
  }
  const selectorPath = paths.labelSelectorPath ?? ''
  const selector = selectorPath === '' ? undefined : getPath(object, stepsOf(selectorPath))
  const metadata: JsonObject = {}
  for (const [key, value] of Object.entries({ name, namespace, uid, resourceVersion, creationTimestamp })) {
    if (value !== undefined) metadata[key] = value
  }
  return {
    kind: 'Scale',
    apiVersion: scaleVersion,
    metadata,
    spec: { replicas: replicas(paths.specReplicasPath) },
    status: {
      replicas: replicas(paths.statusReplicasPath),
      ...(typeof selector === 'string' && selector !== '' ? { selector } : {}),
    },
  }
}

/** The scale a change starts from, which tells replicas that were never set from zero. */
export function scaleToChange(paths: ScalePaths, object: ApiObject): ApiObject {
  const scale = scaleOf(paths, object)
  const isSet = getPath(object, stepsOf(paths.specReplicasPath)) !== undefined
  if (!isSet) scale['spec'] = { replicas: unset }
  return scale
}

/** Undefined when they were never set, and the change does not set them. */
export function replicasOf(scale: ApiObject): number | undefined {
  const value = getPath(scale, ['spec', 'replicas'])
  const replicas = typeof value === 'number' ? value : 0
  return replicas === unset ? undefined : replicas
}

export interface Wanted {
  replicas: number
  /** Those a client names, which must be the object's. */
  resourceVersion: string | undefined
  uid: string | undefined
}

/** A copy of the object with the replicas, and what a client knows the object by. */
export function scaled(paths: ScalePaths, object: ApiObject, { replicas, resourceVersion, uid }: Wanted): ApiObject {
  const next = structuredClone(object)
  setPath(next, stepsOf(paths.specReplicasPath), replicas)
  delete next.metadata.resourceVersion
  if (resourceVersion !== undefined) next.metadata.resourceVersion = resourceVersion
  if (uid !== undefined) next.metadata.uid = uid
  return next
}

const ownField: FieldSet = { 'f:spec': { 'f:replicas': {} } }

function fieldAt(path: string): FieldSet {
  return stepsOf(path).reduceRight<FieldSet>((inner, step) => ({ [`f:${step}`]: inner }), {})
}

/** Those who own the replicas of the object, as owners of the scale. */
export function scaleOwners({ specReplicasPath }: ScalePaths, managers: Managers): Managers {
  const field = fieldAt(specReplicasPath)
  const owners = [...managers.values()].filter((entry) => !isEmptySet(intersection(entry.fields, field)))
  return new Map(owners.map((entry) => inScale(entry)).map((entry) => [identityOf(entry), entry]))
}

function inScale(entry: ManagerEntry): ManagerEntry {
  return { ...changedEntry(entry, { fields: ownField }), apiVersion: scaleVersion }
}

/**
 * The owners of the object once those of its scale have changed.
 * @param write of the object, for the scale
 */
export function ownersAfterScale(
  { specReplicasPath }: ScalePaths,
  { managers, scale, write }: { managers: Managers; scale: Managers; write: Write },
): Managers {
  const field = fieldAt(specReplicasPath)
  const result = new Map<string, ManagerEntry>()
  for (const [key, entry] of managers) {
    const keeps = scale.has(identityOf(inScale(entry))) || isEmptySet(intersection(entry.fields, field))
    result.set(key, keeps ? entry : changedEntry(entry, { fields: difference(entry.fields, field) }))
  }
  const { manager, apiVersion, subresource } = write
  const own = { manager, operation: 'Apply', apiVersion, subresource } as const
  const applied = scale.get(identityOf({ ...own, apiVersion: scaleVersion }))
  if (applied !== undefined && !isEmptySet(applied.fields)) {
    result.set(identityOf(own), { ...own, time: applied.time, fields: field })
  }
  return withoutEmpty(result)
}
