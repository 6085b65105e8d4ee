/** The browser's copy of a window of the live table, and how updates change it. Pure: no clock, no DOM. */

import type { Facet, Line, Row, RowsUpdate, SourceState } from '@berth/view'

/** Changed in place: a window has up to 500 lines, and updates come ten times a second. */
export interface RowsModel {
  /** Undefined until the first window, and after an update was missed until the next one. */
  revision: number | undefined
  from: number
  window: readonly Line[]
  rows: Map<string, Row>
  lines: number
  total: number
  facets: readonly Facet[]
  sources: readonly SourceState[]
}

export interface Applied {
  /** Keys of rows whose values are new. */
  changed: string[]
  /** False when the update does not follow the one before: nothing was applied, and the window must be asked for again. */
  complete: boolean
}

export function emptyModel(): RowsModel {
  return { revision: undefined, from: 0, window: [], rows: new Map(), lines: 0, total: 0, facets: [], sources: [] }
}

/** Puts an update into the model. Rows that the window no longer names stay until `forgetRows`. */
export function applyUpdate(model: RowsModel, update: RowsUpdate): Applied {
  if (update.kind === 'window') {
    model.from = update.from
    model.window = update.window
    model.lines = update.lines
    model.total = update.total
    model.facets = update.facets
    model.sources = update.sources
  } else {
    if (model.revision === undefined || update.revision !== model.revision + 1) {
      model.revision = undefined
      return { changed: [], complete: false }
    }
    model.window = update.window ?? model.window
    model.lines = update.lines ?? model.lines
    model.total = update.total ?? model.total
    model.facets = update.facets ?? model.facets
    model.sources = update.sources ?? model.sources
  }
  model.revision = update.revision
  for (const row of update.rows) model.rows.set(row.key, row)
  return { changed: update.rows.map((row) => row.key), complete: true }
}

/** Drops rows that none of the windows names. */
export function forgetRows(model: RowsModel, ...windows: readonly (readonly Line[])[]): void {
  const named = new Set<string>()
  for (const window of windows) for (const line of window) if (typeof line === 'string') named.add(line)
  for (const key of model.rows.keys()) if (!named.has(key)) model.rows.delete(key)
}

/** How many lines are not where they were: what waits while rows are held. */
export function movedLines(shown: readonly Line[], latest: readonly Line[]): number {
  let moved = Math.abs(shown.length - latest.length)
  for (let at = 0; at < Math.min(shown.length, latest.length); at++) {
    if (lineName(shown[at]) !== lineName(latest[at])) moved++
  }
  return moved
}

function lineName(line: Line | undefined): string | undefined {
  return typeof line === 'object' ? `group ${line.group}` : line
}
