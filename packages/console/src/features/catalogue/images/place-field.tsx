/** Where an image lies, in words of who may use it then: cluster and namespace. */

import type { ReactNode } from 'react'
import { baseImageNamespace, imageBuildNamespace } from '@berth/api'
import { useMessages } from '../../../i18n/index.ts'
import { useScope } from '../../../routes/scope.ts'
import { SelectField, helpBelow } from '../../../ui/index.ts'
import { useClusterChoice } from '../../storage/dialogs/cluster-choice.tsx'
import { useOfCluster } from '../../storage/dialogs/of-cluster.ts'
import type { Place } from '../../storage/dialogs/place-fields.tsx'

/** @param fixed where it lies already @param without namespaces that are not offered */
export function useImagePlace(fixed?: Place, without: readonly string[] = []): { place: Place; fields: ReactNode } {
  const t = useMessages('catalogue')
  const scope = useScope()
  const { cluster, ownNamespace, namespaces, field } = useClusterChoice(
    fixed === undefined ? {} : { fixed: fixed.cluster },
  )
  const [chosen, setNamespace] = useOfCluster(cluster, fixed?.namespace, undefined)
  // What is built for all is built elsewhere: nobody looks for images there.
  const offered = [...new Set([scope.namespace ?? ownNamespace ?? 'default', ...namespaces])].filter(
    (name) => !without.includes(name) && name !== imageBuildNamespace,
  )
  const preferred = offered.includes(baseImageNamespace) ? baseImageNamespace : (offered[0] ?? '')
  const namespace = chosen ?? preferred
  return {
    place: { cluster, namespace },
    fields:
      fixed === undefined ? (
        <>
          {field}
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
