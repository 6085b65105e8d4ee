/**
 * Where everything lies in a qcow2 file that holds a known set of clusters, laid out so that it can be written from the first byte to the
 * last, and from any byte on. Source: QEMU's docs/interop/qcow2.rst. Pure.
 */

const clusterBits = 16
export const clusterBytes = 2 ** clusterBits
/** Clusters one table of the second level tells of, and bytes of the disk. */
const perTable = clusterBytes / 8
/** Clusters one block of 16-bit reference counts tells of. */
const perBlock = clusterBytes / 2
/** The cluster belongs to nobody else. */
const copied = 1n << 63n

export interface Qcow2Layout {
  sizeBytes: number
  /** Of the file. */
  fileBytes: number
  /** Clusters before the first of data. */
  tables: number
  /** The content of one of those. */
  table(index: number): Buffer
  /** The disk's clusters in the order they lie in, from the `nth` on. */
  data(nth: number): Generator<number>
}

/** Which clusters of a disk hold data; bit n of byte n / 8. */
export class ClusterSet {
  readonly #bits: Uint8Array
  constructor(clusters: number) {
    this.#bits = new Uint8Array(Math.ceil(clusters / 8))
  }

  addRange(from: number, to: number): void {
    for (let at = from; at < to; at += 1) this.#bits[at >> 3] = (this.#bits[at >> 3] ?? 0) | (1 << (at & 7))
  }

  has(cluster: number): boolean {
    return (((this.#bits[cluster >> 3] ?? 0) >> (cluster & 7)) & 1) === 1
  }
}

export function qcow2Layout(sizeBytes: number, data: ClusterSet): Qcow2Layout {
  const clusters = Math.ceil(sizeBytes / clusterBytes)
  const firstLevel = Math.ceil(clusters / perTable)
  /** Clusters of data before each table of the second level, and all at the end. */
  const before = [0]
  for (let table = 0; table < firstLevel; table += 1) {
    let count = before[table] ?? 0
    for (let at = table * perTable; at < Math.min(clusters, (table + 1) * perTable); at += 1)
      if (data.has(at)) count += 1
    before.push(count)
  }
  const countOf = (table: number): number => (before[table + 1] ?? 0) - (before[table] ?? 0)
  const used = Array.from({ length: firstLevel }, (_, table) => table).filter((table) => countOf(table) > 0)
  const dataClusters = before.at(-1) ?? 0
  const firstLevelClusters = Math.max(1, Math.ceil((firstLevel * 8) / clusterBytes))
  const rest = 1 + firstLevelClusters + used.length + dataClusters
  const counts = referenceCounts(rest)
  const firstLevelAt = 1 + counts.tableClusters + counts.blocks
  const secondLevelAt = firstLevelAt + firstLevelClusters
  const tables = secondLevelAt + used.length
  const total = tables + dataClusters
  const places = new Map(used.map((table, index) => [table, secondLevelAt + index]))

  function header(): Buffer {
    const head = Buffer.alloc(clusterBytes)
    head.write('QFI\xfb', 'latin1')
    head.writeUInt32BE(3, 4)
    head.writeUInt32BE(clusterBits, 20)
    head.writeBigUInt64BE(BigInt(sizeBytes), 24)
    head.writeUInt32BE(firstLevel, 36)
    head.writeBigUInt64BE(BigInt(firstLevelAt * clusterBytes), 40)
    head.writeBigUInt64BE(BigInt(clusterBytes), 48)
    head.writeUInt32BE(counts.tableClusters, 56)
    // 16-bit reference counts, and the length of this head.
    head.writeUInt32BE(4, 96)
    head.writeUInt32BE(104, 100)
    return head
  }

  function countTable(index: number): Buffer {
    return table64(index, counts.blocks, (block) => BigInt((1 + counts.tableClusters + block) * clusterBytes))
  }

  function countBlock(index: number): Buffer {
    const block = Buffer.alloc(clusterBytes)
    const ones = Math.max(0, Math.min(perBlock, total - index * perBlock))
    for (let at = 0; at < ones; at += 1) block.writeUInt16BE(1, at * 2)
    return block
  }

  function secondLevel(table: number): Buffer {
    const content = Buffer.alloc(clusterBytes)
    let next = tables + (before[table] ?? 0)
    for (let at = 0; at < perTable; at += 1) {
      if (!data.has(table * perTable + at)) continue
      content.writeBigUInt64BE(BigInt(next * clusterBytes) | copied, at * 8)
      next += 1
    }
    return content
  }

  return {
    sizeBytes,
    fileBytes: total * clusterBytes,
    tables,
    table(index) {
      if (index === 0) return header()
      if (index < 1 + counts.tableClusters) return countTable(index - 1)
      if (index < firstLevelAt) return countBlock(index - 1 - counts.tableClusters)
      if (index < secondLevelAt) {
        return table64(index - firstLevelAt, firstLevel, (table) => {
          const place = places.get(table)
          return place === undefined ? 0n : BigInt(place * clusterBytes) | copied
        })
      }
      return secondLevel(used[index - secondLevelAt] ?? 0)
    },
    *data(nth) {
      const start = used.find((table) => (before[table + 1] ?? 0) > nth)
      if (start === undefined) return
      let skip = nth - (before[start] ?? 0)
      for (let at = start * perTable; at < clusters; at += 1) {
        if (!data.has(at)) continue
        if (skip > 0) skip -= 1
        else yield at
      }
    },
  }
}

/** Blocks of counts count themselves and the table that lists them, too. */
function referenceCounts(others: number): { blocks: number; tableClusters: number } {
  let blocks = 1
  for (;;) {
    const tableClusters = Math.ceil((blocks * 8) / clusterBytes)
    const needed = Math.ceil((others + blocks + tableClusters) / perBlock)
    if (needed <= blocks) return { blocks, tableClusters }
    blocks = needed
  }
}

/** One cluster of a table with an entry of 64 bits for each of `length`. */
function table64(index: number, length: number, entry: (at: number) => bigint): Buffer {
  const content = Buffer.alloc(clusterBytes)
  for (let at = 0; at < perTable; at += 1) {
    const number = index * perTable + at
    if (number < length) content.writeBigUInt64BE(entry(number), at * 8)
  }
  return content
}
