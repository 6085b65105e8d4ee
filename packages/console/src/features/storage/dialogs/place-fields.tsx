/** Where something new goes: cluster and namespace, from the scope unless chosen. */

import { useState, type ReactNode } from 'react'
import { useCapabilities, useSession } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { useScope } from '../../../routes/scope.ts'
import { SelectField } from '../../../ui/index.ts'

export interface Place {
  cluster: string
  namespace: string
}

/** @param fixed both are known @param preferred cluster that is chosen at first */
export function usePlace(fixed?: Place, preferred?: string): { place: Place; fields: ReactNode } {
  const t = useMessages('storage')
  const { clusters } = useSession()
  const scope = useScope()
  const first = clusters.find(({ id }) => id === (preferred ?? scope.cluster)) ?? clusters[0]
  const [cluster, setCluster] = useState(fixed?.cluster ?? first?.id ?? '')
  const [chosen, setNamespace] = useState(fixed?.namespace ?? scope.namespace)
  const own = clusters.find(({ id }) => id === cluster)
  const namespace = chosen ?? own?.namespace ?? 'default'
  const { data } = useCapabilities(cluster === '' ? undefined : cluster)
  const names = [...new Set([namespace, ...(data?.namespaces.names ?? [])])]
  return {
    place: { cluster, namespace },
    fields:
      fixed === undefined ? (
        <>
          {clusters.length > 1 && (
            <SelectField
              label={t('column.cluster')}
              value={cluster}
              data={clusters.map(({ id, name }) => ({ value: id, label: name }))}
              allowDeselect={false}
              onChange={(id) => setCluster(id ?? cluster)}
            />
          )}
          <SelectField
            label={t('column.namespace')}
            value={namespace}
            data={names}
            searchable
            allowDeselect={false}
            onChange={(name) => setNamespace(name ?? namespace)}
          />
        </>
      ) : null,
  }
}
