/** Changes of a manifest: where, from what, to what, and when each takes effect. */

import type { TFunction } from 'i18next'
import type { ReactNode } from 'react'
import { pathText, type Change, type ChangeEffect } from '@berth/view'
import { useMessages } from '../../../i18n/index.ts'
import { Table, type TableColumn } from '../../../ui/index.ts'
import { EffectMark } from './field-row.tsx'
import styles from './configure.module.css'

export function ChangesTable({
  changes,
  effectOf,
  label,
}: {
  changes: readonly Change[]
  effectOf?: (change: Change) => ChangeEffect
  label: string
}) {
  const t = useMessages('machine')
  return <Table label={label} items={changes} keyOf={({ path }) => pathText(path)} columns={columnsOf(t, effectOf)} />
}

function When({ effect }: { effect: ChangeEffect }) {
  const t = useMessages('machine')
  return effect === 'now' ? <>{t('effect.now')}</> : <EffectMark effect={effect} />
}

/** A text keeps its lines; the rest is JSON. */
export function Value({ value }: { value: unknown }) {
  const t = useMessages('machine')
  if (value === undefined) return <span className={styles['hint']}>{t('configure.nothing')}</span>
  return (
    <code className={styles['value']}>{typeof value === 'string' ? value : JSON.stringify(value, undefined, 1)}</code>
  )
}

function columnsOf(t: TFunction, effectOf: ((change: Change) => ChangeEffect) | undefined): TableColumn<Change>[] {
  return [
    {
      id: 'path',
      title: t('configure.place'),
      cell: ({ path }) => <code className={styles['place']}>{pathText(path)}</code>,
    },
    { id: 'before', title: t('configure.before'), cell: ({ before }) => <Value value={before} /> },
    { id: 'after', title: t('configure.after'), cell: ({ after }) => <Value value={after} /> },
    ...(effectOf === undefined
      ? []
      : [
          {
            id: 'effect',
            title: t('configure.takesEffect'),
            cell: (change: Change): ReactNode => <When effect={effectOf(change)} />,
          },
        ]),
  ]
}
