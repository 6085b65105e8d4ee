/** `POST /api/plans`. */

import { referenceOfKey, type Plan, type Selection } from '@berth/view'
import { ConsoleError } from '../errors.ts'
import { Busy } from '../http/busy.ts'
import type { RouteContext, Routes } from '../http/routes.ts'
import type { Session } from '../sessions/session.ts'
import { watches } from '../watches/registry.ts'
import { makePlan } from './make-plan.ts'
import { maxTargets, parsePlanRequest } from './parse-plan.ts'
import { plans } from './plans.ts'
import type { Reference } from './read-states.ts'
import { keysOfQuery } from './keys-of-query.ts'

/** Each reads up to ten thousand objects. */
const maxPlansAtOnce = 4

export const planRoutes: Routes = (app, context) => {
  const busy = new Busy(maxPlansAtOnce)
  app.post('/api/plans', (request) => {
    const session = context.person(request)
    return busy.run(session.owner, () => answer(request.body, session, context))
  })
}

async function answer(body: unknown, session: Session, context: RouteContext): Promise<Plan> {
  const parsed = parsePlanRequest(body)
  const references = await referencesOf(parsed.selection, session, context)
  const { rights } = context.part(watches)
  const plan = await makePlan(parsed, references, { session, clusters: context.clusters, rights })
  return context.part(plans).keep(session.owner, plan)
}

async function referencesOf(selection: Selection, session: Session, context: RouteContext): Promise<Reference[]> {
  const keys = selection.kind === 'keys' ? selection.keys : await keysOfQuery(selection, session, context)
  if (keys.length > maxTargets) {
    throw new ConsoleError('TooLarge', `${keys.length} objects match, and at most ${maxTargets} can be done at once`, {
      remedy: 'Narrow the query.',
    })
  }
  return keys.map((key) => {
    const reference = referenceOfKey(key)
    if (reference === undefined) throw new ConsoleError('BadRequest', `selection: "${key}" is no key of a row`)
    return reference
  })
}
