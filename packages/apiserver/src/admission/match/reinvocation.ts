/**
 * reinvocationPolicy: who of the plug-ins that change objects is asked a second time, because others changed the object after it
 * (admission `webhook.ReinvocationContext`). The chain runs a second round when a plug-in of the first one changed something.
 */

import { deepEqual } from '@berth/meta'
import type { ApiObject } from '../../rest/api-object.ts'
import type { AdmissionAttributes } from '../plugin.ts'

class State {
  rounds = 0
  /** Asked already, and willing to be asked again. */
  readonly invoked = new Set<string>()
  /** To be asked again. */
  readonly again = new Set<string>()
  /** As this plug-in left it. */
  last: ApiObject | undefined

  requireAgain(): void {
    for (const id of this.invoked) this.again.add(id)
    this.invoked.clear()
  }
}

export interface Round {
  /** 0 the first time. */
  readonly number: number
  /** False when the member is not to be asked in this round. */
  includes(id: string): boolean
  /** The member that was just asked wants to see later changes. */
  invoked(id: string): void
  /** The object was changed: everyone asked before has to see that. */
  changed(): void
  end(): void
}

/** Of one plug-in, for all writes under way. */
export class Reinvocation {
  readonly #states = new WeakMap<AdmissionAttributes, State>()

  begin(attributes: AdmissionAttributes): Round {
    const state = this.#states.get(attributes) ?? new State()
    this.#states.set(attributes, state)
    const number = state.rounds
    state.rounds += 1
    const { object } = attributes
    if (number > 0 && !deepEqual(object, state.last)) state.requireAgain()
    const due = new Set(state.again)
    state.again.clear()
    return {
      number,
      includes: (id) => number === 0 || due.has(id) || state.again.has(id),
      invoked: (id) => state.invoked.add(id),
      changed: () => state.requireAgain(),
      end: () => {
        state.last = object === undefined ? undefined : structuredClone(object)
      },
    }
  }
}
