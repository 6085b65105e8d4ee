/** What stands in the lists of images, schedules and builds. */

import type { ReactNode } from 'react'
import { baseImageNamespace } from '@berth/api'
import { scheduleWords, type BuildRow, type FreshRow, type ImageOrigin, type ImageRow } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { ProgressBar, StatusMark, type TableColumn } from '../../../ui/index.ts'
import { useSeveralClusters } from '../../storage/use-several-clusters.ts'
import styles from './images.module.css'

export function ImageStateCell({ row }: { row: ImageRow }): ReactNode {
  const t = useMessages('catalogue')
  return (
    <State
      tone={row.tone}
      word={t(`images.states.${row.state}`)}
      progress={row.progress}
      busy={row.state === 'filling'}
    >
      {row.reason}
    </State>
  )
}

export function FreshStateCell({ row }: { row: FreshRow }): ReactNode {
  const t = useMessages('catalogue')
  return (
    <State
      tone={row.tone}
      word={t(`fresh.states.${row.state}`)}
      progress={row.progress}
      busy={row.state === 'importing'}
    >
      {row.reason}
    </State>
  )
}

export function BuildStateCell({ row }: { row: BuildRow }): ReactNode {
  const t = useMessages('catalogue')
  const word = row.cancelling ? t('builds.cancelling') : t(`builds.phase.${row.phase}`, { defaultValue: row.phase })
  return (
    <State
      tone={row.tone}
      word={row.version === undefined ? word : `${word} (v${row.version})`}
      progress={row.progress}
      busy={!row.over}
    >
      {row.over && row.phase === 'Succeeded' ? undefined : (row.step ?? row.message)}
    </State>
  )
}

function State({
  tone,
  word,
  progress,
  busy,
  children,
}: {
  tone: ImageRow['tone']
  word: string
  progress: number | undefined
  busy: boolean
  children: ReactNode
}): ReactNode {
  const format = useFormat()
  return (
    <span className={styles['state']}>
      <StatusMark tone={tone}>{progress === undefined ? word : `${word} ${format.percent(progress)}`}</StatusMark>
      {busy && <ProgressBar label={word} {...(progress === undefined ? {} : { value: progress })} />}
      {children !== undefined && children !== '' && <span className={styles['reason']}>{children}</span>}
    </span>
  )
}

export function OriginCell({ origin }: { origin: ImageOrigin }): ReactNode {
  const t = useMessages('catalogue')
  return (
    <span className={styles['origin']}>
      {t(`images.origin.${origin.kind}`)}
      {origin.name !== undefined && <span className={styles['muted']}>{origin.name}</span>}
    </span>
  )
}

/** Who may use it: those who may use its namespace. */
export function useReaders(): (namespace: string) => string {
  const t = useMessages('catalogue')
  return (namespace) =>
    namespace === baseImageNamespace ? t('images.everybody') : t('images.ofNamespace', { namespace })
}

/** `Every day at 03:00 (UTC)`. */
export function useScheduleText(): (schedule: string) => string {
  const t = useMessages('catalogue')
  return (schedule) => {
    const { kind, ...values } = scheduleWords(schedule)
    const day = 'day' in values && kind === 'weekly' ? { day: t(`schedule.day.${String(values.day)}`) } : {}
    const count = 'hours' in values ? { count: values.hours } : {}
    return t(`schedule.${kind}`, { ...values, ...day, ...count })
  }
}

/** Of lists with rows of several clusters; nothing where there is one. */
export function useClusterColumn<Item>(clusterOf: (item: Item) => string): TableColumn<Item>[] {
  const t = useMessages('catalogue')
  return useSeveralClusters() ? [{ id: 'cluster', title: t('storage:column.cluster'), cell: clusterOf }] : []
}
