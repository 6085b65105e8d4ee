/** Where something new goes: cluster and namespace, from the scope unless chosen. */

import type { ReactNode } from 'react'
import { useMessages } from '../../../i18n/index.ts'
import { useScope } from '../../../routes/scope.ts'
import { SelectField } from '../../../ui/index.ts'
import { useClusterChoice } from './cluster-choice.tsx'
import { useOfCluster } from './of-cluster.ts'

export interface Place {
  cluster: string
  namespace: string
}

/** @param fixed both are known @param preferred cluster that is chosen at first */
export function usePlace(fixed?: Place, preferred?: string): { place: Place; fields: ReactNode } {
  const t = useMessages('storage')
  const scope = useScope()
  const { cluster, ownNamespace, namespaces, field } = useClusterChoice({
    ...(fixed === undefined ? {} : { fixed: fixed.cluster }),
    ...(preferred === undefined ? {} : { preferred }),
  })
  const [chosen, setNamespace] = useOfCluster(cluster, fixed?.namespace ?? scope.namespace, undefined)
  const namespace = chosen ?? ownNamespace ?? 'default'
  const names = [...new Set([namespace, ...namespaces])]
  return {
    place: { cluster, namespace },
    fields:
      fixed === undefined ? (
        <>
          {field}
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
