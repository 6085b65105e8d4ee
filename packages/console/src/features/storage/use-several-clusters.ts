/** Whether what is listed comes from several clusters, so that each row has to say which is its own. */

import { useSession } from '../../backend/index.ts'
import { useScope } from '../../routes/scope.ts'

export function useSeveralClusters(): boolean {
  const { clusters } = useSession()
  return useScope().cluster === undefined && clusters.length > 1
}
