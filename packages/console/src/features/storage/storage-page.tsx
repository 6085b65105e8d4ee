/** Storage: volumes, classes, snapshots and policies of everything in scope, each as a live list. */

import type { ReactNode } from 'react'
import { storageTables, type StorageTable } from '@berth/view'
import { useMessages } from '../../i18n/index.ts'
import { usePathParams } from '../../routes/navigation.tsx'
import { storagePath, storageTablePath } from '../../routes/paths.ts'
import { Empty, LinkTabs, Page } from '../../ui/index.ts'
import { StorageList } from './list/storage-list.tsx'

const order: readonly StorageTable[] = ['volumes', 'snapshots', 'policies', 'classes']

export function StoragePage(): ReactNode {
  const t = useMessages('storage')
  const { table: asked = 'volumes' } = usePathParams(storageTablePath) as { table?: string }
  const table = storageTables.find((known) => known === asked)
  const tabs = (
    <LinkTabs
      label={t('tabs')}
      current={asked}
      tabs={order.map((id) => ({
        id,
        label: t(`table.${id}`),
        href: id === 'volumes' ? storagePath() : storageTablePath({ table: id }),
      }))}
    />
  )
  if (table !== undefined) return <StorageList key={table} table={table} tabs={tabs} />
  return (
    <Page title={t('title')} below={tabs}>
      <Empty title={t('noTable')} />
    </Page>
  )
}
