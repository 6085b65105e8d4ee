/** What a failure of a watch means to those who look at its objects. */

import { messageOf } from '@berth/base'
import { StatusError } from '@berth/meta'
import type { WatchState } from './contract.ts'

export function stateAfter(failure: unknown, of: { resource: string; cluster: string }): WatchState {
  if (failure instanceof StatusError) {
    switch (failure.httpCode) {
      case 403:
        return { state: 'forbidden', message: failure.message }
      case 404:
        return { state: 'absent', message: `${of.cluster} has no ${of.resource}.` }
      case 401:
        return { state: 'stale', message: `${of.cluster} no longer accepts the credentials: sign in again.` }
    }
  }
  return { state: 'stale', message: `${of.cluster} does not answer (${messageOf(failure)}); trying again.` }
}

/** The worst of several parts is what is told of the whole: first what is missing for good, then what may come. */
export function combinedState(states: readonly WatchState[]): WatchState {
  for (const kind of ['loading', 'stale', 'live', 'absent', 'forbidden'] as const) {
    const found = states.find(({ state }) => state === kind)
    if (found !== undefined) return found
  }
  return { state: 'live' }
}

export function sameState(left: WatchState, right: WatchState): boolean {
  return (
    left.state === right.state && ('message' in left ? left.message : '') === ('message' in right ? right.message : '')
  )
}
