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
  /** JSON Schema draft 4: `minimum` itself is not allowed. */
  exclusiveMinimum?: boolean
  exclusiveMaximum?: boolean
  multipleOf?: number
  minProperties?: number
  maxProperties?: number
  uniqueItems?: boolean
  title?: string
  /** Value validations only: structural schemas declare members outside of these. */
  allOf?: Schema[]
  anyOf?: Schema[]
  oneOf?: Schema[]
  not?: Schema
  /** x-kubernetes-validations */
  validations?: ValidationRule[]
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
  /** x-kubernetes-map-type: an `atomic` object is owned and replaced as a whole by server-side apply. */
  mapType?: 'granular' | 'atomic'
  /** x-kubernetes-patch-strategy / patch-merge-key of built-in kinds (strategic merge patch). */
  patchStrategy?: 'merge' | 'replace' | 'merge,retainKeys' | 'retainKeys'
  patchMergeKey?: string
}

/** One entry of x-kubernetes-validations (apiextensions.k8s.io/v1 ValidationRule). */
export interface ValidationRule {
  /** CEL over `self` (and `oldSelf` in a transition rule). */
  rule: string
  message?: string
  /** CEL that gives the message. */
  messageExpression?: string
  /** `FieldValueInvalid` unless given. */
  reason?: 'FieldValueInvalid' | 'FieldValueForbidden' | 'FieldValueRequired' | 'FieldValueDuplicate'
  /** Relative path of the field the failure is about: `.spec.size`. */
  fieldPath?: string
  /** A transition rule that also runs when there is no old value (`oldSelf` is then an optional). */
  optionalOldSelf?: boolean
}

/** Named definitions, keyed as OpenAPI names them (`io.k8s.api.core.v1.Pod`). */
export type SchemaSet = Record<string, Schema>
