/**
 * Sends one window of a list: whole at first, then what differs from what the browser has. Whatever happens in between, only the newest
 * state is ever sent, so that slow readers and busy lists cost the same as others.
 */

import type { Clock } from '@berth/base'
import type { Facet, Line, Row, RowsRequest, RowsUpdate, SourceState } from '@berth/view'
import type { OpenRows } from '../../rows/engine.ts'
import type { Entry } from '../../rows/entry.ts'

/** Ten times a second for what is seen, once for what is counted. */
const rowsMs = 100
const countsMs = 1000
/** A browser that does not keep up is looked at again after this long. */
const slowMs = 100

export interface WindowSender {
  /** Something may have changed. */
  poke(): void
  /** Sends everything at once. */
  send(): void
  request: RowsRequest
  close(): void
}

interface SentRow {
  entry: Entry
  text: string
}

export function createWindowSender(options: {
  rows: OpenRows
  request: RowsRequest
  send: (update: RowsUpdate) => void
  ready: () => boolean
  /** Does what a timer began. */
  work?: <Result>(task: () => Result) => Result
  clock: Clock
}): WindowSender {
  const { rows, send, ready, work = (task) => task(), clock } = options
  let request = options.request
  let revision = 0
  let lines: Line[] = []
  let sent = new Map<string, SentRow>()
  let counts = { lines: -1, total: -1 }
  let facets: readonly string[] = []
  let sources = ''
  let lastRowsMs = -Infinity
  let lastCountsMs = -Infinity
  let cancel: (() => void) | undefined
  let dueMs = Infinity
  /** The browser has no window that a delta could rest on. */
  let whole = true
  let closed = false

  const nowMs = (): number => clock.now().getTime()
  const collapsed = (): ReadonlySet<string> => new Set(request.collapsed)

  function schedule(atMs: number): void {
    if (closed || atMs >= dueMs) return
    cancel?.()
    dueMs = atMs
    cancel = clock.after(Math.max(0, atMs - nowMs()), () => {
      cancel = undefined
      dueMs = Infinity
      if (!ready()) schedule(nowMs() + slowMs)
      else work(whole ? sendWindow : sendDelta)
    })
  }

  function look(): { window: Line[]; entries: Map<string, Entry>; lines: number; total: number } {
    const folded = collapsed()
    const { from, count } = request
    return {
      ...rows.view.window({ from, count, collapsed: folded }),
      lines: rows.view.lines(folded),
      total: rows.view.total,
    }
  }

  function facetsNow(): { all: Facet[]; texts: string[] } {
    const all = (request.facets ?? []).map((column) => rows.view.facet(column))
    return { all, texts: all.map((facet) => JSON.stringify(facet)) }
  }

  /** Rows that the browser does not have as they are, and all that it has then. */
  function rowsOf(entries: ReadonlyMap<string, Entry>): { changed: Row[]; next: Map<string, SentRow> } {
    const now = clock.now()
    const changed: Row[] = []
    const next = new Map<string, SentRow>()
    for (const [key, entry] of entries) {
      const before = sent.get(key)
      if (before?.entry === entry) {
        next.set(key, before)
        continue
      }
      const row = entry.full(now)
      const text = JSON.stringify(row)
      if (before?.text !== text) changed.push(row)
      next.set(key, { entry, text })
    }
    return { changed, next }
  }

  function sendWindow(): void {
    const now = look()
    const { all, texts } = facetsNow()
    const states = rows.sources()
    sent = new Map()
    const { changed, next } = rowsOf(now.entries)
    remember({ now, next, texts, states })
    lastRowsMs = lastCountsMs = nowMs()
    whole = false
    revision += 1
    send({
      kind: 'window',
      revision,
      from: request.from,
      lines: now.lines,
      total: now.total,
      window: now.window,
      rows: changed,
      facets: all,
      sources: states,
    })
  }

  function remember(of: {
    now: ReturnType<typeof look>
    next: Map<string, SentRow>
    texts: readonly string[] | undefined
    states: SourceState[]
  }): void {
    lines = of.now.window
    counts = { lines: of.now.lines, total: of.now.total }
    sent = of.next
    facets = of.texts ?? facets
    sources = JSON.stringify(of.states)
  }

  function sendDelta(): void {
    const at = nowMs()
    const now = look()
    const states = rows.sources()
    const countsDue = at - lastCountsMs >= countsMs
    const { changed, next } = rowsOf(now.entries)
    sent = next
    const moved = !sameLines(lines, now.window)
    const counted = counts.lines !== now.lines || counts.total !== now.total || !sameHeads(lines, now.window)
    const told = countsDue ? facetsNow() : undefined
    const newFacets = told !== undefined && told.texts.some((text, index) => text !== facets[index])
    const newSources = JSON.stringify(states) !== sources
    // A moved window goes with its counts: a list that is shorter than its window would be drawn with holes.
    const tellCounts = counted && (countsDue || moved)
    if (changed.length > 0 || moved || tellCounts || newFacets || newSources) {
      revision += 1
      send({
        kind: 'delta',
        revision,
        rows: changed,
        ...(moved || (tellCounts && request.group !== undefined) ? { window: now.window } : {}),
        ...(tellCounts ? { lines: now.lines, total: now.total } : {}),
        ...(newFacets ? { facets: told.all } : {}),
        ...(newSources ? { sources: states } : {}),
      })
      lastRowsMs = at
      if (moved || tellCounts) {
        lines = now.window
        counts = { lines: now.lines, total: now.total }
      }
      if (newSources) sources = JSON.stringify(states)
      if (newFacets) facets = told.texts
    }
    if (countsDue) lastCountsMs = at
    // What was not told yet is told when it is due, without another change.
    else schedule(lastCountsMs + countsMs)
  }

  return {
    get request() {
      return request
    },
    set request(next) {
      request = next
    },
    poke: () => schedule(Math.max(nowMs(), lastRowsMs + rowsMs)),
    send() {
      whole = true
      if (ready()) sendWindow()
      else schedule(nowMs() + slowMs)
    },
    close() {
      closed = true
      cancel?.()
    },
  }
}

/** Heads of groups are the same line whatever they count. */
function sameLines(left: readonly Line[], right: readonly Line[]): boolean {
  return left.length === right.length && left.every((line, at) => sameLine(line, right[at]))
}

function sameLine(left: Line, right: Line | undefined): boolean {
  if (typeof left === 'string' || typeof right !== 'object') return left === right
  return left.group === right.group && left.collapsed === right.collapsed
}

function sameHeads(left: readonly Line[], right: readonly Line[]): boolean {
  return left.every((line, at) => {
    const other = right[at]
    return typeof line === 'string' || typeof other !== 'object' || line.count === other.count
  })
}
