/** How two images of a volume are made one, and whether now. Pure. */

export interface PairFacts {
  parentBytes: number
  childBytes: number
  /** A raw image below a volume that is to be raw again. */
  keepsRaw: boolean
  /** The child is what a stopped or running machine writes to. */
  childIsHead: boolean
  /** Running machines that have the parent or the child in hand. */
  users: readonly {
    hasBoth: boolean
    /** It writes to the child, and its driver can let it go on in the parent. */
    canLower: boolean
  }[]
}

export type MergePlan =
  | { act: 'merge'; kind: 'stream' | 'commit'; live: boolean; costBytes: number }
  /** Until a machine ends. */
  | { act: 'wait' }

/** So little is copied without a second thought. */
const smallBytes = 1024 ** 3
/**
 * Both images hold at most the child's bytes twice. A machine that cannot go on in the parent can only take in all of it; that is worth
 * it when no more than this many times as much is copied as may be won.
 */
const mostWork = 4

/** A guest that has written more than this while its image goes down is ahead of it for good. */
export function mostLoweredBytes(childBytes: number): number {
  return smallBytes / 4 + mostWork * childBytes
}

export function planMerge({ parentBytes, childBytes, keepsRaw, childIsHead, users }: PairFacts): MergePlan {
  const [user, ...others] = users
  const stream: MergePlan = { act: 'merge', kind: 'stream', live: user !== undefined, costBytes: parentBytes }
  const commit: MergePlan = { act: 'merge', kind: 'commit', live: user !== undefined, costBytes: childBytes }
  if (others.length > 0 || user?.hasBoth === false) return { act: 'wait' }
  if (user !== undefined && childIsHead) {
    if (user.canLower && (keepsRaw || childBytes <= parentBytes)) return commit
    const worthIt = parentBytes <= Math.max(smallBytes, mostWork * childBytes)
    return worthIt && !keepsRaw ? stream : { act: 'wait' }
  }
  return keepsRaw || childBytes <= parentBytes ? commit : stream
}
