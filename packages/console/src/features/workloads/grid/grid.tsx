/** The list as an ARIA grid: only lines that are seen are in the page, one of their cells has the focus, every key does something. */

import { useVirtualizer } from '@tanstack/react-virtual'
import {
  useCallback,
  useEffect,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type CSSProperties,
  type FocusEvent,
  type KeyboardEvent,
  type MouseEvent,
  type ReactNode,
  type SyntheticEvent,
} from 'react'
import type { Row } from '@berth/view'
import type { RowsStore, TableSnapshot } from '../../../live/index.ts'
import { useAppearance } from '../../../ui/index.ts'
import type { CellTools } from '../columns/cells.tsx'
import type { ChosenColumn } from '../columns/chosen-columns.ts'
import type { ColumnId } from '../columns/column-ids.ts'
import { chosenCount, headState, isChosen, type Chosen } from '../selection/chosen.ts'
import type { SortKey } from '../state/sorting.ts'
import { GridHead } from './grid-head.tsx'
import { actionOf, type Place } from './grid-keys.ts'
import { GridRow, SkeletonRow } from './grid-row.tsx'
import styles from './grid.module.css'
import { GroupRow } from './group-row.tsx'
import { findTyped, typeLetter, type Typed } from './type-ahead.ts'
import { useHold } from './use-hold.ts'

export interface GridProps {
  store: RowsStore
  table: TableSnapshot
  label: string
  columns: readonly ChosenColumn[]
  sorting: readonly SortKey[]
  chosen: Chosen
  /** Key of the row whose panel is open. */
  detail: string | undefined
  menuOpen: boolean
  tools: CellTools
  /** Another text: another list, which begins at its top. */
  listName: string
  onSort: (column: ColumnId, add: boolean) => void
  onMoveColumn: (column: ColumnId, to: number) => void
  onResizeColumn: (column: ColumnId, width: number) => void
  onToggle: (index: number, key: string) => void
  onRange: (index: number) => void
  onToggleAll: () => void
  onClear: () => void
  onDetail: (row: Row) => void
  onOpen: (row: Row) => void
  onMenu: (row: Row, at: { x: number; y: number }) => void
  onGroup: (group: string) => void
  /** The column whose values are the groups, or `label:…`; empty without groups. */
  groupedBy: string
  /** Shown under the head when there are no lines. */
  empty: ReactNode
}

const skeletonLines = 14
const menuWidth = 36
const checkWidth = 36

