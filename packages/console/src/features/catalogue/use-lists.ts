/** Lists of a few kinds over all clusters in scope. Each cluster fails alone. */

import type { KubeObject, Resource } from '@berth/meta'
import { useQueries } from '@tanstack/react-query'
import { clusterApi, useSession } from '../../backend/index.ts'
import { useScope } from '../../routes/scope.ts'

export interface Listed<Item extends KubeObject> {
  cluster: string
  item: Item
}

export interface ListState<Item extends KubeObject> {
  items: Listed<Item>[]
  /** Some list has not been read yet. */
  loading: boolean
  /** Per cluster that could not be read. */
  failures: { cluster: string; error: Error }[]
  refetch: () => void
}

/** More than a catalogue has; longer lists are cut, and people search. */
const limit = 1000

/** Ids of the clusters in scope. */
export function useClusters(): string[] {
  const { clusters } = useSession()
  const scope = useScope()
  return clusters.filter(({ id }) => scope.cluster === undefined || id === scope.cluster).map(({ id }) => id)
}

/** @param namespaces of namespaced kinds; all that the person may see unless given */
export function useLists<Item extends KubeObject>(
  resource: Resource<Item>,
  namespaces?: readonly string[],
  /** Looked at again this often, in milliseconds; only when asked unless given. */
  everyMs?: number,
): ListState<Item> {
  const clusters = useClusters()
  const places = namespaces ?? [undefined]
  const wanted = clusters.flatMap((cluster) => places.map((namespace) => ({ cluster, namespace })))
  return useQueries({
    queries: wanted.map(({ cluster, namespace }) => ({
      queryKey: ['k8s', cluster, resource.group, resource.resource, namespace ?? ''],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        clusterApi(cluster).list<Item>(resource, { limit, signal, ...(namespace === undefined ? {} : { namespace }) }),
      staleTime: 10_000,
      refetchInterval: everyMs ?? false,
      retry: false,
    })),
    combine: (results) => ({
      items: results.flatMap(({ data }, index) =>
        (data?.items ?? []).map((item) => ({ cluster: wanted[index]?.cluster ?? '', item })),
      ),
      loading: results.some(({ isPending }) => isPending),
      failures: results.flatMap(({ error }, index) =>
        error === null ? [] : [{ cluster: wanted[index]?.cluster ?? '', error }],
      ),
      refetch: () => {
        for (const { refetch } of results) void refetch()
      },
    }),
  })
}
