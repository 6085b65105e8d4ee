/**
 * Snapshots of one machine as a tree. The API keeps no parents: a snapshot follows the one that the machine's disks came from when it was
 * taken, which is the latest before it, unless an older one was put back meanwhile.
 */

import type { SnapshotRow } from './storage-row.ts'

type Taken = Pick<SnapshotRow, 'key' | 'name' | 'created' | 'restored' | 'ready'>

export interface TreeLine<Row extends Taken = SnapshotRow> {
  /** Undefined for the machine as it is now. */
  snapshot: Row | undefined
  /** 0 for what has no parent. */
  depth: number
  /** Of the line it hangs on; undefined for the first. */
  parent: string | undefined
}

/**
 * In the order in which a tree is drawn: each line after its parent, older ones first. Exactly one line is "you are here".
 * @param snapshots all of one machine
 */
export function snapshotTree<Row extends Taken>(snapshots: readonly Row[]): TreeLine<Row>[] {
  const events = snapshots.flatMap((row) => [
    { at: row.created, order: 1, row },
    // Clocks differ: before it was taken nothing could be put back, and it must not become its own parent.
    ...row.restored.filter((at) => at > row.created).map((at) => ({ at, order: 0, row })),
  ])
  events.sort(
    (left, right) => left.at - right.at || left.order - right.order || (left.row.name < right.row.name ? -1 : 1),
  )
  const parents = new Map<string, string | undefined>()
  let current: string | undefined
  for (const { order, row } of events) {
    if (order === 1) parents.set(row.key, current)
    // What failed, or is not done yet, holds nothing that anything could come from.
    if (order === 0 || row.ready) current = row.key
  }
  const children = new Map<string | undefined, Row[]>()
  for (const { order, row } of events) {
    if (order === 0) continue
    const parent = parents.get(row.key)
    const siblings = children.get(parent)
    if (siblings === undefined) children.set(parent, [row])
    else siblings.push(row)
  }
  const lines: TreeLine<Row>[] = []
  // A stack instead of recursion: a schedule makes chains of thousands.
  const open: { row: Row | undefined; depth: number; parent: string | undefined }[] = []
  const push = (parent: string | undefined, depth: number): void => {
    // The machine itself is the newest of what hangs there.
    if (parent === current) open.push({ row: undefined, depth, parent })
    for (const row of (children.get(parent) ?? []).toReversed()) open.push({ row, depth, parent })
  }
  push(undefined, 0)
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    lines.push({ snapshot: next.row, depth: next.depth, parent: next.parent })
    if (next.row !== undefined) push(next.row.key, next.depth + 1)
  }
  return lines
}

/** Snapshots taken after this one: what is newer stays and can be put back again. */
export function newerThan<Row extends Taken>(row: Row, all: readonly Row[]): Row[] {
  return all.filter((other) => other.key !== row.key && other.created > row.created)
}
