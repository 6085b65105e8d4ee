/** One list of everything that runs, live: search, lenses, groups, selection, and the chosen row beside it. */

import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { columnOf, type ActionId, type Row, type Selection } from '@berth/view'
import { useRowsStore, useTable } from '../../live/index.ts'
import { useFormat } from '../../i18n/format.ts'
import { useMessages } from '../../i18n/index.ts'
import { useGo } from '../../routes/navigation.tsx'
import { consoleWallPath, createPath, machineTabPath } from '../../routes/paths.ts'
import { Button, Page } from '../../ui/index.ts'
import { actionMenu, PlanDialog } from '../actions/index.ts'
import { ColumnsDialog } from './columns/columns-dialog.tsx'
import { moveColumn, parseColumns, resizeColumn, writeColumns } from './columns/chosen-columns.ts'
import { pageOf, type CellTools } from './columns/cells.tsx'
import { DetailPanel } from './detail/detail-panel.tsx'
import { ShowAsDialog } from './detail/show-as-dialog.tsx'
import { EmptyList } from './empty-list.tsx'
import { Grid } from './grid/grid.tsx'
import { PointMenu } from './grid/point-menu.tsx'
import { Facets } from './search/facets.tsx'
import { GroupChoice } from './search/group-choice.tsx'
import { SearchBox } from './search/search-box.tsx'
import { useFacets } from './search/use-facets.ts'
import { BulkBar } from './selection/bulk-bar.tsx'
import { chosenCount, selectionOf } from './selection/chosen.ts'
import { useChosen } from './selection/use-chosen.ts'
import { clickSorting, writeSorting } from './state/sorting.ts'
import { useListPreferences, useSetListPreference } from './state/list-preferences.ts'
import { useListState } from './state/use-list-state.ts'
import { StatusLine } from './status-line.tsx'
import { ViewsMenu } from './views/views-menu.tsx'
import styles from './workloads-page.module.css'

interface Asked {
  action: ActionId
  selection: Selection
  name?: string
}

