/**
 * The structural schema that validation, pruning, defaulting, OpenAPI and `kubectl explain` all read.
 * It is the subset of JSON Schema that Kubernetes' CustomResourceDefinitions use.
 */

import type { Json } from './object.ts'

export interface Schema {
  type?: 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean'
  description?: string
  /** `int32`, `int64`, `double`, `date-time`, `byte`, `quantity` (resource.Quantity), `duration` (metav1.Duration). */
  format?: string
  /** A named definition instead of the schema itself; resolved through the schema set that holds it. */
  ref?: string
  properties?: Record<string, Schema>
  required?: string[]
  items?: Schema
  /** Values of a map (`Record<string, …>`); excludes `properties`. */
  additionalProperties?: Schema
  enum?: Json[]
  default?: Json
  nullable?: boolean
  minimum?: number
  maximum?: number
  minLength?: number
  maxLength?: number
  minItems?: number
  maxItems?: number
  pattern?: string
  /** x-kubernetes-int-or-string */
  intOrString?: boolean
  /** x-kubernetes-preserve-unknown-fields */
  preserveUnknownFields?: boolean
  /** x-kubernetes-embedded-resource */
  embeddedResource?: boolean
  /** x-kubernetes-list-type, for server-side apply and strategic merge patch of lists. */
  listType?: 'atomic' | 'set' | 'map'
  /** x-kubernetes-list-map-keys */
  listMapKeys?: string[]
  /** x-kubernetes-patch-strategy / patch-merge-key of built-in kinds (strategic merge patch). */
  patchStrategy?: 'merge' | 'replace' | 'merge,retainKeys' | 'retainKeys'
  patchMergeKey?: string
}

/** Named definitions, keyed as OpenAPI names them (`io.k8s.api.core.v1.Pod`). */
export type SchemaSet = Record<string, Schema>
