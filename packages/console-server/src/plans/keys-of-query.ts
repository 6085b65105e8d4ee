/** A selection that is a query, as the keys of the rows that match it now and that the person may see. */

import type { Selection } from '@berth/view'
import { placesOf, viewRequest } from '../channels/rows/rows-channel.ts'
import { readRowsRequest } from '../channels/rows/rows-request.ts'
import { ConsoleError } from '../errors.ts'
import type { RouteContext } from '../http/routes.ts'
import { rows } from '../rows/engine.ts'
import type { Session } from '../sessions/session.ts'

/** @throws {ConsoleError} BadRequest for a query that cannot be read, Unavailable while a cluster's machines are not known */
export async function keysOfQuery(
  { table, query, except }: Readonly<Extract<Selection, { kind: 'query' }>>,
  session: Session,
  context: Pick<RouteContext, 'part' | 'clusters'>,
): Promise<string[]> {
  const asked = readRowsRequest({ table, query, sort: [], from: 0, count: 0 })
  const { entries, sources } = await context.part(rows).select({
    places: placesOf(session, context.clusters),
    request: viewRequest(asked),
  })
  const missing = sources.find(({ resource, state }) => resource === 'virtualmachines' && state === 'loading')
  if (missing !== undefined) {
    throw new ConsoleError('Unavailable', `the machines of ${missing.cluster} are not known yet; try again in a moment`)
  }
  const left = new Set(except)
  return entries.map(({ row }) => row.key).filter((key) => !left.has(key))
}
