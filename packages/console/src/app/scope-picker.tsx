/** Which cluster and namespace the pages are about. */

import { useQueries } from '@tanstack/react-query'
import { capabilitiesQuery, useSession } from '../backend/index.ts'
import { useMessages } from '../i18n/index.ts'
import { parseScope, scopeText, useScope, useSetScope } from '../routes/scope.ts'
import { SelectField } from '../ui/index.ts'
import styles from './top-bar.module.css'

/** Longer lists are searched by typing. */
const mostShown = 200

export function ScopePicker() {
  const t = useMessages('app')
  const { clusters } = useSession()
  const scope = useScope()
  const setScope = useSetScope()
  const several = clusters.length > 1
  const capabilities = useQueries({
    queries: clusters.map(({ id, state }) => ({ ...capabilitiesQuery(id), enabled: state === 'reachable' })),
  })
  const groups = clusters.map(({ id, name, state }, index) => {
    const names = capabilities[index]?.data?.namespaces.names ?? []
    const whole = {
      value: scopeText({ cluster: id }),
      label: several ? t('scope.wholeOf', { cluster: name }) : t('scope.all'),
    }
    const parts = names.map((namespace) => ({
      value: scopeText({ cluster: id, namespace }),
      label: several ? `${name} / ${namespace}` : namespace,
    }))
    return { group: state === 'reachable' ? name : t('scope.unreachable', { cluster: name }), items: [whole, ...parts] }
  })
  const everything = { value: '*', label: t('scope.everything') }
  const data = several ? [everything, ...groups] : (groups[0]?.items ?? [])
  const chosen = scopeText(scope)
  const [only] = clusters
  const value = chosen === '' ? (several || only === undefined ? '*' : scopeText({ cluster: only.id })) : chosen
  return (
    <SelectField
      className={styles['scope'] ?? ''}
      aria-label={t('scope.label')}
      data={data}
      value={value}
      onChange={(text) => setScope(text === null || text === '*' ? {} : parseScope(text))}
      allowDeselect={false}
      searchable
      limit={mostShown}
      nothingFoundMessage={t('scope.none')}
      comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
    />
  )
}
