/**
 * A resource is declared, not coded: one `ResourceDefinition` gives the API server its paths, verbs, schema, tables and rules.
 * Registering a definition is all that is needed to serve a new kind.
 */

import type { Duplex } from 'node:stream'
import type { Json, JsonObject, KubeObject, NameKind, Schema, SchemaSet, StatusCause } from '@berth/meta'
import type { UserInfo } from '../auth/user.ts'

export interface PrinterColumn {
  name: string
  type: 'string' | 'integer' | 'number' | 'boolean' | 'date'
  /** As OpenAPI: `name` marks the primary column. */
  format?: string
  description?: string
  /** 0 is always shown, anything higher only with `-o wide`. */
  priority?: number
  /** A JSONPath like `.status.phase`, or a function where a path does not do. */
  value: string | ((object: KubeObject & JsonObject, now: Date) => Json)
}

/** What hooks and handlers know of the request being served. */
export interface RequestContext {
  readonly user: UserInfo
  readonly namespace: string | undefined
  readonly dryRun: boolean
  /** Adds a `Warning` header to the answer (shown by kubectl). */
  warn(text: string): void
  readonly now: Date
}

/**
 * Rules of a kind beyond its schema, in the order they run: `default` (mutates), `validate` (returns causes). They must be pure
 * with respect to the store except through what the definition closes over; `previous` is undefined on create.
 */
export interface ResourceRules {
  /** Fill defaults and derived fields before validation. */
  default?(
    object: KubeObject & JsonObject,
    previous: (KubeObject & JsonObject) | undefined,
    context: RequestContext,
  ): void | Promise<void>
  /** Every cause found; an empty list accepts. They become one 422 Invalid, worded by `meta`'s `invalid()`. */
  validate?(
    object: KubeObject & JsonObject,
    previous: (KubeObject & JsonObject) | undefined,
    context: RequestContext,
  ): StatusCause[] | Promise<StatusCause[]>
  /** What a write of the status may leave out and the object has all the same; `default` is not asked for those. */
  completeStatus?(object: KubeObject & JsonObject, previous: KubeObject & JsonObject): void
  /** As `validate`, for writes of the status, which no other rule looks at. */
  validateStatus?(object: KubeObject & JsonObject): StatusCause[] | Promise<StatusCause[]>
  /** Last word before a delete; throws a StatusError to refuse. */
  beforeDelete?(object: KubeObject & JsonObject, context: RequestContext): void | Promise<void>
  /** Deletion that takes more than removing `metadata.finalizers`. */
  deletion?: DeletionRules
}

export interface DeletionRules {
  /**
   * Seconds of grace, where the request may have asked for some. Over 0 the object stays, marked with `deletionTimestamp`, until it is deleted
   * again with 0 (pods).
   */
  graceSeconds?(object: KubeObject & JsonObject, asked: number | undefined): number
  /** Changes the object when its deletion begins (a namespace turns Terminating). */
  mark?(object: KubeObject & JsonObject): void
  /** True while something beyond `metadata.finalizers` keeps the object (a namespace's `spec.finalizers`). */
  held?(object: KubeObject & JsonObject): boolean
}

/** An HTTP-style answer of a subresource. `text` bodies go out as text/plain, `json` as application/json. */
export type SubresourceAnswer =
  | { kind: 'json'; code?: number; body: Json | object }
  | { kind: 'text'; code?: number; body: string }
  | { kind: 'bytes'; code?: number; contentType: string; body: Buffer }
  | { kind: 'empty'; code: number }
  /** An open-ended text stream (`kubectl logs -f`). */
  | { kind: 'stream'; contentType: string; body: AsyncIterable<Uint8Array> }
  /**
   * Upgrade to a WebSocket and hand over a byte stream: each write is one binary frame, reads are payloads of binary frames, with
   * back-pressure both ways. `end()` closes with code 1000, `endChannel` with any, `destroy()` cuts the TCP connection without a
   * close frame. With `messages` each message of the client is one chunk (object mode). `abandon` is called instead of `open` when
   * the handshake fails.
   */
  | {
      kind: 'upgrade'
      protocol: string
      messages?: boolean
      keepAliveMs?: number
      open(channel: Duplex): void
      abandon?(): void
    }

export interface SubresourceRequest extends RequestContext {
  readonly method: string
  /** API version of the path. */
  readonly version: string
  readonly name: string
  /** Path segments after the subresource's name: `portforward/22/tcp` gives `['22', 'tcp']`. */
  readonly rest: string[]
  readonly query: URLSearchParams
  /** Parsed JSON or YAML body; undefined when empty. */
  readonly body: Json | undefined
  /** Media type of the body, lower case, without parameters. */
  readonly contentType?: string
  /** As the client calls itself; fields are recorded under it. */
  readonly userAgent?: string
  /** True when the client asked for a protocol upgrade. */
  readonly upgrade: boolean
  /** Aborted when the client goes away. */
  readonly signal: AbortSignal
}

export interface Subresource {
  /** HTTP methods served; RBAC verbs follow from them (GET get, POST create, PUT update, PATCH patch, DELETE delete). */
  methods: ('GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE')[]
  /** Kind shown in discovery; the parent's when absent. */
  kind?: { group: string; version: string; kind: string }
  handle(request: SubresourceRequest): Promise<SubresourceAnswer>
}

/**
 * A subresource that writes a part of its object, the way all writes go: update, patch and apply, admission, owners of fields,
 * dry run. It shows the object itself.
 */
export interface PartSubresource {
  methods: ('GET' | 'PUT' | 'PATCH')[]
  kind?: undefined
  part: ObjectPart
}

