/** What is selected: single rows, or everything that matches but some. Never a list of what a query found. Pure. */

import type { Selection } from '@berth/view'

export type Chosen =
  | { kind: 'keys'; keys: ReadonlySet<string> }
  /** `query` as it was when everything was chosen. */
  | { kind: 'query'; query: string; except: ReadonlySet<string> }

export const nothingChosen: Chosen = { kind: 'keys', keys: new Set() }

/** Most rows a selection names one by one: beyond it, "all that match" says the same. */
export const mostKeys = 5000

export function isChosen(chosen: Chosen, key: string): boolean {
  return chosen.kind === 'keys' ? chosen.keys.has(key) : !chosen.except.has(key)
}

/** @param total how many rows match the query now */
export function chosenCount(chosen: Chosen, total: number): number {
  return chosen.kind === 'keys' ? chosen.keys.size : Math.max(0, total - chosen.except.size)
}

export function toggle(chosen: Chosen, key: string): Chosen {
  return choose(chosen, [key], !isChosen(chosen, key))
}

/** Selects rows, or takes them out. */
export function choose(chosen: Chosen, keys: readonly string[], wanted: boolean): Chosen {
  const set = new Set(chosen.kind === 'keys' ? chosen.keys : chosen.except)
  // The exceptions of a query are those that are not wanted.
  const adds = wanted === (chosen.kind === 'keys')
  for (const key of keys) {
    if (!adds) set.delete(key)
    else if (set.size < mostKeys) set.add(key)
  }
  return chosen.kind === 'keys' ? { kind: 'keys', keys: set } : { ...chosen, except: set }
}

export function chooseAll(query: string): Chosen {
  return { kind: 'query', query, except: new Set() }
}

/** Whether all rows are chosen, none, or some: what the box in the head shows. */
export function headState(chosen: Chosen, total: number): 'all' | 'none' | 'some' {
  const count = chosenCount(chosen, total)
  if (count === 0) return 'none'
  return count >= total ? 'all' : 'some'
}

/** For the server, which freezes it. */
export function selectionOf(chosen: Chosen): Selection {
  if (chosen.kind === 'keys') return { kind: 'keys', keys: [...chosen.keys] }
  return { kind: 'query', table: 'workloads', query: chosen.query, except: [...chosen.except] }
}
