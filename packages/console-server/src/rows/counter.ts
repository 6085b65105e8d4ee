/** How many rows have each value of a column, kept by adding and taking away. */

import { columnOf, facetValues, type BareRow, type Column, type Facet } from '@berth/view'

/** Values told of; the others are counted together. */
const mostTold = 50

export class Counter {
  private readonly counts = new Map<string, number>()
  private readonly id: string
  private readonly column: Column | undefined

  constructor(id: string) {
    this.id = id
    this.column = columnOf(id)
  }

  change(before: BareRow | undefined, after: BareRow | undefined): void {
    if (before !== undefined) for (const value of this.values(before)) this.add(value, -1)
    if (after !== undefined) for (const value of this.values(after)) this.add(value, 1)
  }

  clear(): void {
    this.counts.clear()
  }

  facet(): Facet {
    const values = [...this.counts]
      .map(([value, count]) => ({ value, count }))
      .sort((left, right) => right.count - left.count || (left.value < right.value ? -1 : 1))
    return { column: this.id, values: values.slice(0, mostTold), more: Math.max(0, values.length - mostTold) }
  }

  private values(row: BareRow): readonly string[] {
    return this.column === undefined ? [] : facetValues(this.column, row)
  }

  private add(value: string, by: number): void {
    const count = (this.counts.get(value) ?? 0) + by
    if (count === 0) this.counts.delete(value)
    else this.counts.set(value, count)
  }
}
