/** Which cluster something new goes to: a field where there are several, and the namespaces of the one chosen. */

import { useState, type ReactNode } from 'react'
import { useCapabilities, useSession } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { useScope } from '../../../routes/scope.ts'
import { SelectField } from '../../../ui/index.ts'

export interface ClusterChoice {
  cluster: string
  /** Where the person works when nothing else is said. */
  ownNamespace: string | undefined
  namespaces: readonly string[]
  field: ReactNode
}

/** @param fixed known already @param preferred chosen at first */
export function useClusterChoice({ fixed, preferred }: { fixed?: string; preferred?: string }): ClusterChoice {
  const t = useMessages('storage')
  const { clusters } = useSession()
  const scope = useScope()
  const first = clusters.find(({ id }) => id === (preferred ?? scope.cluster)) ?? clusters[0]
  const [cluster, setCluster] = useState(fixed ?? first?.id ?? '')
  const { data } = useCapabilities(cluster === '' ? undefined : cluster)
  return {
    cluster,
    ownNamespace: clusters.find(({ id }) => id === cluster)?.namespace,
    namespaces: data?.namespaces.names ?? [],
    field: clusters.length > 1 && (
      <SelectField
        label={t('column.cluster')}
        value={cluster}
        data={clusters.map(({ id, name }) => ({ value: id, label: name }))}
        allowDeselect={false}
        onChange={(id) => setCluster(id ?? cluster)}
      />
    ),
  }
}
