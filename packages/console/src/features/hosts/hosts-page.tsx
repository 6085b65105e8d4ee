/** Hosts with what is free on them; each leads to the machines that run there. */

import type { TFunction } from 'i18next'
import { quote, type ClusterInfo } from '@berth/view'
import { useCapabilities, useSession } from '../../backend/index.ts'
import { useFormat, useMessages, type Format } from '../../i18n/index.ts'
import { Link } from '../../routes/navigation.tsx'
import { workloadsPath } from '../../routes/paths.ts'
import { useScope } from '../../routes/scope.ts'
import {
  Empty,
  Notice,
  Page,
  Problem,
  Section,
  Skeleton,
  Stack,
  StatusMark,
  Table,
  type TableColumn,
  Usage,
} from '../../ui/index.ts'
import type { Host } from './sum.ts'

export function HostsPage() {
  const t = useMessages('hosts')
  const { clusters } = useSession()
  const scope = useScope()
  const shown = scope.cluster === undefined ? clusters : clusters.filter(({ id }) => id === scope.cluster)
  return (
    <Page title={t('title')}>
      <Stack gap={4}>
        {shown.map((cluster) => (
          <Section key={cluster.id} title={cluster.name}>
            <Hosts cluster={cluster} />
          </Section>
        ))}
      </Stack>
    </Page>
  )
}

function Hosts({ cluster }: { cluster: ClusterInfo }) {
  const t = useMessages('hosts')
  const format = useFormat()
  const { data, error, refetch } = useCapabilities(cluster.state === 'reachable' ? cluster.id : undefined)
  if (cluster.state !== 'reachable') return <Notice tone="attention">{cluster.message}</Notice>
  if (error !== null) return <Problem title={t('unknown')} error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Skeleton lines={4} />
  const hidden = data.problems.find(({ part }) => part === 'nodes')
  if (data.nodes === undefined)
    return (
      <Empty icon="hosts" title={t('hidden')}>
        {hidden?.message}
      </Empty>
    )
  return <Table label={t('title')} items={data.nodes} keyOf={({ name }) => name} columns={hostColumns(t, format)} />
}

/** How a host runs guests, in words; `kvm` and what else a cluster names stay as they are. */
function accelerationWord(acceleration: string | undefined, t: TFunction): string {
  if (acceleration === undefined) return '–'
  return acceleration === 'tcg' ? t('emulated') : acceleration.toUpperCase()
}

function hostColumns(t: TFunction, format: Format): TableColumn<Host>[] {
  return [
    {
      id: 'name',
      title: t('name'),
      cell: ({ name }) => <Link href={workloadsPath({ q: `node:${quote(name)}` })}>{name}</Link>,
    },
    {
      id: 'state',
      title: t('state'),
      cell: ({ schedulable }) =>
        schedulable ? (
          <StatusMark tone="running">{t('ready')}</StatusMark>
        ) : (
          <StatusMark tone="attention">{t('notReady')}</StatusMark>
        ),
    },
    { id: 'acceleration', title: t('acceleration'), cell: ({ acceleration }) => accelerationWord(acceleration, t) },
    { id: 'cpus', title: t('cpus'), align: 'end', cell: ({ cpus }) => format.number(cpus) },
    {
      id: 'memory',
      title: t('memory'),
      width: '20rem',
      cell: ({ memory, freeMemory }) =>
        freeMemory === undefined || memory === 0 ? (
          format.bytes(memory)
        ) : (
          <Usage
            label={t('memory')}
            used={1 - freeMemory / memory}
            text={t('used', { used: format.bytes(memory - freeMemory), all: format.bytes(memory) })}
          />
        ),
    },
  ]
}
