/** What happened to a machine, newest first: state, changes of its manifest, events; each kind can be left out. */

import type { TFunction } from 'i18next'
import { useMemo, useState } from 'react'
import type { TimelineEntry, TimelineUpdate } from '@berth/view'
import { useFoldedChannel } from '../../../live/index.ts'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { CheckboxField, Empty, Icon, Notice, Skeleton, Stack, type IconName } from '../../../ui/index.ts'
import type { LiveMachine } from '../use-machine.ts'
import styles from './timeline.module.css'

const kinds = ['state', 'change', 'action', 'event'] as const
type Kind = (typeof kinds)[number]
const icons: Record<Kind, IconName> = { state: 'activity', change: 'edit', action: 'user', event: 'info' }

function fold(before: readonly TimelineEntry[] | undefined, update: TimelineUpdate): readonly TimelineEntry[] {
  if (update.kind === 'all' || before === undefined) return update.entries
  const fresh = new Set(update.entries.map(({ id }) => id))
  return [...before.filter(({ id }) => !fresh.has(id)), ...update.entries]
}

export function TimelineTab({ live }: { live: LiveMachine }) {
  const t = useMessages('machine')
  const { cluster, namespace, name } = live.target
  const { value, refusal } = useFoldedChannel('timeline', { cluster, namespace, name }, fold)
  const [hidden, setHidden] = useState<ReadonlySet<Kind>>(new Set())
  const shown = useMemo(
    () =>
      (value ?? [])
        .filter(({ kind }) => !hidden.has(kind))
        // What happened in the same second stands in the order it came in.
        .toSorted((left, right) => left.time.localeCompare(right.time))
        .toReversed(),
    [value, hidden],
  )
  if (refusal !== undefined) return <Notice tone="attention">{refusal.message}</Notice>
  if (value === undefined) return <Skeleton lines={6} />
  const toggle = (kind: Kind): void => {
    const next = new Set(hidden)
    if (!next.delete(kind)) next.add(kind)
    setHidden(next)
  }
  return (
    <Stack>
      <fieldset className={styles['kinds']}>
        <legend className="visually-hidden">{t('timeline.show')}</legend>
        {kinds.map((kind) => (
          <CheckboxField
            key={kind}
            label={t(`timeline.kind.${kind}`)}
            checked={!hidden.has(kind)}
            onChange={() => toggle(kind)}
          />
        ))}
      </fieldset>
      {shown.length === 0 ? (
        <Empty icon="clock" title={t('timeline.none')} />
      ) : (
        <ol className={styles['entries']} aria-label={t('tab.timeline')}>
          {shown.map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </ol>
      )}
      <p className={styles['note']}>{t('timeline.note')}</p>
    </Stack>
  )
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const t = useMessages('machine')
  const format = useFormat()
  const { time, kind, tone, message, about, who, count, changes = [] } = entry
  const created = entry.id.startsWith('created/')
  return (
    <li className={styles['entry']} data-tone={tone}>
      <time dateTime={time} title={format.time(time)} className={styles['time']}>
        {format.time(time)}
      </time>
      <span className={styles['icon']}>
        <Icon name={tone === 'warning' ? 'alert' : icons[kind]} />
        <span className="visually-hidden">
          {tone === 'warning' ? t('timeline.warning') : t(`timeline.kind.${kind}`)}
        </span>
      </span>
      <div className={styles['what']}>
        <p>
          <strong>{created ? t('timeline.created') : titleOf(entry, t)}</strong>
          {about !== undefined && (
            <span className={styles['quiet']}>
              {' '}
              {about.kind} {about.name}
            </span>
          )}
          {count !== undefined && <span className={styles['quiet']}> × {format.number(count)}</span>}
          {who !== undefined && <span className={styles['quiet']}> · {who}</span>}
        </p>
        {message !== '' && <p className={styles['message']}>{message}</p>}
        {changes.length > 0 && (
          <ul className={styles['changes']}>
            {changes.map(({ path, before, after }) => (
              <li key={path}>
                <code>{path}</code>
                {before !== undefined && <del>{before}</del>}
                {after !== undefined && <ins>{after}</ins>}
              </li>
            ))}
          </ul>
        )}
      </div>
    </li>
  )
}

function titleOf({ kind, title }: TimelineEntry, t: TFunction): string {
  if (kind === 'change') return t('timeline.changed')
  return kind === 'action' ? t(`actions:action.${title}`, { defaultValue: title }) : title
}
