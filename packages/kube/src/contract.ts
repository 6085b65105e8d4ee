/**
 * The client's surface. Controllers, the CLI and the console take these interfaces, so the same code runs inside the engine's
 * process (direct call), against its TLS port, and against any Kubernetes cluster.
 */

import type { Duplex } from 'node:stream'
import type { Json, JsonObject, KubeList, KubeObject, ObjectMeta, Resource } from '@berth/meta'

/** One request on the wire or in process. Non-2xx answers are not errors here; `Client` turns them into StatusError. */
export interface TransportRequest {
  method: string
  /** With query, percent-encoded. */
  path: string
  headers?: Record<string, string>
  body?: Buffer | string
  signal?: AbortSignal
}

export interface TransportResponse {
  code: number
  headers: Record<string, string | string[] | undefined>
  body: AsyncIterable<Uint8Array>
  /** The whole body where it is already in memory (in-process calls), so that readers need not collect it; `body` yields the same. */
  whole?: Buffer | string
}

export interface Transport {
  request(request: TransportRequest): Promise<TransportResponse>
  /**
   * A WebSocket as a byte stream: writes become binary frames, reads are payloads of binary frames. A close frame other than 1000,
   * or a cut connection, destroys the stream with an error that has the close code. Rejects with StatusError when the
   * server answers without upgrading.
   */
  upgrade(request: {
    path: string
    protocol: string
    headers?: Record<string, string>
    signal?: AbortSignal
  }): Promise<Duplex>
  close(): Promise<void>
}

export interface Target {
  namespace?: string
  name: string
}

export interface ListParams {
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  limit?: number
  continue?: string
  resourceVersion?: string
}

export type WatchEvent<T> =
  | { type: 'ADDED' | 'MODIFIED' | 'DELETED'; object: T }
  | { type: 'BOOKMARK'; object: { metadata: ObjectMeta } }

export type PatchBody =
  | { type: 'json'; patch: Json[] }
  | { type: 'merge'; patch: JsonObject }
  | { type: 'strategic'; patch: JsonObject }

export interface WriteParams {
  dryRun?: boolean
  fieldManager?: string
  fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
}

export interface DeleteParams extends WriteParams {
  gracePeriodSeconds?: number
  propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
  preconditions?: { uid?: string; resourceVersion?: string }
}

/** Every call rejects with `StatusError` (from meta) when the server refuses, `ClientError` when it cannot be reached. */
export interface Client {
  readonly transport: Transport
  get<T extends KubeObject>(resource: Resource<T>, target: Target): Promise<T>
  list<T extends KubeObject>(resource: Resource<T>, params?: ListParams): Promise<KubeList<T>>
  /** Ends when the server closes it; an ERROR event rejects with its Status. */
  watch<T extends KubeObject>(
    resource: Resource<T>,
    params: ListParams & {
      resourceVersion: string
      signal: AbortSignal
      /** The server ends the watch after about this long. */
      timeoutSeconds?: number
      /** The server has taken the watch; events may be long in coming. */
      onOpen?: () => void
    },
  ): AsyncIterable<WatchEvent<T>>
  create<T extends KubeObject>(resource: Resource<T>, object: T, params?: WriteParams): Promise<T>
  update<T extends KubeObject>(resource: Resource<T>, object: T, params?: WriteParams): Promise<T>
  updateStatus<T extends KubeObject>(resource: Resource<T>, object: T): Promise<T>
  patch<T extends KubeObject>(
    resource: Resource<T>,
    target: Target & { subresource?: string },
    patch: PatchBody,
    params?: WriteParams,
  ): Promise<T>
  delete<T extends KubeObject>(resource: Resource<T>, target: Target, params?: DeleteParams): Promise<void>
  /** Anything else: `{method:'PUT', path:'/apis/subresources.kubevirt.io/…/start', body:{}}`. Undefined for an empty answer. */
  raw(request: { method: string; path: string; body?: Json; signal?: AbortSignal }): Promise<Json | undefined>
}

/** A list-watch cache of one resource that never gives up: relists on 410, reconnects with back-off, bookmarks kept. */
export interface Informer<T extends KubeObject> {
  readonly resource: Resource<T>
  /** Lists, then watches until `stop`; resolves when the first list is in. */
  start(): Promise<void>
  stop(): Promise<void>
  readonly synced: boolean
  get(namespace: string | undefined, name: string): Readonly<T> | undefined
  /** All objects, or those a named index maps to `value`. */
  list(): Readonly<T>[]
  byIndex(index: string, value: string): Readonly<T>[]
  /** `previous` is undefined for a new object, `current` for a deleted one. */
  on(listener: (current: Readonly<T> | undefined, previous: Readonly<T> | undefined) => void): () => void
}

/** What a reconcile wants next. Throwing means: again, with back-off. */
export type ReconcileResult = void | { requeueAfterMs: number }

/** A level-triggered controller: keys from informers go through a de-duplicating queue into `reconcile`, never two at once for one key. */
export interface ControllerOptions {
  name: string
  /** Parallel keys; 4 unless given. */
  workers?: number
  reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult>
  /** Which keys an object of a watched resource touches. */
  watches: ControllerWatch[]
}

export interface ControllerWatch {
  informer: Informer<KubeObject>
  /** Keys (`namespace/name`) to reconcile; the object's own key unless given. */
  keys?(object: KubeObject): string[]
}

export interface Controller {
  start(): void
  /** Reconcile a key now (from a timer, a hypervisor event, …). */
  enqueue(key: string): void
  stop(): Promise<void>
}
