/** Channel `rows`: a window of the live table. */

import type { Clock } from '@berth/base'
import type { RowsRequest } from '@berth/view'
import { rows as rowsPart, type Place } from '../../rows/engine.ts'
import type { ViewRequest } from '../../rows/view.ts'
import type { Session } from '../../sessions/session.ts'
import type { ChannelKind } from '../channel.ts'
import type { Cluster } from '../../clusters/cluster.ts'
import { queryOf, readRowsRequest } from './rows-request.ts'
import { createWindowSender } from './window-sender.ts'

/** Lists that one session has open: a few tabs with a list each, and what their pages count beside. */
const maxOpen = 16
/** A question that took so long is followed by a rest this many times as long, so that typing costs others little. */
const restFactor = 3
const longestRestMs = 2000

/** What a session's questions have cost. */
interface Account {
  open: number
  /** No new question before. */
  restUntilMs: number
}

const accounts = new WeakMap<Session, Account>()

export const rowsChannel: ChannelKind<'rows'> = {
  parse: readRowsRequest,
  open({ context, request, send, refuse, ready = () => true, work = (task) => task() }) {
    const { session, clock } = context
    const account = accounts.get(session) ?? { open: 0, restUntilMs: 0 }
    accounts.set(session, account)
    if (account.open >= maxOpen) {
      refuse({ reason: 'Unavailable', message: `more than ${maxOpen} lists are open: close some` })
      return { change() {}, resync() {}, close() {} }
    }
    account.open += 1
    const places = placesOf(session, context.clusters)
    const engine = context.part(rowsPart)
    let poke = (): void => {}
    const rows = charged(account, clock, () =>
      engine.open({ places, request: viewRequest(request), onChange: () => poke() }),
    )
    const sender = createWindowSender({ rows, request, send, ready, work, clock })
    let cancelAsk: (() => void) | undefined
    let wanted: RowsRequest | undefined
    poke = () => sender.poke()
    sender.send()

    /** The newest question; those that were overtaken are never asked. */
    function ask(): void {
      cancelAsk = undefined
      const next = wanted
      wanted = undefined
      if (next === undefined) return
      charged(account, clock, () => {
        rows.ask(viewRequest(next))
        sender.request = next
        sender.send()
      })
    }

    return {
      change(next) {
        if (wanted === undefined && sameQuestion(sender.request, next)) {
          sender.request = next
          sender.send()
          return
        }
        wanted = next
        const restMs = account.restUntilMs - clock.now().getTime()
        if (restMs <= 0 && cancelAsk === undefined) ask()
        else cancelAsk ??= clock.after(restMs, ask)
      },
      resync: () => sender.send(),
      close() {
        account.open -= 1
        cancelAsk?.()
        sender.close()
        rows.close()
      },
    }
  },
}

/** Does it, and has its session rest for what it took. */
function charged<Result>(account: Account, clock: Clock, work: () => Result): Result {
  const started = clock.now().getTime()
  try {
    return work()
  } finally {
    const now = clock.now().getTime()
    account.restUntilMs = now + Math.min((now - started) * restFactor, longestRestMs)
  }
}

/** Clusters that somebody is signed in at. */
export function placesOf(session: Session, clusters: readonly Cluster[]): Place[] {
  return clusters.flatMap((cluster) => {
    const identity = session.identities.get(cluster.id)
    return identity === undefined ? [] : [{ cluster, identity }]
  })
}

export function viewRequest({ query, sort, group }: Pick<RowsRequest, 'query' | 'sort' | 'group'>): ViewRequest {
  return { query: queryOf(query), sort, ...(group === undefined ? {} : { group }) }
}

function sameQuestion(left: RowsRequest, right: RowsRequest): boolean {
  const question = ({ query, sort, group, facets }: RowsRequest): string => JSON.stringify([query, sort, group, facets])
  return question(left) === question(right)
}
