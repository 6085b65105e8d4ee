/** The chosen row beside the list: what it is, why it is as it is, what can be done with it. */

import { useMemo, type ReactNode } from 'react'
import { referenceOfKey, type ActionId, type Row } from '@berth/view'
import { useChannel, useRow, useRowsStore, useTable } from '../../../live/index.ts'
import { stateWord, useMessages } from '../../../i18n/index.ts'
import { useFormat } from '../../../i18n/format.ts'
import { Link } from '../../../routes/navigation.tsx'
import { Button, Empty, IconButton, KeyValues, Menu, Notice, Skeleton, StatusMark } from '../../../ui/index.ts'
import { actionIcons, actionMenu } from '../../actions/index.ts'
import { Thumbnail } from '../../consoles/index.ts'
import { pageOf } from '../columns/cells.tsx'
import { termFor } from '../search/edit-query.ts'
import styles from './detail-panel.module.css'

export interface DetailPanelProps {
  rowKey: string
  onAction: (action: ActionId, row: Row) => void
  onClose: () => void
  onMenu: (open: boolean) => void
}

export function DetailPanel(props: DetailPanelProps): ReactNode {
  const { rowKey, onClose } = props
  const t = useMessages('workloads')
  const reference = referenceOfKey(rowKey)
  const name = reference?.name ?? ''
  return (
    <aside className={styles['panel']} aria-label={t('detail.label', { name })}>
      <header className={styles['header']}>
        <h2 className={styles['title']}>{name}</h2>
        <IconButton icon="close" label={t('detail.close')} onClick={onClose} />
      </header>
      {reference === undefined ? <Gone /> : <Detail key={rowKey} {...props} />}
    </aside>
  )
}

/** Its own query of one: the row stays live wherever the list is scrolled to. */
function Detail(props: DetailPanelProps): ReactNode {
  const { rowKey } = props
  const request = useMemo(() => {
    const reference = referenceOfKey(rowKey)
    const terms =
      reference === undefined
        ? []
        : (['cluster', 'kind', 'namespace', 'name'] as const).map((field) => termFor(field, reference[field]))
    return { table: 'workloads' as const, query: terms.join(' '), sort: [], facets: [] }
  }, [rowKey])
  const store = useRowsStore(request)
  const table = useTable(store)
  const row = useRow(store, rowKey)
  if (row !== undefined) return <Facts {...props} row={row} />
  if (table.status === 'refused') return <Notice tone="attention">{table.refusal?.message}</Notice>
  return table.seen ? <Gone /> : <Skeleton lines={8} />
}

function Gone(): ReactNode {
  const t = useMessages('workloads')
  return <Empty title={t('detail.gone')}>{t('detail.goneText')}</Empty>
}

/** Offered as buttons, those that the state allows first. */
const shownActions: readonly ActionId[] = ['start', 'unpause', 'vnc', 'stop', 'restart']

function Facts({ row, onAction, onMenu }: DetailPanelProps & { row: Row }): ReactNode {
  const t = useMessages('workloads')
  const words = useMessages('actions')
  const format = useFormat()
  const page = pageOf(row)
  const isMachine = page !== undefined
  const groups = actionMenu(row, words, (action) => onAction(action, row))
  const possible = groups
    .flatMap(({ items }) => items)
    .filter(({ id, reason }) => reason === undefined && shownActions.some((action) => action === id))
  const buttons = shownActions.flatMap((id) => possible.filter((item) => item.id === id)).slice(0, 2)
  const facts = [
    { label: t('column.namespace'), value: row.namespace },
    { label: t('column.cluster'), value: row.cluster },
    { label: t('column.node'), value: row.node },
    { label: t('column.address'), value: row.addresses.length === 0 ? undefined : row.addresses.join(', ') },
    { label: t('column.cpus'), value: row.cpus === undefined ? undefined : format.number(row.cpus, 2) },
    { label: t('column.memory'), value: row.memory === undefined ? undefined : format.bytes(row.memory) },
    { label: t('column.storage'), value: row.storage === undefined ? undefined : format.bytes(row.storage) },
    { label: t('column.os'), value: row.os },
    { label: t('column.instancetype'), value: row.instancetype },
    { label: t('column.network'), value: row.networks.length === 0 ? undefined : row.networks.join(', ') },
    { label: t('column.age'), value: <span title={format.time(row.created)}>{format.relative(row.created)}</span> },
  ]
  return (
    <div className={styles['content']}>
      <div className={styles['state']}>
        <StatusMark tone={row.tone}>{stateWord(t, row.status)}</StatusMark>
        <span className={styles['kind']}>{t(`kind.${row.kind}`)}</span>
      </div>
      {isMachine && <Why row={row} />}
      {isMachine && <Thumbnail target={row} running={row.tone === 'running'} className={styles['thumbnail'] ?? ''} />}
      <div className={styles['actions']}>
        {page !== undefined && (
          <Button kind="primary" href={page}>
            {t('detail.open')}
          </Button>
        )}
        {buttons.map(({ id, label }) => (
          <Button
            key={id}
            {...(actionIcons[id as ActionId] === undefined ? {} : { icon: actionIcons[id as ActionId] })}
            // `possible` was made of the table of actions.
            onClick={() => onAction(id as ActionId, row)}
          >
            {id === 'vnc' ? t('detail.screen') : label}
          </Button>
        ))}
        <Menu label={words('more')} groups={groups} align="end" onChange={onMenu}>
          <IconButton icon="more" label={words('more')} kind="default" />
        </Menu>
      </div>
      <KeyValues facts={facts.filter(({ value }) => value !== undefined)} />
    </div>
  )
}

/** One sentence; the whole chain is on the page. */
function Why({ row }: { row: Row }): ReactNode {
  const t = useMessages('workloads')
  const { value } = useChannel('why', { cluster: row.cluster, namespace: row.namespace, name: row.name })
  const text = value?.summary ?? row.reason
  const page = pageOf(row)
  if (text === undefined || text === '') return null
  if (row.tone !== 'attention') return <p className={styles['why']}>{text}</p>
  return (
    <Notice tone="attention" actions={page !== undefined && <Link href={page}>{t('detail.why')}</Link>}>
      {text}
    </Notice>
  )
}
