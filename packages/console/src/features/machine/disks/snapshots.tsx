/** Snapshots of a machine where the cluster has them; where it has not, that is what stands here. */

import type { TFunction } from 'i18next'
import { useQuery } from '@tanstack/react-query'
import type { KubeObject } from '@berth/meta'
import { clusterApi, useCapabilities } from '../../../backend/index.ts'
import { useFormat, useMessages, type Format } from '../../../i18n/index.ts'
import { Empty, Notice, Problem, Skeleton, Table, type TableColumn } from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'

interface Snapshot extends KubeObject {
  spec?: { source?: { kind?: string; name?: string } }
  status?: { phase?: string; readyToUse?: boolean; creationTime?: string; error?: { message?: string } }
}

const group = 'snapshot.kubevirt.io'

export function Snapshots({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const { cluster, namespace } = live.target
  const { data: capabilities, error, isPending } = useCapabilities(cluster, namespace)
  if (error !== null) return <Problem title={t('snapshots.unknown')} error={error} />
  if (isPending) return <Skeleton lines={1} />
  const served = Object.entries(capabilities.resources).find(
    ([version, kinds]) => version.startsWith(`${group}/`) && kinds.includes('virtualmachinesnapshots'),
  )
  if (served === undefined) return <Notice>{t('snapshots.absent')}</Notice>
  return <SnapshotList live={live} version={served[0].slice(group.length + 1)} />
}

function SnapshotList({ live, version }: { live: LiveMachine; version: string }) {
  const t = useMessages('machine')
  const format = useFormat()
  const { cluster, namespace, name } = live.target
  const { data, error, isPending } = useQuery({
    queryKey: ['k8s', cluster, 'virtualmachinesnapshots', namespace],
    queryFn: async ({ signal }) =>
      clusterApi(cluster).list<Snapshot>(
        { group, version, resource: 'virtualmachinesnapshots' },
        { namespace, signal },
      ),
    retry: false,
  })
  if (isPending) return <Skeleton lines={2} />
  if (error !== null) return <Problem title={t('snapshots.unknown')} error={error} />
  const own = data.items.filter(({ spec }) => spec?.source?.name === name && spec.source.kind === 'VirtualMachine')
  if (own.length === 0) return <Empty title={t('snapshots.none')} />
  return (
    <Table
      label={t('snapshots.list')}
      items={own}
      keyOf={({ metadata }) => metadata.uid ?? metadata.name ?? ''}
      columns={columnsOf(t, format)}
    />
  )
}

function columnsOf(t: TFunction, format: Format): TableColumn<Snapshot>[] {
  return [
    { id: 'name', title: t('disks.name'), cell: ({ metadata }) => metadata.name },
    { id: 'state', title: t('disks.state'), cell: ({ status }) => status?.error?.message ?? status?.phase ?? '–' },
    {
      id: 'time',
      title: t('facts.created'),
      cell: ({ status, metadata }) => format.time(status?.creationTime ?? metadata.creationTimestamp ?? 0),
    },
  ]
}
