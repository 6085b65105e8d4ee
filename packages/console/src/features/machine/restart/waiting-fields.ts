/** Which fields of a running machine wait for its restart. */

import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { controllerRevision, type RevisionObject } from './revision.ts'
import { changesBetween, effectOfChange, pathText, valueAt, type Change, type EffectContext } from '@berth/view'
import { changedTemplate } from './revision.ts'
import { clusterApi } from '../../../backend/index.ts'
import type { LiveMachine } from '../use-machine.ts'

export interface WaitingField {
  path: string
  /** What runs, and what is written. */
  started: unknown
  written: unknown
}

/** Empty when it is not known: the revision of the start is gone, or may not be read. */
export function useWaitingFields(live: LiveMachine, context: EffectContext, wanted: boolean): WaitingField[] {
  const { cluster, namespace } = live.target
  const name = live.instance?.status?.virtualMachineRevisionName
  const { data } = useQuery({
    queryKey: ['k8s', cluster, 'controllerrevisions', namespace, name],
    queryFn: async ({ signal }) =>
      clusterApi(cluster).get<RevisionObject>({ ...controllerRevision, namespace, name: name ?? '' }, signal),
    enabled: wanted && name !== undefined,
    // It is never written a second time.
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  return useMemo(() => {
    const pair = data === undefined ? undefined : changedTemplate(data, live.machine)
    if (pair === undefined) return []
    const changes = changesBetween(pair.started, pair.current)
    const waits = (change: Change): boolean =>
      effectOfChange(change, { before: pair.started, changes, context }) === 'restart'
    return changes.filter(waits).map(({ path }) => ({
      path: pathText(path),
      started: valueAt(pair.started, path),
      written: valueAt(pair.current, path),
    }))
  }, [data, live.machine, context])
}
