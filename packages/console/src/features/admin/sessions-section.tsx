/** Where one is signed in, for administrators where everybody is; each can be ended at once. */

import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { TFunction } from 'i18next'
import type { ListedSessionInfo } from '@berth/view'
import { request } from '../../backend/index.ts'
import { useFormat, useMessages, type Format } from '../../i18n/index.ts'
import { Button, Problem, Section, showToast, Skeleton, Table, type TableColumn } from '../../ui/index.ts'

const key = ['sessions'] as const

export function SessionsSection() {
  const t = useMessages('admin')
  const format = useFormat()
  const client = useQueryClient()
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: async () => request<ListedSessionInfo[]>('/api/sessions'),
  })
  const end = useMutation({
    mutationFn: async (id: string) => request(`/api/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onError: (failure: Error) => showToast({ text: failure.message, tone: 'danger' }),
    onSettled: async () => client.invalidateQueries({ queryKey: key }),
  })
  return (
    <Section title={t('sessions.title')}>
      {error !== null && <Problem title={t('sessions.unread')} error={error} onRetry={() => void refetch()} />}
      {data === undefined && error === null && <Skeleton lines={2} />}
      {data !== undefined && (
        <Table
          label={t('sessions.title')}
          items={data}
          keyOf={({ id }) => id}
          columns={columnsOf(t, format, { ending: end.isPending ? end.variables : undefined, onEnd: end.mutate })}
        />
      )}
    </Section>
  )
}

function columnsOf(
  t: TFunction,
  format: Format,
  { ending, onEnd }: { ending: string | undefined; onEnd: (id: string) => void },
): TableColumn<ListedSessionInfo>[] {
  return [
    { id: 'user', title: t('users.name'), cell: ({ user }) => user },
    { id: 'begun', title: t('sessions.begun'), cell: ({ begun }) => format.time(begun) },
    {
      id: 'used',
      title: t('sessions.used'),
      cell: ({ used, current }) => (current ? t('sessions.current') : format.relative(used)),
    },
    {
      id: 'actions',
      title: t('users.actions'),
      align: 'end',
      cell: ({ id, user, used, current }) => (
        <Button
          // Several of one user differ by when they were used.
          aria-label={t('sessions.endOf', { user, time: format.relative(used) })}
          reason={current ? t('sessions.own') : undefined}
          busy={ending === id}
          onClick={() => onEnd(id)}
        >
          {t('sessions.end')}
        </Button>
      ),
    },
  ]
}
