/** Storage classes of one cluster, with what is free. */

import { useMemo } from 'react'
import type { ClassRow } from '@berth/view'
import { termFor } from '../../workloads/search/edit-query.ts'
import { useStorage } from '../list/use-storage.ts'

export function useClasses(cluster: string): readonly ClassRow[] {
  const request = useMemo(
    () => ({ table: 'classes' as const, query: termFor('cluster', cluster), sort: [], from: 0, count: 200 }),
    [cluster],
  )
  return useStorage<'classes'>(request).rows
}
