/** Downloads that are under way: not too many at once, and cut off when what they read is wanted by its machine, or gone. */

import { TurnsByNamespace } from '../turns-by-namespace.ts'

/** Of one export. */
const perExport = 4

export class Downloads {
  readonly #running = new Map<string, Set<AbortController>>()
  readonly #turns = new TurnsByNamespace({ most: 12, perNamespace: 8 })

  /** @param key of the export, by its uid. @returns undefined when too many are under way */
  begin(key: string, namespace: string): { signal: AbortSignal; end: () => void } | undefined {
    const mine = this.#running.get(key) ?? new Set()
    const endTurn = mine.size >= perExport ? undefined : this.#turns.begin(namespace)
    if (endTurn === undefined) return undefined
    const controller = new AbortController()
    this.#running.set(key, mine.add(controller))
    return {
      signal: controller.signal,
      end: () => {
        if (!mine.delete(controller)) return
        endTurn()
        if (mine.size === 0) this.#running.delete(key)
      },
    }
  }

  /** @returns whether there were any */
  cut(key: string): boolean {
    const mine = [...(this.#running.get(key) ?? [])]
    for (const controller of mine) controller.abort(new Error('the export is not available any more'))
    return mine.length > 0
  }

  cutAll(): void {
    for (const key of this.#running.keys()) this.cut(key)
  }
}
