/** Plans that were shown and may be carried out: each by the one who asked for it, within ten minutes, once. */

import { randomUUID } from 'node:crypto'
import type { Clock } from '@berth/base'
import type { Plan } from '@berth/view'
import { ConsoleError } from '../errors.ts'
import type { Part } from '../parts.ts'
import type { FrozenPlan } from './make-plan.ts'

const lifeMs = 10 * 60_000
const maxPerOwner = 20
const maxListed = 500

export interface Plans {
  keep(owner: string, plan: FrozenPlan): Plan
  /** Carried out once: it is gone afterwards. @throws {ConsoleError} NotFound */
  take(owner: string, id: string): FrozenPlan
}

export function createPlans(clock: Clock): Plans {
  const byOwner = new Map<string, Map<string, { plan: FrozenPlan; until: number }>>()

  function ofOwner(owner: string): Map<string, { plan: FrozenPlan; until: number }> {
    const now = clock.now().getTime()
    const plans = byOwner.get(owner) ?? new Map<string, { plan: FrozenPlan; until: number }>()
    byOwner.set(owner, plans)
    for (const [id, { until }] of plans) if (until <= now) plans.delete(id)
    return plans
  }

  return {
    keep(owner, plan) {
      const plans = ofOwner(owner)
      for (const oldest of plans.keys()) {
        if (plans.size < maxPerOwner) break
        plans.delete(oldest)
      }
      const id = randomUUID()
      plans.set(id, { plan, until: clock.now().getTime() + lifeMs })
      return answerOf(id, plan)
    },
    take(owner, id) {
      const plans = ofOwner(owner)
      const found = plans.get(id)
      if (found === undefined) {
        throw new ConsoleError('NotFound', 'the plan is not there any more', {
          remedy: 'Look at what would happen again.',
        })
      }
      plans.delete(id)
      return found.plan
    },
  }
}

function answerOf(id: string, { action, targets, refused }: FrozenPlan): Plan {
  return {
    id,
    action: action.id,
    targets: targets.slice(0, maxListed).map(({ target, effects }) => ({ target, effects })),
    refused: refused.slice(0, maxListed),
    counts: { targets: targets.length, refused: refused.length },
  }
}

export const plans: Part<Plans> = { name: 'plans', create: ({ clock }) => createPlans(clock) }
