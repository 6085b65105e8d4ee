/** What one person may see of a feed: objects come into sight and go out of it as they change and as rights do. */

import { keyOf } from '@berth/kube'
import type { KubeObject } from '@berth/meta'
import type { Feed, FollowOptions, View, Visibility, WatchState } from './contract.ts'
import { sameState } from './watch-state.ts'

export function followFeed<T extends KubeObject>(
  feed: Feed<T>,
  visibility: Visibility,
  options: FollowOptions<T>,
): View<T> {
  const { cluster, resource, where = {}, onChange, onState } = options
  /** What listeners were told of, by key. */
  const seen = new Map<string, Readonly<T>>()
  let state: WatchState = { state: 'loading' }

  const allowed = (object: Readonly<T>): boolean => visibility.allows(object.metadata.namespace)

  function currentState(): WatchState {
    const place = where.namespace ?? (resource.namespaced ? cluster.namespace : undefined)
    // Nobody is told that they may not before the cluster has said so.
    if (!visibility.known || !visibility.knows(place)) {
      return feed.state.state === 'stale' ? feed.state : { state: 'loading' }
    }
    const nothing = !visibility.everywhere && !visibility.allows(place) && seen.size === 0
    if (!nothing) return feed.state
    return {
      state: 'forbidden',
      message: `You may not list ${resource.resource} in ${where.namespace === undefined ? cluster.name : `namespace ${where.namespace} of ${cluster.name}`}.`,
    }
  }

  function tellState(): void {
    const next = currentState()
    if (sameState(state, next)) return
    state = next
    onState?.(next)
  }

  function put(object: Readonly<T>): void {
    const key = keyOf(object)
    const previous = seen.get(key)
    if (previous === object) return
    seen.set(key, object)
    onChange?.(object, previous)
  }

  function hide(key: string): void {
    const previous = seen.get(key)
    if (previous === undefined) return
    seen.delete(key)
    onChange?.(undefined, previous)
  }

  function recheck(): void {
    for (const [key, object] of seen) if (!allowed(object)) hide(key)
    for (const object of feed.list()) if (allowed(object)) put(object)
    tellState()
  }

  const off = [
    feed.onChange((current, previous) => {
      if (current !== undefined && allowed(current)) put(current)
      else if (previous !== undefined) hide(keyOf(previous))
    }),
    feed.onState(tellState),
    visibility.onChange(recheck),
  ]
  // Listeners are not called before the caller has what this returns.
  queueMicrotask(() => off.length > 0 && recheck())
  return {
    get state() {
      return currentState()
    },
    get(namespace, name) {
      const object = feed.get(namespace, name)
      return object !== undefined && allowed(object) ? object : undefined
    },
    list: () => feed.list().filter(allowed),
    stop() {
      for (const each of off) each()
      off.length = 0
      feed.release()
      visibility.release()
    },
  }
}
