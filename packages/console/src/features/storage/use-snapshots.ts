/** All snapshots of one machine, live. */

import { useMemo } from 'react'
import type { StorageRequest } from '@berth/view'
import { termFor } from '../workloads/search/edit-query.ts'
import { useStorage, type StorageSnapshot } from './list/use-storage.ts'
import type { SnapshotRow } from '@berth/view'

export interface MachineName {
  cluster: string
  namespace: string
  name: string
}

/** A tree of more is looked at in the list of snapshots. */
export const mostSnapshots = 500

export function useSnapshotsOf(machine: MachineName | undefined): StorageSnapshot<SnapshotRow> {
  const { cluster, namespace, name } = machine ?? {}
  const request = useMemo((): (StorageRequest & { table: 'snapshots' }) | undefined => {
    if (cluster === undefined || namespace === undefined || name === undefined) return undefined
    const query = [termFor('cluster', cluster), termFor('namespace', namespace), termFor('vm', name)].join(' ')
    return { table: 'snapshots', query, sort: [{ column: 'age' }], from: 0, count: mostSnapshots }
  }, [cluster, namespace, name])
  return useStorage<'snapshots'>(request)
}
