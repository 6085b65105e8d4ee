/** What clusters tell of: the newest events of the chosen scope, read anew every few seconds. */

import { useQueries } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import { useState } from 'react'
import { clusterApi, useSession } from '../../backend/index.ts'
import { useFormat, useMessages, type Format } from '../../i18n/index.ts'
import { Link } from '../../routes/navigation.tsx'
import { machinePath } from '../../routes/paths.ts'
import { useScope } from '../../routes/scope.ts'
import { Empty, Page, Problem, Segments, Skeleton, Stack, StatusMark, Table, type TableColumn } from '../../ui/index.ts'
import { ActivityTabs } from './activity-tabs.tsx'
import { newestEvents, type EventObject, type EventRow } from './event-rows.ts'

const everyMs = 5000
const most = 500

export function EventsPage() {
  const t = useMessages('activity')
  const format = useFormat()
  const { clusters } = useSession()
  const { cluster, namespace } = useScope()
  const [lens, setLens] = useState<'all' | 'warnings'>('all')
  const shown = clusters.filter(({ id, state }) => state === 'reachable' && (cluster === undefined || id === cluster))
  const answers = useQueries({
    queries: shown.map(({ id }) => ({
      queryKey: ['events', id, namespace ?? ''],
      queryFn: async ({ signal }: { signal: AbortSignal }) =>
        clusterApi(id).list<EventObject>(
          { group: '', version: 'v1', resource: 'events' },
          { ...(namespace === undefined ? {} : { namespace }), limit: most, signal },
        ),
      refetchInterval: everyMs,
    })),
  })
  const rows = newestEvents(
    answers.flatMap(({ data }, index) =>
      (data?.items ?? []).map((event) => ({ event, cluster: shown[index]?.id ?? '' })),
    ),
    most,
  ).filter(({ warning }) => lens === 'all' || warning)
  const loading = answers.some(({ isPending }) => isPending)
  return (
    <Page title={t('title')} below={<ActivityTabs current="events" />}>
      <Stack>
        <Segments
          label={t('events.lens')}
          value={lens}
          onChange={setLens}
          options={[
            { value: 'all', label: t('events.all') },
            { value: 'warnings', label: t('events.warnings') },
          ]}
        />
        {answers.map(({ error, refetch }, index) =>
          error === null ? null : (
            <Problem
              key={shown[index]?.id}
              title={t('events.unread', { cluster: shown[index]?.name ?? '' })}
              error={error}
              onRetry={() => void refetch()}
            />
          ),
        )}
        {loading && rows.length === 0 && <Skeleton lines={8} />}
        {!loading && rows.length === 0 && <Empty icon="activity" title={t('events.none')} />}
        {rows.length > 0 && (
          <Table label={t('events.title')} items={rows} keyOf={({ key }) => key} columns={eventColumns(t, format)} />
        )}
      </Stack>
    </Page>
  )
}

function eventColumns(t: TFunction, format: Format): TableColumn<EventRow>[] {
  return [
    {
      id: 'kind',
      title: t('events.kind'),
      width: '13rem',
      cell: ({ warning, reason }) => (warning ? <StatusMark tone="attention">{reason}</StatusMark> : reason),
    },
    {
      id: 'about',
      title: t('events.about'),
      header: true,
      width: '14rem',
      cell: (row) => <About row={row} />,
    },
    { id: 'message', title: t('events.message'), cell: ({ message }) => message },
    { id: 'count', title: t('events.count'), align: 'end', cell: ({ count }) => format.number(count) },
    {
      id: 'time',
      title: t('events.time'),
      width: '8rem',
      cell: ({ time }) => <time dateTime={time}>{time === '' ? '–' : format.relative(time)}</time>,
    },
  ]
}

function About({ row: { cluster, namespace, kind, name } }: { row: EventRow }) {
  const isMachine = kind === 'VirtualMachine' || kind === 'VirtualMachineInstance'
  if (isMachine) return <Link href={machinePath({ cluster, namespace, name })}>{name}</Link>
  return (
    <span>
      {kind} {name}
    </span>
  )
}
