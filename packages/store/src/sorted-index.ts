/**
 * Objects ordered by key, for 100,000 keys and more: a list of sorted chunks. Insert, find and delete take a binary search plus a
 * move inside one chunk; a walk in order touches arrays only.
 */

const chunkLimit = 512

interface Position {
  chunk: number
  offset: number
}

export interface Range {
  /** Only keys that start with this. */
  prefix?: string | undefined
  /** Only keys greater than this. */
  after?: string | undefined
}

export class SortedIndex<Item extends { readonly key: string }> {
  /** No chunk is empty; keys rise within a chunk and from chunk to chunk. */
  readonly #chunks: Item[][] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  get(key: string): Item | undefined {
    const at = this.#first((candidate) => candidate >= key)
    const item = this.#chunks[at.chunk]?.[at.offset]
    return item?.key === key ? item : undefined
  }

  /** Inserts the item, or replaces the one with the same key. */
  set(item: Item): void {
    const at = this.#first((candidate) => candidate >= item.key)
    if (this.#chunks[at.chunk]?.[at.offset]?.key === item.key) {
      this.#chunks[at.chunk]?.splice(at.offset, 1, item)
      return
    }
    this.#size += 1
    // Past the end of all chunks, the item goes to the end of the last one.
    const chunk = this.#chunks[at.chunk] ?? this.#chunks.at(-1)
    if (chunk === undefined) {
      this.#chunks.push([item])
      return
    }
    const number = Math.min(at.chunk, this.#chunks.length - 1)
    chunk.splice(number === at.chunk ? at.offset : chunk.length, 0, item)
    if (chunk.length > chunkLimit) this.#chunks.splice(number + 1, 0, chunk.splice(chunkLimit / 2))
  }

  delete(key: string): boolean {
    const at = this.#first((candidate) => candidate >= key)
    const chunk = this.#chunks[at.chunk]
    if (chunk?.[at.offset]?.key !== key) return false
    chunk.splice(at.offset, 1)
    this.#size -= 1
    if (chunk.length === 0) this.#chunks.splice(at.chunk, 1)
    return true
  }

  /**
   * Items of a range in key order, at most `limit` of them.
   * @returns the items and how many of the range were left out
   */
  slice(range: Range, limit = Number.POSITIVE_INFINITY): { items: Item[]; remaining: number } {
    const { prefix = '', after } = range
    const start = this.#first(after === undefined ? (key) => key >= prefix : (key) => key > after && key >= prefix)
    const end = prefix === '' ? undefined : this.#first((key) => key >= prefix && !key.startsWith(prefix))
    const first = this.#rank(start)
    const total = Math.max(0, (end === undefined ? this.#size : this.#rank(end)) - first)
    const wanted = Math.min(total, limit)
    const items: Item[] = []
    let { chunk, offset } = start
    while (items.length < wanted) {
      const from = this.#chunks[chunk] ?? []
      const stop = Math.min(from.length, offset + wanted - items.length)
      for (let index = offset; index < stop; index += 1) {
        const item = from[index]
        if (item !== undefined) items.push(item)
      }
      chunk += 1
      offset = 0
    }
    return { items, remaining: total - wanted }
  }

  /** Position of the first key for which `reached` holds; it must hold for all keys after that one too. */
  #first(reached: (key: string) => boolean): Position {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const last = this.#chunks[middle]?.at(-1)
      if (last !== undefined && reached(last.key)) high = middle
      else low = middle + 1
    }
    const items = this.#chunks[low] ?? []
    let start = 0
    let end = items.length
    while (start < end) {
      const middle = (start + end) >>> 1
      const item = items[middle]
      if (item !== undefined && reached(item.key)) end = middle
      else start = middle + 1
    }
    return { chunk: low, offset: start }
  }

  #rank(position: Position): number {
    let rank = position.offset
    for (let chunk = 0; chunk < position.chunk; chunk += 1) rank += this.#chunks[chunk]?.length ?? 0
    return rank
  }
}
