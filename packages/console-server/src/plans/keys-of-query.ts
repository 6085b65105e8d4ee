/** A selection that is a query, as the keys of the rows that match it now and that the person may see. */

import type { Selection } from '@berth/view'
import { ConsoleError } from '../errors.ts'
import type { RouteContext } from '../http/routes.ts'
import type { Session } from '../sessions/session.ts'

export async function keysOfQuery(
  _selection: Extract<Selection, { kind: 'query' }>,
  _session: Session,
  _context: RouteContext,
): Promise<string[]> {
  throw new ConsoleError('BadRequest', 'selection: name the keys of the rows')
}
