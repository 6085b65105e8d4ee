/** One storage list: search, filters, what is chosen, the row beside it, and the dialogs of all that can be done. */

import { useState, type ReactNode } from 'react'
import { columnsOfTable, type StorageRow, type StorageTable } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { useSearch, useSetSearch } from '../../../routes/navigation.tsx'
import { Button, Buttons, Empty, IconButton, Notice, Page, Skeleton } from '../../../ui/index.ts'
import { askUpload } from '../../uploads/index.ts'
import { SearchBox } from '../../workloads/search/search-box.tsx'
import { DetailPanel } from './detail-panel.tsx'
import { StorageDialogs } from '../dialogs/storage-dialogs.tsx'
import { rowActions, type Asked } from '../row-actions.ts'
import { FilterMenus } from './filter-menus.tsx'
import styles from './list.module.css'
import { SourceNotes } from './source-notes.tsx'
import { StorageTableView } from './storage-table.tsx'
import { pageSize, useStorageList } from './use-list.ts'
import { closedBecause, useStorage } from './use-storage.ts'

/** Rows chosen at once: as many as one task takes. */
const mostChosen = 500

export function StorageList({ table, tabs }: { table: StorageTable; tabs: ReactNode }): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const search = useSearch()
  const setSearch = useSetSearch()
  const list = useStorageList(table)
  const shown = useStorage<StorageTable>(list.request)
  const [chosen, setChosen] = useState<ReadonlyMap<string, StorageRow>>(new Map())
  const [asked, setAsked] = useState<Asked | undefined>(
    search['new'] === undefined ? undefined : { kind: table === 'policies' ? 'new-policy' : 'new-disk' },
  )
  const closed = closedBecause(table, shown.sources)
  const pages = Math.max(1, Math.ceil(shown.total / pageSize))
  const word = (id: string): string => t(`column.${id}`, { defaultValue: id })

  const toggle = (rows: readonly StorageRow[], wanted: boolean): void => {
    const next = new Map(chosen)
    for (const row of rows) {
      if (!wanted) next.delete(row.key)
      else if (next.size < mostChosen) next.set(row.key, row)
    }
    setChosen(next)
  }
  const close = (): void => {
    setAsked(undefined)
    if (search['new'] !== undefined) setSearch({ new: undefined })
  }
  const deletable = [...chosen.values()].flatMap((row) => (row.table === 'classes' ? [] : [row]))
  const detailed = shown.rows.find(({ key }) => key === list.detail)

  return (
    <Page
      title={t('title')}
      layout="fill"
      actions={
        closed === undefined && (
          <Buttons>
            {table === 'volumes' && (
              <Button icon="upload" onClick={() => askUpload({})}>
                {t('action.upload')}
              </Button>
            )}
            {(table === 'volumes' || table === 'classes') && (
              <Button kind="primary" icon="add" onClick={() => setAsked({ kind: 'new-disk' })}>
                {t('action.newDisk')}
              </Button>
            )}
            {table === 'policies' && (
              <Button kind="primary" icon="add" onClick={() => setAsked({ kind: 'new-policy' })}>
                {t('action.newPolicy')}
              </Button>
            )}
          </Buttons>
        )
      }
      below={
        <>
          {tabs}
          <div className={styles['tools']}>
            <SearchBox
              text={list.text}
              onText={list.setText}
              facets={shown.facets}
              fields={columnsOfTable(table)}
              words={{ label: t('search.label'), placeholder: t(`search.${table}`), field: word }}
            />
            <FilterMenus table={table} facets={shown.facets} text={list.text} onText={list.setText} />
          </div>
        </>
      }
    >
      <div className={styles['parts']}>
        <div className={styles['list']}>
          <div className={styles['line']}>
            {deletable.length > 0 ? (
              <>
                <strong aria-live="polite">{t('select.count', { count: deletable.length })}</strong>
                <IconButton icon="close" label={t('select.clear')} onClick={() => setChosen(new Map())} />
                <Button icon="remove" onClick={() => setAsked({ kind: 'delete', rows: deletable })}>
                  {t('action.delete')}
                </Button>
              </>
            ) : (
              <span aria-live="polite">{shown.seen && t(`count.${table}`, { count: shown.total })}</span>
            )}
            <SourceNotes sources={shown.sources} />
            {pages > 1 && (
              <span className={styles['end']}>
                <IconButton
                  icon="back"
                  label={t('page.back')}
                  reason={list.page === 0 ? t('page.first') : undefined}
                  onClick={() => list.setPage(list.page - 1)}
                />
                {t('page.of', { page: format.number(list.page + 1), pages: format.number(pages) })}
                <IconButton
                  icon="next"
                  label={t('page.next')}
                  reason={list.page + 1 >= pages ? t('page.last') : undefined}
                  onClick={() => list.setPage(list.page + 1)}
                />
              </span>
            )}
          </div>
          {shown.refusal !== undefined && <Notice tone="attention">{shown.refusal}</Notice>}
          {!shown.seen && shown.refusal === undefined && <Skeleton lines={8} />}
          {closed !== undefined && (
            <Empty icon="info" title={t(`closed.${closed.state}.${table}`)}>
              {t(`closed.${closed.state}.text`)}
            </Empty>
          )}
          {closed === undefined && shown.seen && shown.total === 0 && (
            <NothingThere table={table} text={list.text} onClear={() => list.setText('')} onAsk={setAsked} />
          )}
          {closed === undefined && shown.rows.length > 0 && (
            <StorageTableView
              table={table}
              label={t(`table.${table}`)}
              rows={shown.rows}
              sort={list.sort}
              chosen={new Set(chosen.keys())}
              detail={list.detail}
              onSort={list.clickSort}
              onToggle={toggle}
              onDetail={(key) => list.setDetail(key === list.detail ? undefined : key)}
              menuOf={(row) => rowActions(row, t, setAsked)}
            />
          )}
        </div>
        {detailed !== undefined && (
          <DetailPanel
            row={detailed}
            groups={rowActions(detailed, t, setAsked)}
            onClose={() => list.setDetail(undefined)}
          />
        )}
      </div>
      {asked !== undefined && <StorageDialogs asked={asked} onClose={close} onDone={() => setChosen(new Map())} />}
    </Page>
  )
}

function NothingThere({
  table,
  text,
  onClear,
  onAsk,
}: {
  table: StorageTable
  text: string
  onClear: () => void
  onAsk: (asked: Asked) => void
}): ReactNode {
  const t = useMessages('storage')
  if (text.trim() !== '') {
    return (
      <Empty icon="search" title={t('empty.noMatch')} action={<Button onClick={onClear}>{t('empty.clear')}</Button>} />
    )
  }
  const first: Partial<Record<StorageTable, { asked: Asked; word: string }>> = {
    volumes: { asked: { kind: 'new-disk' }, word: t('action.newDisk') },
    policies: { asked: { kind: 'new-policy' }, word: t('action.newPolicy') },
  }
  const step = first[table]
  return (
    <Empty
      icon="disk"
      title={t(`empty.${table}`)}
      action={
        step !== undefined && (
          <Button kind="primary" icon="add" onClick={() => onAsk(step.asked)}>
            {step.word}
          </Button>
        )
      }
    >
      {t(`empty.${table}Text`)}
    </Empty>
  )
}
