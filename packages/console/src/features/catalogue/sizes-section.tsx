/** Instance types by series, smallest first. */

import { clusterInstancetypes, type Instancetype } from '@berth/api'
import { quantityToBytes } from '@berth/meta'
import { useState } from 'react'
import { useFormat, useMessages } from '../../i18n/index.ts'
import { Empty, Skeleton, Table, TextField } from '../../ui/index.ts'
import { Failures } from './failures.tsx'
import styles from './catalogue.module.css'
import { useLists, type Listed } from './use-lists.ts'

export function SizesSection() {
  const t = useMessages('catalogue')
  const format = useFormat()
  const { items, loading, failures, refetch } = useLists(clusterInstancetypes)
  const [search, setSearch] = useState('')
  const found = items.filter(({ item }) => (item.metadata.name ?? '').includes(search.trim().toLowerCase()))
  const series = Map.groupBy(found, ({ item }) => (item.metadata.name ?? '').split('.')[0] ?? '')
  return (
    <>
      <div className={styles['bar']}>
        <TextField
          className={styles['search'] ?? ''}
          aria-label={t('sizes.search')}
          placeholder={t('sizes.search')}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <span className={styles['count']}>{t('sizes.count', { count: found.length })}</span>
      </div>
      <Failures failures={failures} onRetry={refetch} />
      {loading && <Skeleton lines={10} />}
      {!loading && found.length === 0 && <Empty icon="cpu" title={t('sizes.none')} />}
      {[...series]
        .toSorted(([left], [right]) => left.localeCompare(right))
        .map(([name, members]) => (
          <section key={name} aria-label={name}>
            <h2 className={styles['series']}>
              {name} <span className={styles['muted']}>{displayName(members)}</span>
            </h2>
            <Table
              label={name}
              items={members.toSorted(bySize)}
              keyOf={({ cluster, item }) => `${cluster}/${item.metadata.name ?? ''}`}
              columns={[
                { id: 'name', title: t('name'), cell: ({ item }) => item.metadata.name, width: '16rem' },
                {
                  id: 'cpus',
                  title: t('sizes.cpus'),
                  align: 'end',
                  width: '8rem',
                  cell: ({ item }) => item.spec.cpu.guest,
                },
                {
                  id: 'memory',
                  title: t('sizes.memory'),
                  align: 'end',
                  width: '8rem',
                  cell: ({ item }) => format.bytes(weight(item)),
                },
                {
                  id: 'more',
                  title: t('sizes.more'),
                  cell: ({ item }) => traits(item),
                },
              ]}
            />
          </section>
        ))}
    </>
  )
}

function bySize(left: Listed<Instancetype>, right: Listed<Instancetype>): number {
  return weight(left.item) - weight(right.item)
}

function weight({ spec }: Instancetype): number {
  return quantityToBytes(spec.memory.guest)
}

function displayName(members: readonly Listed<Instancetype>[]): string {
  return members[0]?.item.metadata.annotations?.['instancetype.kubevirt.io/displayName'] ?? ''
}

/** What sets it apart from a plain share of processors and memory. */
function traits({ spec }: Instancetype): string {
  return [
    spec.cpu.dedicatedCPUPlacement === true ? 'dedicated CPUs' : '',
    spec.cpu.numa === undefined ? '' : 'NUMA',
    spec.memory.hugepages === undefined ? '' : `${spec.memory.hugepages.pageSize} pages`,
    spec.memory.overcommitPercent === undefined ? '' : `overcommit ${spec.memory.overcommitPercent} %`,
    spec.gpus === undefined ? '' : 'GPU',
  ]
    .filter((word) => word !== '')
    .join(', ')
}
