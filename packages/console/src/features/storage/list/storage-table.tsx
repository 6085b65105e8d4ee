/** A storage list as a table: sorted by its heads, rows chosen by their boxes, each with its menu. */

import type { ReactNode } from 'react'
import { columnsOfTable, type StorageRow, type StorageTable } from '@berth/view'
import { useFormat, useMessages } from '../../../i18n/index.ts'
import { Icon, IconButton, Menu } from '../../../ui/index.ts'
import type { MenuGroup } from '../row-actions.ts'
import { useSeveralClusters } from '../use-several-clusters.ts'
import { columnsFor } from './columns.tsx'
import styles from './list.module.css'

export interface StorageTableProps {
  table: StorageTable
  label: string
  rows: readonly StorageRow[]
  sort: { column: string; descending: boolean } | undefined
  chosen: ReadonlySet<string>
  detail: string | undefined
  onSort: (column: string) => void
  onToggle: (rows: readonly StorageRow[], wanted: boolean) => void
  onDetail: (key: string) => void
  menuOf: (row: StorageRow) => readonly MenuGroup[]
}

export function StorageTableView(props: StorageTableProps): ReactNode {
  const { table, label, rows, sort, chosen, onSort, onToggle } = props
  const t = useMessages('storage')
  const fields = columnsOfTable(table)
  const columns = columnsFor(table, useSeveralClusters())
  const all = rows.length > 0 && rows.every(({ key }) => chosen.has(key))
  const head = (id: string): ReactNode => {
    const word = t(`column.${id}`)
    if (fields.of(id)?.sortable !== true) return word
    const at = sort?.column === id ? sort : undefined
    return (
      <button type="button" className={styles['sort']} onClick={() => onSort(id)}>
        {word}
        {at !== undefined && <Icon name={at.descending ? 'down' : 'up'} />}
      </button>
    )
  }
  const sorted = (id: string): 'ascending' | 'descending' | undefined =>
    sort?.column === id ? (sort.descending ? 'descending' : 'ascending') : undefined
  return (
    // A region that scrolls must be reachable by keyboard.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={styles['scroll']} role="region" aria-label={label} tabIndex={0}>
      <table className={styles['table']}>
        <thead>
          <tr>
            {table !== 'classes' && (
              <th scope="col" className={styles['check']}>
                <input
                  type="checkbox"
                  aria-label={t('select.all')}
                  checked={all}
                  onChange={() => onToggle(rows, !all)}
                />
              </th>
            )}
            <th scope="col" aria-sort={sorted('name')}>
              {head('name')}
            </th>
            {columns.map(({ id, align, minor }) => (
              <th
                key={id}
                scope="col"
                data-align={align}
                data-minor={minor === true || undefined}
                aria-sort={sorted(id)}
              >
                {head(id)}
              </th>
            ))}
            <th scope="col" className={styles['menu']}>
              <span className="visually-hidden">{t('select.actions')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Line key={row.key} {...props} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

function Line({
  row,
  table,
  chosen,
  detail,
  onToggle,
  onDetail,
  menuOf,
}: StorageTableProps & { row: StorageRow }): ReactNode {
  const t = useMessages('storage')
  const format = useFormat()
  const tools = { t, format }
  const columns = columnsFor(table, useSeveralClusters())
  const isChosen = chosen.has(row.key)
  const label = t('select.menuOf', { name: row.name })
  return (
    <tr data-chosen={isChosen || detail === row.key || undefined} data-deleting={row.deleting || undefined}>
      {table !== 'classes' && (
        <td className={styles['check']}>
          <input
            type="checkbox"
            aria-label={t('select.one', { name: row.name })}
            checked={isChosen}
            onChange={() => onToggle([row], !isChosen)}
          />
        </td>
      )}
      <th scope="row">
        <button type="button" className={styles['name']} onClick={() => onDetail(row.key)}>
          {row.name}
        </button>
      </th>
      {columns.map((column) => (
        <td key={column.id} data-align={column.align} data-minor={column.minor === true || undefined}>
          {column.cell(row, tools)}
        </td>
      ))}
      <td className={styles['menu']}>
        <Menu label={label} align="end" groups={menuOf(row)}>
          <IconButton icon="more" label={label} aria-haspopup="menu" />
        </Menu>
      </td>
    </tr>
  )
}
