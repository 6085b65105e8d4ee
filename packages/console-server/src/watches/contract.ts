/**
 * What the console knows of a cluster, kept up to date: shared watches, and what one person may see of them.
 * A `Feed` is everything a watch brings; a `View` is the part of it that the person may list, re-checked while it is open.
 */

import type { KubeObject, Resource } from '@berth/meta'
import type { Cluster, Identity } from '../clusters/cluster.ts'

/** The states of protocol/source-state, of one watch. */
export type WatchState =
  /** Nothing has come yet. */
  | { state: 'loading' }
  | { state: 'live' }
  /** The server is not reachable; what is there is what was seen last. It recovers by itself. */
  | { state: 'stale'; message: string }
  | { state: 'forbidden'; message: string }
  /** The server does not have this kind (yet). */
  | { state: 'absent'; message: string }

/** `previous` is undefined for a new object, `current` for one that is gone or no longer to be seen. */
export type ChangeListener<T> = (current: Readonly<T> | undefined, previous: Readonly<T> | undefined) => void

/** A part of a kind. Feeds with a `where` run with the person's own rights, and are not shared with others. */
export interface Where {
  namespace?: string
  name?: string
  labelSelector?: string
  fieldSelector?: string
}

/** What is left out of the objects of a feed, for all who share it. */
export interface Variant<T extends KubeObject> {
  /** Feeds with the same id are the same feed. */
  id: string
  labelSelector?: string
  shape?: (object: T) => T
}

export interface Feed<T extends KubeObject> {
  readonly state: WatchState
  /** Has the first list come? Stays true. */
  readonly synced: boolean
  get(namespace: string | undefined, name: string): Readonly<T> | undefined
  list(): Readonly<T>[]
  onChange(listener: ChangeListener<T>): () => void
  /** After every change of `state` and `synced`. */
  onState(listener: (state: WatchState) => void): () => void
  /** The watch ends a minute after the last one has released it. */
  release(): void
}

/** Where a person may do something with a kind. */
export interface Visibility {
  /** Everywhere, of which namespaces may be unknown. */
  readonly everywhere: boolean
  /** Has the first answer come? */
  readonly known: boolean
  /** False while it is being asked; `onChange` tells when it turns out otherwise. */
  allows(namespace: string | undefined): boolean
  /** Has the answer for this namespace come? Asks when nobody has. */
  knows(namespace: string | undefined): boolean
  onChange(listener: () => void): () => void
  release(): void
}

export interface FollowOptions<T extends KubeObject> {
  cluster: Cluster
  identity: Identity
  resource: Resource<T>
  /** One object, one namespace or a selection; everything the person may see unless given. */
  where?: Where
  /** What is left out of its objects; everything is there unless given. */
  variant?: Variant<T>
  onChange?: ChangeListener<T>
  onState?: (state: WatchState) => void
}

/** What one person may see of a kind. Listeners hear of objects that come into and go out of sight as of new and deleted ones. */
export interface View<T extends KubeObject> {
  readonly state: WatchState
  get(namespace: string | undefined, name: string): Readonly<T> | undefined
  list(): Readonly<T>[]
  stop(): void
}

/** What rights are asked for. */
export interface AccessQuestion {
  verb: string
  /** Empty for the core group. */
  group: string
  resource: string
  subresource?: string
  /** All namespaces when left out. */
  namespace?: string
  name?: string
}

export interface Rights {
  /**
   * Asks the cluster as that person (SelfSubjectAccessReview); answers are kept for a few seconds.
   * @throws {ClientError | StatusError} when the cluster does not answer
   */
  may(cluster: Cluster, identity: Identity, question: AccessQuestion): Promise<boolean>
}

export interface Watches {
  readonly rights: Rights
  /**
   * Objects as one person may see them. Starts at once; `state` is `loading` until the first list is in. With a `where` the watch is
   * the person's own; without, it is shared where the cluster has a service client, and each object is checked before it is told.
   */
  follow<T extends KubeObject>(options: FollowOptions<T>): View<T>
  /** The bare watch. Nobody's rights are checked: callers ask `visibility` before anything leaves. */
  feed<T extends KubeObject>(options: {
    cluster: Cluster
    identity: Identity
    resource: Resource<T>
    where?: Where
    variant?: Variant<T>
  }): Feed<T>
  /** Where the person may `list` the kind (or do what `verb` says), re-checked every ten seconds. */
  visibility(options: {
    cluster: Cluster
    identity: Identity
    resource: Resource<KubeObject>
    verb?: string
    /** Of a single object, for people who may see that one only. */
    name?: string
  }): Visibility
  close(): Promise<void>
}