export function WorkloadsPage(): ReactNode {
  const t = useMessages('workloads')
  const words = useMessages('actions')
  const format = useFormat()
  const go = useGo()
  const preferences = useListPreferences()
  const setPreference = useSetListPreference()
  const lenses = useFacets()
  const list = useListState(lenses.columns)
  const store = useRowsStore(list.request)
  const table = useTable(store)
  const selection = useChosen({
    store,
    request: list.request,
    total: table.total,
    tooMany: (most) => t('bulk.tooMany', { count: most, shown: format.number(most) }),
  })
  const now = useMinutes()
  const tools = useMemo<CellTools>(() => ({ t, format, now }), [t, format, now])
  const [asked, setAsked] = useState<Asked>()
  const [menu, setMenu] = useState<{ row: Row; at: { x: number; y: number } }>()
  const [otherMenu, setOtherMenu] = useState(false)
  const [dialog, setDialog] = useState<'columns' | 'show-as'>()
  const { chosen } = selection
  const count = chosenCount(chosen, table.total)
  const shown = {
    q: list.text,
    sort: writeSorting(list.sorting),
    group: list.group ?? '',
    columns: writeColumns(list.columns),
  }

  const act = (action: ActionId, row: Row): void => {
    if (action === 'clone' || action === 'export') {
      const { cluster, namespace, name } = row
      go(machineTabPath({ cluster, namespace, name, tab: 'disks' }, { open: action }))
    } else if (action === 'vnc' || action === 'console' || action === 'edit') {
      const { cluster, namespace, name } = row
      go(machineTabPath({ cluster, namespace, name, tab: action === 'edit' ? 'configure' : 'console' }))
    } else setAsked({ action, selection: { kind: 'keys', keys: [row.key] }, name: row.name })
  }
  const open = (row: Row): void => {
    const page = pageOf(row)
    if (page === undefined) list.setDetail(row.key)
    else go(page)
  }

  return (
    <Page
      title={t('title')}
      layout="fill"
      actions={
        <>
          <ViewsMenu
            views={preferences.views}
            shown={shown}
            onMenu={setOtherMenu}
            onViews={(views) => setPreference({ views })}
            onShow={list.show}
          />
          <Button icon="columns" onClick={() => setDialog('columns')}>
            {t('columns.button')}
          </Button>
          <Button icon="screen" href={consoleWallPath({ q: list.text })}>
            {t('screens')}
          </Button>
          <a className={styles['export']} href={exportAddress(list.query, shown)} download>
            {t('export')}
          </a>
          <Button kind="primary" icon="add" href={createPath()}>
            {t('create')}
          </Button>
        </>
      }
      below={
        <div className={styles['search']}>
          <Button
            icon="filter"
            aria-expanded={lenses.open}
            aria-controls="lenses"
            onClick={() => lenses.setOpen(!lenses.open)}
          >
            {t('lens.button')}
          </Button>
          <SearchBox text={list.text} onText={list.setText} facets={table.facets} />
          <GroupChoice group={list.group} onGroup={list.setGroup} tag={lenses.tag} onMenu={setOtherMenu} />
        </div>
      }
    >
      <div className={styles['parts']}>
        {lenses.open && (
          <div id="lenses" className={styles['lenses']}>
            <Facets
              facets={table.facets}
              text={list.text}
              onText={list.setText}
              unfolded={lenses.unfolded}
              onUnfold={lenses.unfold}
              tag={lenses.tag}
              onTag={lenses.setTag}
              tagKeys={tagKeys(table.window.map((line) => (typeof line === 'string' ? store.row(line) : undefined)))}
            />
          </div>
        )}
        <div className={styles['list']}>
          <div className={styles['line']}>
            {count > 0 ? (
              <BulkBar
                chosen={chosen}
                total={table.total}
                onAction={(action) => setAsked({ action, selection: selectionOf(chosen) })}
                onAll={selection.all}
                onClear={selection.clear}
                onShowAs={() => setDialog('show-as')}
              />
            ) : (
              <StatusLine table={table} onShowWaiting={() => store.showWaiting()} />
            )}
          </div>
          <Grid
            store={store}
            table={table}
            label={t('title')}
            columns={list.columns}
            sorting={list.sorting}
            chosen={chosen}
            detail={list.detail}
            menuOpen={menu !== undefined || otherMenu}
            tools={tools}
            groupedBy={shown.group}
            listName={`${list.query} ${shown.sort} ${shown.group}`}
            onSort={(column, add) => list.setSorting(clickSorting(list.sorting, column, { add }))}
            onMoveColumn={(id, to) => list.setColumns(moveColumn(list.columns, id, to))}
            onResizeColumn={(id, width) => list.setColumns(resizeColumn(list.columns, id, width))}
            onToggle={selection.toggleRow}
            onRange={selection.range}
            onToggleAll={selection.toggleAll}
            onClear={() => (count > 0 ? selection.clear() : list.setDetail(undefined))}
            onDetail={(row) => list.setDetail(row.key)}
            onOpen={open}
            onMenu={(row, at) => setMenu({ row, at })}
            onGroup={list.toggleGroup}
            empty={<EmptyList text={list.text} table={table} onText={list.setText} />}
          />
        </div>
        {list.detail !== undefined && (
          <DetailPanel
            rowKey={list.detail}
            onAction={act}
            onClose={() => list.setDetail(undefined)}
            onMenu={setOtherMenu}
          />
        )}
      </div>
      {menu !== undefined && (
        <PointMenu
          at={menu.at}
          label={t('grid.menuOf', { name: menu.row.name })}
          groups={actionMenu(store.row(menu.row.key) ?? menu.row, words, (action) => act(action, menu.row))}
          onClose={() => setMenu(undefined)}
        />
      )}
      {asked !== undefined && <PlanDialog {...asked} onClose={() => setAsked(undefined)} onStarted={selection.clear} />}
      {dialog === 'columns' && (
        <ColumnsDialog columns={list.columns} onColumns={list.setColumns} onClose={() => setDialog(undefined)} />
      )}
      {dialog === 'show-as' && <ShowAsDialog selection={selectionOf(chosen)} onClose={() => setDialog(undefined)} />}
    </Page>
  )
}

/** The list as a file: same query, same order, same columns. */
function exportAddress(query: string, { sort, columns }: { sort: string; columns: string }): string {
  // Two of the list's columns are drawn from several values: the file has only the server's.
  const ids = (parseColumns(columns) ?? []).flatMap(({ id }) => (columnOf(id) === undefined ? [] : [id])).join(',')
  return `/api/export.csv?${new URLSearchParams({ table: 'workloads', query, sort, columns: ids }).toString()}`
}

const mostTagKeys = 50

/** Keys of labels on what is seen now, to choose from. */
function tagKeys(rows: readonly (Row | undefined)[]): string[] {
  const keys = new Set(rows.flatMap((row) => (row === undefined ? [] : Object.keys(row.labels))))
  return [...keys].toSorted().slice(0, mostTagKeys)
}

/** Ages are right to the minute. */
function useMinutes(): number {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 30_000)
    return () => clearInterval(timer)
  }, [])
  return now
}
