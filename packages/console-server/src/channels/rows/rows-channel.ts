/** Channel `rows`: a window of the live table. */

import type { RowsRequest } from '@berth/view'
import { rows as rowsPart, type Place } from '../../rows/engine.ts'
import type { ViewRequest } from '../../rows/view.ts'
import type { Session } from '../../sessions/session.ts'
import type { ChannelKind } from '../channel.ts'
import type { Cluster } from '../../clusters/cluster.ts'
import { queryOf, readRowsRequest } from './rows-request.ts'
import { createWindowSender } from './window-sender.ts'

export const rowsChannel: ChannelKind<'rows'> = {
  parse: readRowsRequest,
  open({ context, request, send, ready = () => true }) {
    const places = placesOf(context.session, context.clusters)
    const engine = context.part(rowsPart)
    let poke = (): void => {}
    const rows = engine.open({ places, request: viewRequest(request), onChange: () => poke() })
    const sender = createWindowSender({ rows, request, send, ready, clock: context.clock })
    poke = () => sender.poke()
    sender.send()
    return {
      change(next) {
        if (!sameQuestion(sender.request, next)) rows.ask(viewRequest(next))
        sender.request = next
        sender.send()
      },
      resync: () => sender.send(),
      close() {
        sender.close()
        rows.close()
      },
    }
  },
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
  const question = ({ query, sort, group }: RowsRequest): string => JSON.stringify([query, sort, group])
  return question(left) === question(right)
}
