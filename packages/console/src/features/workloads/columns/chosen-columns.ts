/** Which columns somebody chose, in which order and how wide. Pure. */

import { columnLimits, columnOf, columnTable, isColumnId, type ColumnDefinition, type ColumnId } from './column-ids.ts'

export interface ChosenColumn {
  id: ColumnId
  width: number
}

export const defaultColumns: readonly ChosenColumn[] = columnTable
  .filter((column: ColumnDefinition) => column.shown === true)
  .map(({ id, width }) => ({ id, width }))

/** `name:300,status` as it stands in URLs and preferences; what is not known or comes twice is left out. */
export function parseColumns(text: unknown): readonly ChosenColumn[] | undefined {
  if (typeof text !== 'string' || text === '') return undefined
  const columns: ChosenColumn[] = []
  for (const part of text.split(',')) {
    const [id = '', width] = part.split(':')
    if (!isColumnId(id) || columns.some((column) => column.id === id)) continue
    columns.push({ id, width: width === undefined ? columnOf(id).width : limited(Number(width), columnOf(id).width) })
  }
  return columns.length === 0 ? undefined : withName(columns)
}

export function writeColumns(columns: readonly ChosenColumn[]): string {
  return columns.map(({ id, width }) => (width === columnOf(id).width ? id : `${id}:${width}`)).join(',')
}

export function resizeColumn(columns: readonly ChosenColumn[], id: ColumnId, width: number): readonly ChosenColumn[] {
  return columns.map((column) => (column.id === id ? { id, width: limited(width, column.width) } : column))
}

/** Puts a column before the one at `to`; the name stays first. */
export function moveColumn(columns: readonly ChosenColumn[], id: ColumnId, to: number): readonly ChosenColumn[] {
  const moved = columns.find((column) => column.id === id)
  if (moved === undefined || id === 'name') return columns
  const rest = columns.filter((column) => column.id !== id)
  const place = Math.min(rest.length, Math.max(1, to))
  return [...rest.slice(0, place), moved, ...rest.slice(place)]
}

export function toggleColumn(columns: readonly ChosenColumn[], id: ColumnId): readonly ChosenColumn[] {
  if (id === 'name') return columns
  if (columns.some((column) => column.id === id)) return columns.filter((column) => column.id !== id)
  return [...columns, { id, width: columnOf(id).width }]
}

function withName(columns: readonly ChosenColumn[]): readonly ChosenColumn[] {
  const name = columns.find(({ id }) => id === 'name') ?? { id: 'name', width: columnOf('name').width }
  return [name, ...columns.filter(({ id }) => id !== 'name')]
}

function limited(width: number, otherwise: number): number {
  if (!Number.isFinite(width)) return otherwise
  return Math.round(Math.min(columnLimits.most, Math.max(columnLimits.least, width)))
}