export interface ObjectPart {
  /** A new object: `previous` with what this part may change, and metadata, taken from `object`. */
  merge(
    object: KubeObject & JsonObject,
    previous: KubeObject & JsonObject,
    context: RequestContext,
  ): KubeObject & JsonObject
  /** What an applied configuration can claim here: its members beside metadata. */
  claimed(config: JsonObject): JsonObject
  /**
   * Every cause to refuse what {@link merge} made, in place of the checks of the kind.
   * @throws {StatusError} Forbidden to who may not write this part so
   */
  check(
    object: KubeObject & JsonObject,
    previous: KubeObject & JsonObject,
    context: RequestContext & { schemas: SchemaSet },
  ): StatusCause[]
}

/** A subresource that shows three fields of its object as autoscaling/v1 Scale. */
export interface ScaleSubresource {
  methods: ('GET' | 'PUT' | 'PATCH')[]
  kind: { group: string; version: string; kind: string }
  scale: ScalePaths
}

/** Where a Scale's fields are: `.spec.replicas`. */
export interface ScalePaths {
  specReplicasPath: string
  statusReplicasPath: string
  labelSelectorPath?: string
}

/**
 * One version of a resource. What it leaves out is as the definition says; custom kinds describe each of their versions, and
 * whoever serves a request gets the definition as seen in its version (`resource/views.ts`).
 */
export interface ResourceVersionDefinition {
  name: string
  /** Served but discouraged: this text goes out as a warning. */
  deprecated?: string
  /** False for a version objects may lie in but no client can ask for. */
  served?: boolean
  schema?: Schema
  schemaName?: string
  columns?: PrinterColumn[]
  selectableFields?: Record<string, string | ((object: KubeObject & JsonObject) => string)>
  status?: boolean
  subresources?: Record<string, Subresource | PartSubresource | ScaleSubresource>
  check?: (write: InstanceWrite) => StatusCause[]
  document?: (openApi: 'v2' | 'v3') => JsonObject
}

/** A write that is to be checked. */
export interface InstanceWrite {
  object: KubeObject & JsonObject
  /** Undefined on create. */
  previous: (KubeObject & JsonObject) | undefined
  /** What the client writes: the object, or its status alone. */
  part: 'main' | 'status'
}

/** How stored objects become what a version shows, for kinds whose versions or schemas change while objects of them are stored. */
export interface StoredConversion {
  /** The stored bytes as clients of `version` see them: in that version, pruned and defaulted by its schema. */
  read(version: string, value: Buffer): Buffer
  /** Last change of an object in storage version before it is stored; drops what the storage version does not know. */
  beforeStore?(object: KubeObject & JsonObject): void
}

export interface ResourceDefinition {
  group: string
  /** First is the storage version, and the preferred one unless it is not served. */
  versions: ResourceVersionDefinition[]
  kind: string
  listKind?: string
  /** Plural, lower case. */
  resource: string
  singular: string
  shortNames?: string[]
  categories?: string[]
  namespaced: boolean
  /** The rule `metadata.name` follows; `dns1123Subdomain` unless given. */
  nameKind?: NameKind
  /** OpenAPI definition name per version is `<schemaName>`; its schema describes the whole object (spec, status, …). */
  schemaName: string
  /** `ref`s inside resolve through the server's SchemaSet. */
  schema: Schema
  /** Verbs served; all by default. A resource without storage (`tokenreviews`) lists only `create` and sets `create`. */
  verbs?: ('create' | 'get' | 'list' | 'watch' | 'update' | 'patch' | 'delete' | 'deletecollection')[]
  /**
   * `status` adds a /status subresource: main updates then ignore `.status`, status updates ignore everything else but
   * metadata's labels/annotations/finalizers rules of Kubernetes; `metadata.generation` counts changes outside metadata and status.
   */
  status?: boolean
  /** Whether `metadata.generation` counts its changes; follows from `status` unless given. */
  generation?: boolean
  /** True where whoever creates the object also says its status (nodes). */
  statusOnCreate?: boolean
  /** A delete answers with the object that went, not with a Status; Kubernetes' older kinds differ in this. */
  answersDeleted?: boolean
  /** Strategic merge patch is accepted (built-in kinds only; custom ones answer 415). */
  strategicMerge?: boolean
  /** False refuses updates that name no resourceVersion; built-in kinds take them and custom ones do not, unless this is given. */
  unconditionalUpdate?: boolean
  columns?: PrinterColumn[]
  /** Field selectors beyond metadata.name and metadata.namespace: selector path to value. */
  selectableFields?: Record<string, string | ((object: KubeObject & JsonObject) => string)>
  rules?: ResourceRules
  subresources?: Record<string, Subresource | PartSubresource | ScaleSubresource>
  /**
   * Answers requests on the collection's own path in place of the verbs, for endpoints that are neither objects nor subresources
   * (`/apis/subresources.kubevirt.io/v1/version`, `…/namespaces/ns/expand-vm-spec`). `name` is then empty.
   */
  collection?: Subresource
  /** In place of the check by schema, where a schema's own rules or earlier states of the object have a say (custom kinds). */
  check?: (write: InstanceWrite) => StatusCause[]
  /** The schema as the OpenAPI documents show it, where that is not what follows from `schema`. */
  document?: (openApi: 'v2' | 'v3') => JsonObject
  /**
   * Another resource whose objects this one shows in a form of its own, through `conversion` (events.k8s.io shows core's events).
   * Controllers see the objects once, as that other resource.
   */
  storedAs?: { group: string; resource: string }
  /** Given by kinds that can change while the server runs; objects of all others read as they were written. */
  conversion?: StoredConversion
  /** For resources that are questions rather than stored things (SelfSubjectAccessReview): answers a create. */
  create?(object: KubeObject & JsonObject, context: RequestContext): Promise<JsonObject>
}
