/**
 * Which snapshots of one machine go. Pure. A snapshot is data somebody relies on, so in doubt it stays: only good and failed ones ever go, never
 * the newest good one, and never one that something is made from right now.
 */

import { parseDuration } from '@berth/base'
import type { SnapshotRetention } from '@berth/api'

export type SnapshotState = 'good' | 'failed' | 'pending'

export interface PolicySnapshot {
  name: string
  state: SnapshotState
  /** Somebody deletes it already: it is not counted on. */
  deleting: boolean
  /** ms since 1970. */
  takenMs: number
}

export interface Expiry {
  /** Names, oldest first. */
  goes: string[]
  /** When time alone makes another one go, in ms since 1970. */
  nextMs?: number
}

const dayMs = 86_400_000
const defaultFailed = '24h'

/**
 * @param snapshots those of one machine that the policy made, in any order
 * @param inUse names of snapshots that a restore, a clone or an export reads
 */
export function expired(
  snapshots: readonly PolicySnapshot[],
  { keep, nowMs, inUse = new Set() }: { keep: SnapshotRetention; nowMs: number; inUse?: ReadonlySet<string> },
): Expiry {
  const there = snapshots.filter(({ deleting }) => !deleting).toSorted(newestFirst)
  const maxAgeMs = keep.days === undefined ? undefined : keep.days * dayMs
  const failedMs = parseDuration(keep.failed ?? defaultFailed)
  const [, ...older] = there.filter(({ state }) => state === 'good')
  const failed = there.filter(({ state }) => state === 'failed')

  const limits: { snapshot: PolicySnapshot; untilMs: number }[] = [
    // The first of `older` is the second good one.
    ...older.map((snapshot, index) => ({
      snapshot,
      untilMs:
        keep.count !== undefined && index + 1 >= keep.count
          ? Number.NEGATIVE_INFINITY
          : maxAgeMs === undefined
            ? Number.POSITIVE_INFINITY
            : snapshot.takenMs + maxAgeMs,
    })),
    ...failed.map((snapshot) => ({ snapshot, untilMs: snapshot.takenMs + failedMs })),
  ]
  const free = limits.filter(({ snapshot }) => !inUse.has(snapshot.name))
  const goes = free.filter(({ untilMs }) => untilMs <= nowMs).map(({ snapshot }) => snapshot)
  const nextMs = Math.min(...free.map(({ untilMs }) => untilMs).filter((untilMs) => untilMs > nowMs))
  return {
    goes: goes.toSorted((a, b) => -newestFirst(a, b)).map(({ name }) => name),
    ...(Number.isFinite(nextMs) ? { nextMs } : {}),
  }
}

/** Two of the same second go by their names, which hold the time they were due. */
export function newestFirst(a: PolicySnapshot, b: PolicySnapshot): number {
  return b.takenMs - a.takenMs || (a.name < b.name ? 1 : -1)
}
