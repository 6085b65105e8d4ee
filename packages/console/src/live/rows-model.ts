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

/** How many changes wait while lines are held: lines that come or go, and lines that move past others. */
export function waitingChanges(shown: readonly Line[], latest: readonly Line[]): number {
  const places = new Map(latest.map((line, place) => [lineName(line), place]))
  const common = shown.map((line) => places.get(lineName(line))).filter((place) => place !== undefined)
  // What leaves above draws as many in below: that is one change, not two.
  const membership = Math.max(shown.length, latest.length) - common.length
  return membership + common.length - longestRise(common)
}

/** Keys of rows that are shown and in the list no longer, or not at this place. */
export function leavingKeys(shown: readonly Line[], latest: readonly Line[]): ReadonlySet<string> {
  const staying = new Set(latest.map(lineName))
  return new Set(shown.filter((line) => typeof line === 'string' && !staying.has(line)) as string[])
}

function lineName(line: Line): string {
  return typeof line === 'object' ? `group ${line.group}` : line
}

/** Length of the longest part that is in order; the rest has moved. */
function longestRise(places: readonly number[]): number {
  /** Smallest end of a rise of each length. */
  const ends: number[] = []
  for (const place of places) {
    let low = 0
    let high = ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((ends[middle] ?? 0) < place) low = middle + 1
      else high = middle
    }
    ends[low] = place
  }
  return ends.length
}
