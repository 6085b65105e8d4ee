/** Channel `storage`: a window of the volumes, snapshots, classes or policies of all clusters somebody is signed in at. */

import type { StorageRequest, StorageTable } from '@berth/view'
import type { Session } from '../../sessions/session.ts'
import { followStorage, type StorageSource } from '../../storage/storage-rows.ts'
import { selectRows } from '../../storage/select-rows.ts'
import { watches } from '../../watches/registry.ts'
import type { ChannelKind } from '../channel.ts'
import { debounced } from '../debounced.ts'
import { placesOf } from '../rows/rows-channel.ts'
import { queryOfTable, readStorageRequest } from './storage-request.ts'

/** Lists that one session has open: pages, what stands beside them, and forms that choose from lists. */
const maxOpen = 24
const quietMs = 60
const betweenMs = 500
/** What matches a query with an age in it changes by itself. */
const timedMs = 15_000

const open = new WeakMap<Session, number>()

export const storageChannel: ChannelKind<'storage'> = {
  cost: 10,
  parse: readStorageRequest,
  open({ context, request: first, send, refuse, ready = () => true, work = (task) => task() }) {
    const { session, clock } = context
    const count = open.get(session) ?? 0
    if (count >= maxOpen) {
      refuse({ reason: 'Unavailable', message: `more than ${maxOpen} storage lists are open: close some` })
      return { change() {}, resync() {}, close() {} }
    }
    open.set(session, count + 1)
    let request = first
    let query = queryOfTable(request.table, request.query)
    let sent = ''
    let cancelTimed = (): void => {}
    const soon = debounced({ clock, afterMs: quietMs, againMs: betweenMs, work: async () => work(tell) })
    let sources = follow(request.table)

    function follow(table: StorageTable): StorageSource[] {
      const registry = context.part(watches)
      return placesOf(session, context.clusters).map((place) =>
        followStorage(registry, place, { table, onChange: soon.poke, logger: context.logger }),
      )
    }

    function tell(): void {
      if (!ready()) {
        soon.poke()
        return
      }
      const nowMs = clock.now().getTime()
      const rows = sources.flatMap((source) => source.rows())
      const update = {
        ...selectRows(rows, { query, request, nowMs }),
        sources: sources.flatMap((source) => source.sources()),
      }
      const text = JSON.stringify(update)
      if (text === sent) return
      sent = text
      send(update)
    }

    function again(): void {
      cancelTimed = clock.after(timedMs, () => {
        if (query.terms.some((term) => term.kind === 'field' && term.field === 'age')) soon.poke()
        again()
      })
    }

    function change(next: StorageRequest): void {
      if (next.table !== request.table) {
        const before = sources
        sources = follow(next.table)
        for (const source of before) source.close()
      }
      request = next
      query = queryOfTable(next.table, next.query)
      sent = ''
      soon.poke()
    }

    again()
    soon.poke()
    return {
      change,
      resync() {
        sent = ''
        soon.poke()
      },
      close() {
        open.set(session, (open.get(session) ?? 1) - 1)
        cancelTimed()
        soon.stop()
        for (const source of sources) source.close()
      },
    }
  },
}
