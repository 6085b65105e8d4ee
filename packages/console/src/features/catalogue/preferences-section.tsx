/** Preferences: what guests of a kind run best with. */

import { clusterPreferences, type Preference } from '@berth/api'
import { useState } from 'react'
import { useMessages } from '../../i18n/index.ts'
import { Empty, Skeleton, Table, TextField } from '../../ui/index.ts'
import styles from './catalogue.module.css'
import { Failures } from './failures.tsx'
import { useLists } from './use-lists.ts'

const displayName = 'openshift.io/display-name'

export function PreferencesSection() {
  const t = useMessages('catalogue')
  const { items, loading, failures, refetch } = useLists(clusterPreferences)
  const [search, setSearch] = useState('')
  const word = search.trim().toLowerCase()
  const found = items
    .filter(({ item: { metadata } }) =>
      `${metadata.name ?? ''} ${metadata.annotations?.[displayName] ?? ''}`.toLowerCase().includes(word),
    )
    .toSorted((left, right) => (left.item.metadata.name ?? '').localeCompare(right.item.metadata.name ?? ''))
  return (
    <>
      <div className={styles['bar']}>
        <TextField
          className={styles['search'] ?? ''}
          aria-label={t('preferences.search')}
          placeholder={t('preferences.search')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <span className={styles['count']}>{t('preferences.count', { count: found.length })}</span>
      </div>
      <Failures failures={failures} onRetry={refetch} />
      {loading ? (
        <Skeleton lines={10} />
      ) : found.length === 0 ? (
        <Empty icon="settings" title={t('preferences.none')} />
      ) : (
        <Table
          label={t('preferences.title')}
          items={found}
          keyOf={({ cluster, item }) => `${cluster}/${item.metadata.name ?? ''}`}
          columns={[
            { id: 'name', title: t('name'), width: '18rem', cell: ({ item }) => item.metadata.name },
            {
              id: 'guest',
              title: t('preferences.guest'),
              cell: ({ item }) => item.metadata.annotations?.[displayName] ?? '',
            },
            {
              id: 'needs',
              title: t('preferences.needs'),
              cell: ({ item: { spec } }) =>
                [
                  spec.requirements?.cpu === undefined ? '' : `${spec.requirements.cpu.guest} CPU`,
                  spec.requirements?.memory?.guest ?? '',
                ]
                  .filter((part) => part !== '')
                  .join(', '),
            },
            {
              id: 'firmware',
              title: t('preferences.firmware'),
              cell: ({ item }) => firmwareOf(item),
            },
          ]}
        />
      )}
    </>
  )
}

/** Names of firmware are the same in every language. */
function firmwareOf({ spec: { firmware } }: Preference): string {
  const secure = firmware?.preferredEfi?.secureBoot === true || firmware?.preferredUseSecureBoot === true
  const efi = firmware?.preferredEfi !== undefined || firmware?.preferredUseEfi === true
  return secure ? 'UEFI, Secure Boot' : efi ? 'UEFI' : 'BIOS'
}
