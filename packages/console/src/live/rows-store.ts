/**
 * Keyed store of a live table: each row has its own subscribers, everything that came since the last frame is one commit, and rows
 * can be held where they are while their values go on changing.
 */

import type { Facet, Line, Row, RowsRequest, RowsUpdate, SourceState } from '@berth/view'
import type { LiveConnection, OpenedChannel, Refusal } from './connection.ts'
import { applyUpdate, emptyModel, forgetRows, leavingKeys, waitingChanges, type RowsModel } from './rows-model.ts'
import { rangeFor, type WindowRange } from './window-range.ts'

/** What is listed; the window into it is the store's own. */
export type RowsQuery = Omit<RowsRequest, 'from' | 'count'>

export interface TableSnapshot {
  /** `opening` until the first window of this query; the rows of the query before it stay until then. */
  status: 'opening' | 'live' | 'refused'
  refusal: Refusal | undefined
  /** Whether any window was ever seen. */
  seen: boolean
  from: number
  window: readonly Line[]
  lines: number
  total: number
  facets: readonly Facet[]
  sources: readonly SourceState[]
  /** Changes of place that wait while rows are held. */
  waiting: number
  /** Rows that are held at a place that is theirs no longer: their values are the last that were seen. */
  leaving: ReadonlySet<string>
}

export interface RowsStore {
  readonly snapshot: TableSnapshot
  /** The channel is open as long as somebody listens. */
  subscribe(listener: () => void): () => void
  row(key: string): Row | undefined
  subscribeRow(key: string, listener: () => void): () => void
  /** Undefined: outside of the window, or the list is shorter. */
  line(index: number): Line | undefined
  setQuery(query: RowsQuery): void
  /** What is seen now; a window around it is asked for when needed, one at a time. */
  setVisible(visible: WindowRange): void
  /** Rows stay where they are until it is released as often. */
  hold(): () => void
  /** Shows at once what waits. */
  showWaiting(): void
}

const none: ReadonlySet<string> = new Set()

const empty: TableSnapshot = {
  status: 'opening',
  refusal: undefined,
  seen: false,
  from: 0,
  window: [],
  lines: 0,
  total: 0,
  facets: [],
  sources: [],
  waiting: 0,
  leaving: none,
}

/** @param options.schedule calls back before the next frame */
export function createRowsStore(options: {
  connection: LiveConnection
  query: RowsQuery
  visible: WindowRange
  schedule: (commit: () => void) => void
}): RowsStore {
  const listeners = new Set<() => void>()
  const rowListeners = new Map<string, Set<() => void>>()
  const dirty = new Set<string>()
  let query = options.query
  let model: RowsModel = emptyModel()
  /** Rows of what is shown when the query was changed and nothing came yet. */
  let before: ReadonlyMap<string, Row> = model.rows
  let shown = empty
  let status: TableSnapshot['status'] = 'opening'
  let refusal: Refusal | undefined
  let wanted = rangeFor(options.visible, undefined)
  let asked = wanted
  let answered = false
  /** The next window was asked for by scrolling: it is shown even while rows are held. */
  let moving = true
  let holds = 0
  let resyncing = false
  let scheduled = false
  let channel: OpenedChannel<'rows'> | undefined

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    options.schedule(commit)
  }

  function commit(): void {
    scheduled = false
    const fresh = model.revision !== undefined || model.window.length > 0
    const held = holds > 0 && !moving && fresh && shown.seen
    const waiting = held && shown.window !== model.window ? waitingChanges(shown.window, model.window) : 0
    const leaving = waiting === 0 ? none : sameOr(shown.leaving, leavingKeys(shown.window, model.window))
    const place =
      fresh && (!held || waiting === 0)
        ? { from: model.from, window: model.window, lines: model.lines }
        : { from: shown.from, window: shown.window, lines: shown.lines }
    const head = fresh ? { total: model.total, facets: model.facets, sources: model.sources } : {}
    const next = { ...shown, ...place, ...head, status, refusal, waiting, leaving, seen: shown.seen || fresh }
    if (fresh && answered) moving = false
    if (fresh) {
      before = model.rows
      forgetRows(model, model.window, next.window)
    }
    const changedRows = [...dirty]
    dirty.clear()
    if (!sameSnapshot(shown, next)) {
      shown = next
      for (const listener of listeners) listener()
    }
    for (const key of changedRows) for (const listener of rowListeners.get(key) ?? []) listener()
  }

  function receive(update: RowsUpdate): void {
    const { changed, complete } = applyUpdate(model, update)
    if (!complete) {
      // More updates may be on their way before the answer.
      if (!resyncing) channel?.resync()
      resyncing = true
      return
    }
    status = 'live'
    refusal = undefined
    for (const key of changed) dirty.add(key)
    if (update.kind === 'window') {
      answered = true
      resyncing = false
      askAgain()
    }
    schedule()
  }

  function open(): void {
    model = emptyModel()
    status = 'opening'
    asked = wanted
    answered = false
    moving = true
    resyncing = false
    const opened: OpenedChannel<'rows'> = options.connection.openChannel({
      channel: 'rows',
      request: { ...query, ...asked },
      listener: {
        onUpdate: receive,
        onRefused: (why) => {
          status = 'refused'
          refusal = why
          schedule()
        },
      },
    })
    channel = opened
  }

  function askAgain(): void {
    if (channel === undefined || !answered || wanted === asked) return
    asked = wanted
    answered = false
    moving = true
    channel.change({ ...query, ...asked })
  }

  return {
    get snapshot() {
      return shown
    },
    subscribe(listener) {
      listeners.add(listener)
      if (channel === undefined) open()
      return () => {
        listeners.delete(listener)
        if (listeners.size > 0) return
        channel?.close()
        channel = undefined
      }
    },
    row: (key) => model.rows.get(key) ?? before.get(key),
    subscribeRow(key, listener) {
      const of = rowListeners.get(key) ?? new Set()
      rowListeners.set(key, of)
      of.add(listener)
      return () => {
        of.delete(listener)
        if (of.size === 0) rowListeners.delete(key)
      }
    },
    line: (index) => shown.window[index - shown.from],
    setQuery(next) {
      if (JSON.stringify(next) === JSON.stringify(query)) return
      query = next
      if (channel === undefined) return
      channel.close()
      open()
      schedule()
    },
    setVisible(visible) {
      wanted = rangeFor(visible, wanted)
      askAgain()
    },
    hold() {
      let released = false
      holds++
      return () => {
        if (released) return
        released = true
        holds--
        if (holds === 0) schedule()
      }
    },
    showWaiting() {
      moving = true
      schedule()
    },
  }
}

/** The set before when it is equal, so that nobody renders for it. */
function sameOr(before: ReadonlySet<string>, next: ReadonlySet<string>): ReadonlySet<string> {
  return before.size === next.size && [...next].every((key) => before.has(key)) ? before : next
}

function sameSnapshot(one: TableSnapshot, other: TableSnapshot): boolean {
  return (Object.keys(one) as (keyof TableSnapshot)[]).every((key) => one[key] === other[key])
}
