/** Downloads that are under way: not too many at once, and cut off when what they read is wanted by its machine, or gone. */

/** Of one export. */
const perExport = 4
/** Of all. */
const most = 12

export class Downloads {
  readonly #running = new Map<string, Set<AbortController>>()
  #count = 0

  /** @param key of the export, by its uid. @returns undefined when too many are under way */
  begin(key: string): { signal: AbortSignal; end: () => void } | undefined {
    const mine = this.#running.get(key) ?? new Set()
    if (mine.size >= perExport || this.#count >= most) return undefined
    const controller = new AbortController()
    this.#running.set(key, mine.add(controller))
    this.#count += 1
    return {
      signal: controller.signal,
      end: () => {
        if (!mine.delete(controller)) return
        this.#count -= 1
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
