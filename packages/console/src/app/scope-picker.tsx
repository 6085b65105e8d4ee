/** Which cluster and namespace the pages are about. */

import { useQueries } from '@tanstack/react-query'
import { capabilitiesQuery, useSession } from '../backend/index.ts'
import { useMessages } from '../i18n/index.ts'
import { scopeText, useScope, useSetScope, type Scope } from '../routes/scope.ts'
import { Button, Menu, type MenuItem } from '../ui/index.ts'
import { openCommandBar } from './command/command-state.ts'
import styles from './top-bar.module.css'

/** Further ones are found by typing. */
const mostShown = 40

export function ScopePicker() {
  const t = useMessages('app')
  const { clusters } = useSession()
  const scope = useScope()
  const setScope = useSetScope()
  const several = clusters.length > 1
  const capabilities = useQueries({
    queries: clusters.map(({ id, state }) => ({ ...capabilitiesQuery(id), enabled: state === 'reachable' })),
  })
  const itemOf = (wanted: Scope, label: string): MenuItem => ({
    id: scopeText(wanted),
    label,
    checked: scopeText(scope) === scopeText(wanted),
    onSelect: () => setScope(wanted),
  })
  const groups = clusters.map(({ id, name, state, message }, index) => {
    const names = capabilities[index]?.data?.namespaces.names ?? []
    const whole = itemOf(several ? { cluster: id } : {}, t('scope.all'))
    const rest = names.length - mostShown
    const more: MenuItem = {
      id: `${id}-more`,
      label: t('scope.more', { count: rest }),
      icon: 'search',
      onSelect: () => openCommandBar('ns '),
    }
    return {
      ...(several ? { title: name } : {}),
      items:
        state === 'reachable'
          ? [
              whole,
              ...names.slice(0, mostShown).map((namespace) => itemOf({ cluster: id, namespace }, namespace)),
              ...(rest > 0 ? [more] : []),
            ]
          : [{ ...whole, reason: message ?? t('scope.unreachable', { cluster: name }) }],
    }
  })
  return (
    <Menu
      label={t('scope.label')}
      groups={several ? [{ items: [itemOf({}, t('scope.everything'))] }, ...groups] : groups}
    >
      <Button className={styles['scope'] ?? ''} aria-haspopup="menu" hint={t('scope.label')}>
        <span className="visually-hidden">{t('scope.label')}: </span>
        <ScopeName scope={scope} />
      </Button>
    </Menu>
  )
}

function ScopeName({ scope: { cluster, namespace } }: { scope: Scope }) {
  const t = useMessages('app')
  const { clusters } = useSession()
  const name = clusters.find(({ id }) => id === cluster)?.name ?? cluster
  if (clusters.length < 2) return namespace ?? t('scope.all')
  if (name === undefined) return t('scope.everything')
  return namespace === undefined ? name : `${name} / ${namespace}`
}
