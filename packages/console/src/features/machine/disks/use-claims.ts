/** Claims of a namespace, for sizes and for choosing one. */

import { useQuery, type UseQueryResult } from '@tanstack/react-query'
import type { KubeObject } from '@berth/meta'
import { clusterApi } from '../../../backend/index.ts'
import type { MachineTarget } from '../machine-target.ts'

export interface Claim extends KubeObject {
  spec: { storageClassName?: string; accessModes?: string[]; resources?: { requests?: Record<string, string> } }
  status?: { phase?: string; capacity?: Record<string, string> }
}

export function useClaims({ cluster, namespace }: MachineTarget): UseQueryResult<Claim[]> {
  return useQuery({
    queryKey: ['k8s', cluster, 'persistentvolumeclaims', namespace],
    queryFn: async ({ signal }) => {
      const kind = { group: '', version: 'v1', resource: 'persistentvolumeclaims' }
      return (await clusterApi(cluster).list<Claim>(kind, { namespace, signal })).items
    },
    retry: false,
    refetchInterval: 10_000,
  })
}

export function capacityOf({ spec, status }: Claim): string | undefined {
  return status?.capacity?.['storage'] ?? spec.resources?.requests?.['storage']
}
