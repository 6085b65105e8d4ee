/** Where an image lies, in words of who may use it then: cluster and namespace. */

import { useState, type ReactNode } from 'react'
import { baseImageNamespace, imageBuildNamespace } from '@berth/api'
import { useCapabilities, useSession } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { useScope } from '../../../routes/scope.ts'
import { SelectField } from '../../../ui/index.ts'
import { helpBelow } from '../../create/help-below.ts'
import type { Place } from '../../storage/dialogs/place-fields.tsx'

/** @param fixed where it lies already @param without namespaces that are not offered */
export function useImagePlace(fixed?: Place, without: readonly string[] = []): { place: Place; fields: ReactNode } {
  const t = useMessages('catalogue')
  const { clusters } = useSession()
  const scope = useScope()
  const first = clusters.find(({ id }) => id === scope.cluster) ?? clusters[0]
  const [cluster, setCluster] = useState(fixed?.cluster ?? first?.id ?? '')
  const [chosen, setNamespace] = useState(fixed?.namespace)
  const own = clusters.find(({ id }) => id === cluster)
  const { data } = useCapabilities(cluster === '' ? undefined : cluster)
  const there = data?.namespaces.names ?? []
  // What is built for all is built elsewhere: nobody looks for images there.
  const offered = [...new Set([scope.namespace ?? own?.namespace ?? 'default', ...there])].filter(
    (name) => !without.includes(name) && name !== imageBuildNamespace,
  )
  const preferred = offered.includes(baseImageNamespace) ? baseImageNamespace : (offered[0] ?? '')
  const namespace = chosen ?? preferred
  return {
    place: { cluster, namespace },
    fields:
      fixed === undefined ? (
        <>
          {clusters.length > 1 && (
            <SelectField
              label={t('cluster')}
              value={cluster}
              data={clusters.map(({ id, name }) => ({ value: id, label: name }))}
              allowDeselect={false}
              onChange={(id) => setCluster(id ?? cluster)}
            />
          )}
          <SelectField
            label={t('images.readers')}
            inputWrapperOrder={[...helpBelow]}
            description={t(namespace === baseImageNamespace ? 'images.everybodyText' : 'images.ofNamespaceText')}
            value={namespace}
            data={offered.map((name) => ({
              value: name,
              label:
                name === baseImageNamespace
                  ? t('images.everybodyIn', { namespace: name })
                  : t('images.ofNamespace', { namespace: name }),
            }))}
            searchable
            allowDeselect={false}
            onChange={(name) => setNamespace(name ?? namespace)}
          />
        </>
      ) : null,
  }
}