export function Grid(props: GridProps): ReactNode {
  const { store, table, columns, chosen, detail, tools } = props
  const { density } = useAppearance()
  const rowHeight = density === 'comfortable' ? 40 : 32
  const scroller = useRef<HTMLDivElement>(null)
  const typed = useRef<Typed>(undefined)
  const [active, setActive] = useState<Place>({ row: 0, column: 1 })
  const focusWanted = useRef(false)
  /** Whether the focus is in the grid, as far as somebody put it there. */
  const focused = useRef(false)
  const hold = useHold(store, props.menuOpen)
  const count = table.seen ? table.lines : skeletonLines
  const columnCount = columns.length + 2
  const at: Place = {
    row: Math.min(active.row, table.lines - 1),
    column: Math.min(active.column, columnCount - 1),
  }

  // Nothing here is memoized by what the virtualizer returns.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 6,
    scrollPaddingStart: rowHeight,
    // The line that has the focus stays in the page wherever one scrolls.
    rangeExtractor: ({ startIndex, endIndex, overscan, count: lines }) => {
      const first = Math.max(0, startIndex - overscan)
      const last = Math.min(lines - 1, endIndex + overscan)
      const indexes = Array.from({ length: Math.max(0, last - first + 1) }, (_, step) => first + step)
      if (at.row >= 0 && at.row < first) indexes.unshift(at.row)
      else if (at.row > last && at.row < lines) indexes.push(at.row)
      return indexes
    },
  })
  useEffect(() => virtualizer.measure(), [virtualizer, rowHeight])

  const { startIndex, endIndex } = virtualizer.range ?? { startIndex: 0, endIndex: skeletonLines }
  useEffect(() => {
    store.setVisible({ from: startIndex, count: endIndex - startIndex + 1 })
  }, [store, startIndex, endIndex])

  useEffect(() => {
    scroller.current?.scrollTo({ top: 0 })
    setActive((before) => ({ ...before, row: Math.min(before.row, 0) }))
  }, [props.listName])

  const focusCell = useCallback(() => {
    const cell = scroller.current?.querySelector<HTMLElement>('[tabindex="0"][role]')
    cell?.focus({ preventScroll: true })
    cell?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [])
  const keepFocus = useCallback(() => {
    if (focused.current && document.activeElement === document.body) focusCell()
  }, [focusCell])
  useLayoutEffect(() => {
    if (!focusWanted.current) return
    focusWanted.current = false
    focusCell()
  }, [at.row, at.column, focusCell])

  const go = (to: Place): void => {
    if (to.row === at.row && to.column === at.column) return
    focusWanted.current = true
    if (to.row >= 0 && to.row !== at.row) virtualizer.scrollToIndex(to.row)
    setActive(to)
  }
  const rowAt = (index: number): Row | undefined => {
    const line = store.line(index)
    return typeof line === 'string' ? store.row(line) : undefined
  }

  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>): void => {
    if (event.defaultPrevented) return
    const rightToLeft = getComputedStyle(event.currentTarget).direction === 'rtl'
    const page = Math.max(1, Math.floor(event.currentTarget.clientHeight / rowHeight) - 2)
    const action = actionOf(
      { key: event.key, shift: event.shiftKey, control: event.ctrlKey || event.metaKey, alt: event.altKey },
      at,
      { rows: table.lines, columns: columnCount, page, rightToLeft },
    )
    if (action === undefined) return
    hold.key()
    const line = store.line(at.row)
    const row = rowAt(at.row)
    const column = columns[at.column - 1]
    // A menu that opens must not see this very key as one pressed outside of it.
    event.stopPropagation()
    // Escape belongs to the page when there is nothing to clear here.
    if (action.do !== 'clear') event.preventDefault()
    switch (action.do) {
      case 'move':
        if (action.extend && action.to.row >= 0) props.onRange(action.to.row)
        go(action.to)
        if (!action.extend && action.to.row !== at.row && detail !== undefined) {
          const next = rowAt(action.to.row)
          if (next !== undefined) props.onDetail(next)
        }
        break
      case 'toggle':
        if (typeof line === 'object') props.onGroup(line.group)
        else if (row !== undefined) {
          if (event.shiftKey) props.onRange(at.row)
          else props.onToggle(at.row, row.key)
        }
        break
      case 'all':
        props.onToggleAll()
        break
      case 'clear':
        props.onClear()
        break
      case 'open':
        if (typeof line === 'object') props.onGroup(line.group)
        else if (row !== undefined && at.column === columnCount - 1) openMenu(row, at)
        else if (row !== undefined && at.column === 0) props.onToggle(at.row, row.key)
        else if (row !== undefined) props.onOpen(row)
        break
      case 'menu':
        if (row !== undefined) openMenu(row, at)
        break
      case 'sort':
        if (at.column === 0) props.onToggleAll()
        else if (column !== undefined) props.onSort(column.id, action.add)
        break
      case 'move-column': {
        const to = at.column - 1 + action.by
        if (column === undefined || column.id === 'name' || to < 1 || to >= columns.length) break
        props.onMoveColumn(column.id, to)
        go({ row: -1, column: at.column + action.by })
        break
      }
      case 'resize-column':
        if (column !== undefined) props.onResizeColumn(column.id, column.width + action.by)
        break
      case 'type': {
        typed.current = typeLetter(typed.current, action.letter, Date.now())
        const found = findTyped({
          text: typed.current.text,
          from: at.row,
          first: table.from,
          end: table.from + table.window.length,
          nameAt: (index) => rowAt(index)?.name,
        })
        if (found !== undefined) go({ row: found, column: at.column })
        break
      }
    }
  }

  /** Under the cell that has the focus; a point out of sight would have no menu. */
  const openMenu = (row: Row, { row: index, column }: Place): void => {
    const cell = scroller.current?.querySelector(`[data-index="${index}"] [data-column="${column}"]`)
    const box = cell?.getBoundingClientRect()
    props.onMenu(row, { x: (box?.left ?? 0) + 8, y: (box?.bottom ?? 0) - 4 })
  }

  const placeOf = (event: SyntheticEvent): Place | undefined => {
    if (!(event.target instanceof Element)) return undefined
    const row = event.target.closest<HTMLElement>('[data-index]')?.dataset['index']
    const column = event.target.closest<HTMLElement>('[data-column]')?.dataset['column']
    return row === undefined ? undefined : { row: Number(row), column: Number(column ?? 1) }
  }

  // Where the focus goes by itself (a screen reader, a script), the grid follows.
  const onFocus = (event: FocusEvent<HTMLElement>): void => {
    focused.current = true
    const place = placeOf(event)
    if (place !== undefined && (place.row !== at.row || place.column !== at.column)) setActive(place)
  }

  const onClick = (event: MouseEvent): void => {
    const place = placeOf(event)
    if (place === undefined) return
    setActive(place)
    if (place.row < 0) {
      const column = columns[place.column - 1]
      if (place.column === 0) props.onToggleAll()
      else if (column !== undefined) props.onSort(column.id, event.shiftKey || event.ctrlKey || event.metaKey)
      return
    }
    const line = store.line(place.row)
    if (typeof line === 'object') return props.onGroup(line.group)
    const row = rowAt(place.row)
    if (row === undefined) return
    if (event.shiftKey) {
      getSelection()?.removeAllRanges()
      props.onRange(place.row)
    } else if (place.column === 0 || event.ctrlKey || event.metaKey) props.onToggle(place.row, row.key)
    else if (place.column === columnCount - 1) openMenu(row, place)
    // A text that was just marked is to be copied; the second click of two opens the page.
    else if (event.detail < 2 && getSelection()?.isCollapsed !== false) props.onDetail(row)
  }

  const onDoubleClick = (event: MouseEvent): void => {
    const place = placeOf(event)
    if (place === undefined || place.row < 0 || place.column === 0 || place.column === columnCount - 1) return
    const row = rowAt(place.row)
    if (row !== undefined) props.onOpen(row)
  }

  const onContextMenu = (event: MouseEvent): void => {
    const place = placeOf(event)
    const row = place === undefined ? undefined : rowAt(place.row)
    if (row === undefined || place === undefined) return
    event.preventDefault()
    setActive(place)
    props.onMenu(row, { x: event.clientX, y: event.clientY })
  }

  const layout = useMemo(() => {
    const widths = columns.map(({ width }) => `${width}px`).join(' ')
    const sum = columns.reduce((total, { width }) => total + width, checkWidth + menuWidth)
    return {
      '--columns': `${checkWidth}px ${widths} ${menuWidth}px minmax(0, 1fr)`,
      '--width': `${sum}px`,
      '--check': `${checkWidth}px`,
      '--name': `${columns[0]?.width ?? 0}px`,
      '--row': `${rowHeight}px`,
      // React's type knows no custom properties.
    } as CSSProperties
  }, [columns, rowHeight])

  const activeIn = (index: number): number | undefined => (at.row === index ? at.column : undefined)
  const selectedCount = chosenCount(chosen, table.total)

  return (
    // A grid is worked with through its cells: it has the keys and clicks of all of them.
    // oxlint-disable-next-line jsx-a11y/interactive-supports-focus
    <div
      ref={scroller}
      role="grid"
      className={styles['grid']}
      style={layout}
      aria-label={props.label}
      aria-rowcount={table.lines + 1}
      aria-colcount={columnCount}
      aria-multiselectable
      aria-busy={!table.seen}
      onKeyDown={onKeyDown}
      onScroll={({ currentTarget }) => currentTarget.toggleAttribute('data-aside', currentTarget.scrollLeft !== 0)}
      onFocus={onFocus}
      onBlur={() => {
        focused.current = false
      }}
      onClick={onClick}
      onDoubleClick={onDoubleClick}
      onContextMenu={onContextMenu}
      onPointerEnter={hold.enter}
      onPointerLeave={hold.leave}
    >
      <GridHead
        columns={columns}
        sorting={props.sorting}
        boxState={headState(chosen, table.total)}
        boxLabel={tools.t(selectedCount > 0 ? 'grid.selectNone' : 'grid.selectAll', { count: table.total })}
        active={activeIn(-1) ?? (table.lines <= 0 ? 1 : undefined)}
        onMove={props.onMoveColumn}
        onResize={props.onResizeColumn}
        t={tools.t}
      />
      <div role="rowgroup" className={styles['body']} style={{ blockSize: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map(({ index, start }) => {
          const line = store.line(index)
          const common = { index, top: start, tools }
          if (typeof line === 'object') {
            return (
              <GroupRow
                key={index}
                {...common}
                {...line}
                by={props.groupedBy}
                span={columnCount}
                active={activeIn(index) !== undefined}
              />
            )
          }
          if (line === undefined) {
            return <SkeletonRow key={index} {...common} columns={columns} active={activeIn(index)} />
          }
          return (
            <GridRow
              key={index}
              {...common}
              store={store}
              rowKey={line}
              columns={columns}
              selected={isChosen(chosen, line)}
              detailed={detail === line}
              leaving={table.leaving.has(line)}
              keepFocus={keepFocus}
              active={activeIn(index)}
            />
          )
        })}
      </div>
      {table.seen && table.lines === 0 && props.empty}
    </div>
  )
}
