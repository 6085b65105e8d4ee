/** CustomResourceDefinition (apiextensions.k8s.io/v1) as the rest of this folder reads it; its own defaults have filled every list. */

import { isJsonObject, type Json, type JsonObject, type KubeObject, type ObjectMeta } from '@berth/meta'
import type { ScalePaths } from '../resource/definition.ts'

/** JSONSchemaProps: looked at by member, because clients may send anything there. */
export type Props = JsonObject

export interface CrdNames {
  plural: string
  singular?: string
  kind: string
  listKind?: string
  shortNames?: string[]
  categories?: string[]
}

export interface CrdColumn {
  name: string
  type: string
  format?: string
  description?: string
  priority?: number
  jsonPath: string
}

export interface CrdVersion {
  name: string
  served: boolean
  storage: boolean
  deprecated?: boolean
  deprecationWarning?: string
  schema?: { openAPIV3Schema?: Props }
  subresources?: { status?: JsonObject; scale?: ScalePaths }
  additionalPrinterColumns?: CrdColumn[]
  selectableFields?: { jsonPath: string }[]
}

export interface CrdSpec {
  group: string
  scope: string
  names: CrdNames
  versions: CrdVersion[]
  conversion?: { strategy: string; webhook?: JsonObject }
  preserveUnknownFields?: boolean
}

export interface CrdCondition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  lastTransitionTime: string
  reason: string
  message: string
}

export interface CrdStatus {
  conditions?: CrdCondition[]
  acceptedNames?: CrdNames
  storedVersions?: string[]
}

export interface Crd {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  spec: CrdSpec
  status?: CrdStatus
}

export const crdGroup = 'apiextensions.k8s.io'
export const crdCollection = `${crdGroup}/customresourcedefinitions`
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io'
export const approvalAnnotation = 'api-approved.kubernetes.io'

/** An object of the kind, once its schema vouches for its shape. */
export function asCrd(object: KubeObject & JsonObject): Crd {
  // The shape is what the kind's schema and defaults have made sure of.
  return object as unknown as Crd
}

export function conditionOf(crd: Crd, type: string): CrdCondition | undefined {
  return crd.status?.conditions?.find((each) => each.type === type)
}

export function isTrue(crd: Crd, type: string): boolean {
  return conditionOf(crd, type)?.status === 'True'
}

export function storageVersion(spec: CrdSpec): string | undefined {
  return spec.versions.find((version) => version.storage)?.name
}

/** A member that is a schema. */
export function propsAt(props: Props, key: string): Props | undefined {
  const value: Json | undefined = Object.hasOwn(props, key) ? props[key] : undefined
  return isJsonObject(value) ? value : undefined
}

/** The schemas in a list member (`allOf`). */
export function propsList(props: Props, key: string): Props[] {
  const value = props[key]
  return Array.isArray(value) ? value.filter((each) => isJsonObject(each)) : []
}

/** The schemas in a map member (`properties`), in order of their names, so that answers do not depend on how it was sent. */
export function propsMap(props: Props, key: string): [string, Props][] {
  const value = propsAt(props, key)
  if (value === undefined) return []
  return Object.entries(value).flatMap(([name, each]) => (isJsonObject(each) ? [[name, each] as [string, Props]] : []))
}

export function textOf(props: Props, key: string): string {
  const value = props[key]
  return typeof value === 'string' ? value : ''
}

export function textsOf(props: Props, key: string): string[] {
  const value = props[key]
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}

/** The schemas directly below a schema. */
export function childrenOf(props: Props): Props[] {
  const single = ['items', 'additionalProperties', 'not'].map((key) => propsAt(props, key))
  return [
    ...single.filter((each) => each !== undefined),
    ...['allOf', 'anyOf', 'oneOf'].flatMap((key) => propsList(props, key)),
    ...propsMap(props, 'properties').map(([, each]) => each),
  ]
}
