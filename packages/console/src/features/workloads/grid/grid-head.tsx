/** Heads of the columns: sorted by a click (the grid's), moved by dragging, resized at the edge; all of it by keyboard, too. */

import { useRef, useState, type PointerEvent, type ReactNode } from 'react'
import type { TFunction } from 'i18next'
import { Icon } from '../../../ui/index.ts'
import type { ChosenColumn } from '../columns/chosen-columns.ts'
import { columnOf, type ColumnId } from '../columns/column-ids.ts'
import type { SortKey } from '../state/sorting.ts'
import styles from './grid.module.css'

export interface GridHeadProps {
  columns: readonly ChosenColumn[]
  sorting: readonly SortKey[]
  /** Of the box that selects everything. */
  boxState: 'all' | 'none' | 'some'
  boxLabel: string
  active: number | undefined
  onMove: (column: ColumnId, to: number) => void
  onResize: (column: ColumnId, width: number) => void
  t: TFunction
}

const ariaSort = { up: 'ascending', down: 'descending' } as const

export function GridHead(props: GridHeadProps): ReactNode {
  const { columns, sorting, boxState, boxLabel, active, onMove, onResize, t } = props
  const [over, setOver] = useState<ColumnId>()
  const dragged = useRef<ColumnId>(undefined)
  return (
    <div role="rowgroup" className={styles['head']}>
      <div role="row" className={styles['headRow']} aria-rowindex={1} data-index={-1}>
        <div
          role="columnheader"
          className={styles['check']}
          aria-colindex={1}
          data-column={0}
          tabIndex={active === 0 ? 0 : -1}
          aria-label={boxLabel}
        >
          <span className={styles['box']} data-state={boxState} aria-hidden>
            {boxState === 'all' && <Icon name="check" />}
          </span>
        </div>
        {columns.map(({ id, width }, place) => {
          const order = sorting.findIndex(({ column }) => column === id)
          const key = sorting[order]
          const direction = key === undefined ? undefined : key.descending ? 'down' : 'up'
          const { sortable, align } = columnOf(id)
          return (
            <div
              key={id}
              role="columnheader"
              className={id === 'name' ? styles['nameHead'] : styles['headCell']}
              aria-colindex={place + 2}
              data-column={place + 1}
              data-align={align}
              data-sortable={sortable || undefined}
              data-over={over === id || undefined}
              // The first sorts; the others only break its ties.
              aria-sort={direction !== undefined && order === 0 ? ariaSort[direction] : undefined}
              tabIndex={active === place + 1 ? 0 : -1}
              title={t(sortable ? 'grid.headHint' : 'grid.headHintUnsorted')}
              draggable={id !== 'name'}
              onDragStart={(event) => {
                dragged.current = id
                event.dataTransfer.effectAllowed = 'move'
                event.dataTransfer.setData('text/plain', id)
              }}
              onDragEnd={() => {
                dragged.current = undefined
                setOver(undefined)
              }}
              onDragOver={(event) => {
                if (dragged.current === undefined || id === 'name') return
                event.preventDefault()
                setOver(id)
              }}
              onDrop={(event) => {
                event.preventDefault()
                if (dragged.current !== undefined) onMove(dragged.current, place)
                setOver(undefined)
              }}
            >
              <span className={styles['headWord']}>{t(`column.${id}`)}</span>
              {direction !== undefined && (
                <span className={styles['sortMark']} aria-hidden>
                  <Icon name={direction} />
                  {sorting.length > 1 && order + 1}
                </span>
              )}
              <ResizeHandle width={width} onResize={(next) => onResize(id, next)} />
            </div>
          )
        })}
        <div
          role="columnheader"
          className={styles['menuHead']}
          aria-colindex={columns.length + 2}
          data-column={columns.length + 1}
          tabIndex={active === columns.length + 1 ? 0 : -1}
          aria-label={t('grid.menu')}
        />
      </div>
    </div>
  )
}

function ResizeHandle({ width, onResize }: { width: number; onResize: (width: number) => void }): ReactNode {
  const start = useRef<{ x: number; width: number }>(undefined)
  const change = (event: PointerEvent): number | undefined => {
    if (start.current === undefined) return undefined
    const sign = getComputedStyle(event.currentTarget).direction === 'rtl' ? -1 : 1
    return start.current.width + sign * (event.clientX - start.current.x)
  }
  return (
    <span
      className={styles['resize']}
      aria-hidden
      // A drag of the edge is no drag of the column.
      draggable
      onDragStart={(event) => {
        event.preventDefault()
        event.stopPropagation()
      }}
      onClick={(event) => event.stopPropagation()}
      onPointerDown={(event) => {
        start.current = { x: event.clientX, width }
        event.currentTarget.setPointerCapture(event.pointerId)
      }}
      onPointerMove={(event) => {
        const next = change(event)
        if (next !== undefined) onResize(next)
      }}
      onPointerUp={() => {
        start.current = undefined
      }}
    />
  )
}
