/** The scope chosen in the top bar: one cluster or all, one namespace or all. In the URL as `in`, so that a link says it; remembered otherwise. */

import { useCallback, useSyncExternalStore } from 'react'
import { quote } from '@berth/view'
import { useSearch, useSetSearch } from './navigation.tsx'

export interface Scope {
  /** Id of a cluster; undefined for all of them. */
  cluster?: string
  /** Only with a cluster. */
  namespace?: string
}

const storageKey = 'berth.scope'
const listeners = new Set<() => void>()

/** `local/default`; empty for everything. */
export function scopeText({ cluster, namespace }: Scope): string {
  if (cluster === undefined) return ''
  const parts = namespace === undefined ? [cluster] : [cluster, namespace]
  return parts.map(encodeURIComponent).join('/')
}

export function parseScope(text: string): Scope {
  try {
    const [cluster, namespace] = text.split('/').map(decodeURIComponent)
    if (cluster === undefined || cluster === '') return {}
    return namespace === undefined || namespace === '' ? { cluster } : { cluster, namespace }
  } catch {
    // Not of ours.
    return {}
  }
}

/** As a part of a query of the list. */
export function scopeQuery({ cluster, namespace }: Scope): string {
  const terms = [
    cluster === undefined ? '' : `cluster:${quote(cluster)}`,
    namespace === undefined ? '' : `namespace:${quote(namespace)}`,
  ]
  return terms.filter((term) => term !== '').join(' ')
}

const remembered = (): string => localStorage.getItem(storageKey) ?? ''

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export function useScope(): Scope {
  const { in: fromUrl } = useSearch()
  const kept = useSyncExternalStore(subscribe, remembered)
  return parseScope(fromUrl === undefined || fromUrl === '*' ? (fromUrl === '*' ? '' : kept) : fromUrl)
}

export function useSetScope(): (scope: Scope) => void {
  const setSearch = useSetSearch()
  return useCallback(
    (scope) => {
      const text = scopeText(scope)
      localStorage.setItem(storageKey, text)
      for (const listener of listeners) listener()
      // `*` says: everything, whatever is remembered.
      setSearch({ in: text === '' ? '*' : text })
    },
    [setSearch],
  )
}
