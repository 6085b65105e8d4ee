/** Items in order, at a cost that does not grow with the list for a few changes, and that of one sort for many. */

import type { Item, Order } from './order.ts'

/** Past this share of the list, sorting it anew is cheaper than moving items one by one. */
const bulkShare = 1 / 16
const leastBulk = 64

export class SortedItems {
  private items: Item[] = []
  private readonly order: Order

  constructor(order: Order) {
    this.order = order
  }

  get length(): number {
    return this.items.length
  }

  slice(from: number, to: number): Item[] {
    return this.items.slice(from, to)
  }

  /** Takes items out and puts others in. What is taken out must be there. */
  apply(removed: readonly Item[], added: readonly Item[]): void {
    const count = removed.length + added.length
    if (count > Math.max(leastBulk, this.items.length * bulkShare)) return this.rebuild(removed, added)
    for (const item of removed) this.items.splice(this.place(item), 1)
    for (const item of added) this.items.splice(this.place(item), 0, item)
  }

  /** Exchanges an item for one of the same place. */
  replace(before: Item, after: Item): void {
    this.items[this.place(before)] = after
  }

  private rebuild(removed: readonly Item[], added: readonly Item[]): void {
    const gone = new Set(removed)
    this.items = this.items.filter((item) => !gone.has(item)).concat(added)
    this.items.sort((left, right) => this.order.compare(left, right))
  }

  /** Index of the first item that is not before it. */
  private place(item: Item): number {
    let low = 0
    let high = this.items.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const at = this.items[middle]
      if (at !== undefined && this.order.compare(at, item) < 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
