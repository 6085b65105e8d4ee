/** What the storage says of a machine's disks, live, by claim. */

import { useMemo } from 'react'
import type { VolumeRow } from '@berth/view'
import { useStorage } from '../../storage/list/use-storage.ts'
import { termFor } from '../../workloads/search/edit-query.ts'
import type { MachineTarget } from '../machine-target.ts'

export function useVolumesOf({ cluster, namespace, name }: MachineTarget): ReadonlyMap<string, VolumeRow> {
  const request = useMemo(
    () => ({
      table: 'volumes' as const,
      query: [termFor('cluster', cluster), termFor('namespace', namespace), termFor('vm', name)].join(' '),
      sort: [],
      from: 0,
      count: 200,
    }),
    [cluster, namespace, name],
  )
  const { rows } = useStorage<'volumes'>(request)
  return useMemo(() => new Map(rows.map((row) => [row.name, row])), [rows])
}
