import { useMatches } from '@tanstack/react-router'
import { useMessages } from '../i18n/index.ts'
import { Link } from '../routes/navigation.tsx'
import type { RailPage } from '../routes/page-route.ts'
import {
  activityPath,
  adminPath,
  cataloguePath,
  homePath,
  hostsPath,
  storagePath,
  workloadsPath,
} from '../routes/paths.ts'
import { pageRoutes } from '../routes/table.ts'
import { Icon, type IconName } from '../ui/index.ts'
import styles from './rail.module.css'

const items: readonly { id: RailPage; icon: IconName; key: string; href: () => string }[] = [
  { id: 'home', icon: 'home', key: 'h', href: homePath },
  { id: 'workloads', icon: 'workloads', key: 'w', href: workloadsPath },
  { id: 'catalogue', icon: 'catalogue', key: 'c', href: cataloguePath },
  { id: 'storage', icon: 'disk', key: 's', href: storagePath },
  { id: 'hosts', icon: 'hosts', key: 'o', href: hostsPath },
  { id: 'activity', icon: 'activity', key: 'a', href: activityPath },
  { id: 'admin', icon: 'admin', key: 'd', href: adminPath },
]

/** Only pages that are there. `key` follows `g` on the keyboard. */
export const railItems = items.filter(({ id }) => pageRoutes.some(({ rail }) => rail === id))

export function Rail() {
  const t = useMessages('app')
  const current = useMatches({ select: (matches) => matches.at(-1)?.staticData.page?.rail })
  return (
    <nav className={styles['rail']} aria-label={t('rail.label')}>
      <ul>
        {railItems.map(({ id, icon, href }) => (
          <li key={id}>
            <Link href={href()} className={styles['item']} aria-current={id === current ? 'page' : undefined}>
              <Icon name={icon} />
              <span>{t(`rail.${id}`)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
}
