/** One line of the grid. It renders when its own row changes, and not with the others. */

import { memo, useLayoutEffect, type ReactNode } from 'react'
import type { Row } from '@berth/view'
import { useRow, type RowsStore } from '../../../live/index.ts'
import { Icon } from '../../../ui/index.ts'
import { cellTitle, drawCell, type CellTools } from '../columns/cells.tsx'
import type { ChosenColumn } from '../columns/chosen-columns.ts'
import { columnOf } from '../columns/column-ids.ts'
import styles from './grid.module.css'

export interface GridRowProps {
  store: RowsStore
  rowKey: string
  /** Of the line in the whole list. */
  index: number
  top: number
  columns: readonly ChosenColumn[]
  selected: boolean
  /** Its panel is open. */
  detailed: boolean
  /** The column that Tab reaches; undefined in all rows but one. */
  active: number | undefined
  tools: CellTools
  /** Held at a place that is its own no longer. */
  leaving: boolean
  /** Gives the focus to its cell when it was lost with an element that is gone. */
  keepFocus: () => void
}

export const GridRow = memo(function GridRow(props: GridRowProps): ReactNode {
  const row = useRow(props.store, props.rowKey)
  const { active, keepFocus } = props
  // A skeleton that turns into its row takes its cells with it, and the focus must not go with them.
  useLayoutEffect(() => {
    if (active !== undefined) keepFocus()
  })
  if (row === undefined) return <SkeletonRow {...props} />
  return <LoadedRow {...props} row={row} />
})

function LoadedRow(props: GridRowProps & { row: Row }): ReactNode {
  const { row, index, top, columns, selected, detailed, active, tools, leaving } = props
  const menuColumn = columns.length + 1
  return (
    <div
      role="row"
      className={styles['row']}
      aria-rowindex={index + 2}
      aria-selected={selected}
      data-index={index}
      data-detailed={detailed || undefined}
      data-deleting={row.deleting || leaving || undefined}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div
        role="gridcell"
        className={styles['check']}
        aria-colindex={1}
        data-column={0}
        tabIndex={active === 0 ? 0 : -1}
        aria-label={tools.t(selected ? 'grid.selected' : 'grid.select', { name: row.name })}
      >
        <span className={styles['box']} data-state={selected ? 'all' : 'none'} aria-hidden>
          {selected && <Icon name="check" />}
        </span>
      </div>
      {columns.map(({ id }, place) => (
        <div
          key={id}
          role={id === 'name' ? 'rowheader' : 'gridcell'}
          className={id === 'name' ? styles['nameCell'] : styles['cell']}
          aria-colindex={place + 2}
          data-column={place + 1}
          data-align={columnOf(id).align}
          tabIndex={active === place + 1 ? 0 : -1}
          title={cellTitle(id, row, tools)}
        >
          {leaving && id === 'status' ? tools.t('grid.leaving') : drawCell(id, row, tools)}
        </div>
      ))}
      <div
        role="gridcell"
        className={styles['menuCell']}
        aria-colindex={menuColumn + 1}
        data-column={menuColumn}
        tabIndex={active === menuColumn ? 0 : -1}
        aria-label={tools.t('grid.menuOf', { name: row.name })}
        aria-haspopup="menu"
      >
        <Icon name="more" />
      </div>
    </div>
  )
}

/** A line whose row is on its way, in the geometry it will have. */
export function SkeletonRow(
  props: Pick<GridRowProps, 'index' | 'top' | 'columns' | 'tools'> & { active?: number | undefined },
): ReactNode {
  const { index, top, columns, active, tools } = props
  const loading = tools.t('grid.loading')
  return (
    <div
      role="row"
      className={styles['row']}
      aria-rowindex={index + 2}
      aria-busy
      data-index={index}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div
        role="gridcell"
        className={styles['check']}
        aria-colindex={1}
        data-column={0}
        tabIndex={active === undefined ? -1 : 0}
        aria-label={loading}
      >
        <span className={styles['box']} aria-hidden />
      </div>
      {columns.map(({ id }, place) => (
        <div
          key={id}
          role="gridcell"
          className={id === 'name' ? styles['nameCell'] : styles['cell']}
          aria-colindex={place + 2}
          aria-label={loading}
        >
          <span className={styles['bar']} style={{ inlineSize: `${45 + ((index * 7 + place * 13) % 40)}%` }} />
        </div>
      ))}
    </div>
  )
}
