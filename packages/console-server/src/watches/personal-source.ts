/**
 * All of a kind that one person may list, watched with their own rights: everywhere when they may, else namespace by namespace. Follows
 * rights that come and go.
 */

import { messageOf, type Clock } from '@berth/base'
import type { KubeObject, Resource } from '@berth/meta'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { ChangeListener, Rights, WatchState } from './contract.ts'
import { createEmitter } from './emitter.ts'
import type { PersonNamespaces } from './person-namespaces.ts'
import type { Source } from './source.ts'
import { combinedState, sameState } from './watch-state.ts'

const recheckMs = 10_000
const retryMs = 2_000
/** Where the whole cluster is watched. */
const everywhere = ''

interface Part<T extends KubeObject> {
  source: Source<T>
  end: () => void
}

export function watchAsPerson<T extends KubeObject>(options: {
  cluster: Cluster
  identity: Identity
  resource: Resource<T>
  rights: Rights
  namespaces: PersonNamespaces
  clock: Clock
  /** Starts the watch of one namespace, or of all for undefined. */
  take: (namespace: string | undefined) => { source: Source<T>; release: () => void }
}): Source<T> {
  const { cluster, identity, resource, rights, namespaces, clock, take } = options
  const parts = new Map<string, Part<T>>()
  const changes = createEmitter<Parameters<ChangeListener<T>>>()
  const states = createEmitter<[WatchState]>()
  let state: WatchState = { state: 'loading' }
  /** Why there is no part: nothing may be listed, or it is not known. */
  let without: WatchState = { state: 'loading' }
  let stopped = false
  let cancelNext = (): void => {}

  function tellState(): void {
    const next = parts.size === 0 ? without : combinedState([...parts.values()].map(({ source }) => source.state))
    if (sameState(state, next)) return
    state = next
    states.emit(next)
  }

  function add(namespace: string): void {
    if (parts.has(namespace)) return
    const { source, release } = take(namespace === everywhere ? undefined : namespace)
    const off = [source.onChange((current, previous) => changes.emit(current, previous)), source.onState(tellState)]
    parts.set(namespace, {
      source,
      end() {
        for (const each of off) each()
        release()
      },
    })
    for (const object of source.list()) changes.emit(object, undefined)
  }

  function drop(namespace: string): void {
    const part = parts.get(namespace)
    if (part === undefined) return
    parts.delete(namespace)
    const gone = part.source.list()
    part.end()
    for (const object of gone) changes.emit(undefined, object)
  }

  async function wanted(): Promise<string[]> {
    const question = { verb: 'list', group: resource.group, resource: resource.resource }
    if (await rights.may(cluster, identity, question)) return [everywhere]
    if (!resource.namespaced) return []
    const { names } = await namespaces.of(cluster, identity)
    const allowed = await Promise.all(
      names.map((namespace) => rights.may(cluster, identity, { ...question, namespace })),
    )
    return names.filter((_, at) => allowed[at])
  }

  async function refresh(): Promise<void> {
    let delayMs = recheckMs
    try {
      const now = new Set(await wanted())
      if (stopped) return
      without = {
        state: 'forbidden',
        message: `You may not list ${resource.resource} in ${cluster.name}.`,
      }
      for (const namespace of parts.keys()) if (!now.has(namespace)) drop(namespace)
      for (const namespace of now) add(namespace)
    } catch (error) {
      if (without.state !== 'forbidden') {
        without = { state: 'stale', message: `${cluster.name} does not answer (${messageOf(error)}); trying again.` }
      }
      delayMs = retryMs
    }
    if (stopped) return
    tellState()
    cancelNext = clock.after(delayMs, () => void refresh())
  }

  /** Of an object's namespace, or of everywhere. */
  function partOf(namespace: string | undefined): Source<T> | undefined {
    return (parts.get(everywhere) ?? parts.get(namespace ?? everywhere))?.source
  }

  void refresh()
  return {
    get state() {
      return state
    },
    get synced() {
      return parts.size > 0 ? [...parts.values()].every(({ source }) => source.synced) : without.state === 'forbidden'
    },
    get: (namespace, name) => partOf(namespace)?.get(namespace, name),
    list: () => [...parts.values()].flatMap(({ source }) => source.list()),
    onChange: (listener) => changes.on(listener),
    onState: (listener) => states.on(listener),
    async stop() {
      stopped = true
      cancelNext()
      for (const part of parts.values()) part.end()
      parts.clear()
    },
  }
}
