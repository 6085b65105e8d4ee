/** A draft beside the live object it is of: what others change comes in by itself unless both changed the same place. Pure. */

import { deepEqual, type KubeObject } from '@berth/meta'
import {
  isDirty,
  merged,
  openDraft,
  writtenPart,
  type Change,
  type Choices,
  type Draft,
  type Merged,
} from '@berth/view'

export interface Following {
  draft: Draft
  /** What others changed since the draft was begun, and is in it now. */
  taken: readonly Change[]
  /** The newest object that could not be merged by itself. */
  live?: KubeObject
}

export function startFollowing(draft: Draft): Following {
  return { draft, taken: [] }
}

/** The object as it is now. */
export function followed(before: Following, live: KubeObject): Following {
  const { draft } = before
  if (!isNewer(live, draft)) return before
  const origin = { uid: live.metadata.uid ?? '', resourceVersion: live.metadata.resourceVersion ?? '' }
  // Most new versions are a new status.
  if (draft.origin?.uid === origin.uid && deepEqual(writtenPart(live), draft.base)) {
    return { draft: { ...draft, origin }, taken: before.taken }
  }
  if (!isDirty(draft)) return startFollowing(openDraft(live))
  const found = merged(draft, live)
  if (found === undefined || found.conflicts.length > 0) return { ...before, live }
  return { draft: found.draft, taken: [...before.taken, ...found.theirs] }
}

/** Another text; a merge that waited is tried again. */
export function edited(before: Following, draft: Draft): Following {
  const { live } = before
  const next = { ...before, draft }
  return live === undefined ? next : followed({ draft, taken: before.taken }, live)
}

/** Undefined where nothing stands in the way. */
export function conflictOf({ draft, live }: Following, choices?: Choices): Merged | undefined {
  return live === undefined ? undefined : merged(draft, live, choices)
}

/** With a side chosen for every conflict. */
export function decided(before: Following, choices: Choices): Following {
  const found = conflictOf(before, choices)
  return found === undefined ? before : { draft: found.draft, taken: [...before.taken, ...found.theirs] }
}

function isNewer({ metadata }: KubeObject, { origin }: Draft): boolean {
  if (origin === undefined || metadata.uid !== origin.uid) return true
  const [now, then] = [Number(metadata.resourceVersion), Number(origin.resourceVersion)]
  // Versions are numbers where they can be compared, and only then is an older one told from a newer.
  return Number.isNaN(now) || Number.isNaN(then) ? metadata.resourceVersion !== origin.resourceVersion : now > then
}
