/** Whether what somebody wants has room on a class, as far as anybody says how much there is. */

import type { ClassRow } from './storage-row.ts'

export type Fit =
  | { kind: 'unknown' }
  | { kind: 'fits'; free: number; left: number }
  /** It may be made, but the class is promised more than it has. */
  | { kind: 'over-commits'; free: number; promised: number; total: number }
  | { kind: 'too-large'; free: number; missing: number }

/** @param bytes what is asked for, beside what is there already */
export function fitOn(of: Pick<ClassRow, 'free' | 'promised' | 'room'> | undefined, bytes: number): Fit {
  if (of?.free === undefined) return { kind: 'unknown' }
  const { free, promised, room } = of
  if (bytes > free) return { kind: 'too-large', free, missing: bytes - free }
  if (room !== undefined && promised !== undefined && promised + bytes > room) {
    return { kind: 'over-commits', free, promised: promised + bytes, total: room }
  }
  return { kind: 'fits', free, left: free - bytes }
}

/** The class that is taken where nobody names one: KubeVirt's default before Kubernetes'. */
export function defaultClass<Row extends Pick<ClassRow, 'isDefault' | 'isVirtDefault'>>(
  classes: readonly Row[],
): Row | undefined {
  return classes.find(({ isVirtDefault }) => isVirtDefault) ?? classes.find(({ isDefault }) => isDefault)
}
