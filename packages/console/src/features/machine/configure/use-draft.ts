/** The draft of a machine on its page: follows the live object, and stays in this window's storage while the page is away. */

import { useCallback, useEffect, useState } from 'react'
import type { Json, KubeObject } from '@berth/meta'
import {
  isDirty,
  openDraft,
  restoredDraft,
  reverted,
  storedDraft,
  withValue,
  type Change,
  type Choices,
  type Draft,
  type DraftPath,
  type Merged,
} from '@berth/view'
import type { MachineTarget } from '../machine-target.ts'
import { conflictOf, decided, edited, followed, startFollowing } from './follow.ts'

export interface MachineDraft {
  draft: Draft
  dirty: boolean
  /** Another text, or another value somewhere. */
  change: (next: (draft: Draft) => Draft) => void
  set: (path: DraftPath, value: Json | undefined) => void
  /** One place, or everything. */
  revert: (path?: DraftPath) => void
  /** What others changed meanwhile and is in the draft now. */
  taken: readonly Change[]
  conflict: Merged | undefined
  decide: (choices: Choices) => void
  /** The object as it was written. */
  saved: (object: KubeObject) => void
  /** It was begun before this visit. */
  restored: boolean
}

function keyOf({ cluster, namespace, name }: MachineTarget): string {
  return `berth.draft.${JSON.stringify([cluster, namespace, name])}`
}

export function useDraft(target: MachineTarget, live: KubeObject): MachineDraft {
  const key = keyOf(target)
  const [begun] = useState(() => {
    const kept = restoredDraft(sessionStorage.getItem(key) ?? '')
    // A draft of another machine of that name would overwrite this one.
    return kept !== undefined && kept.origin?.uid === live.metadata.uid && isDirty(kept) ? kept : undefined
  })
  const [following, setFollowing] = useState(() => followed(startFollowing(begun ?? openDraft(live)), live))
  const { draft } = following
  const dirty = isDirty(draft)

  // A newer object is in the draft before anything of it is drawn.
  const [seen, setSeen] = useState(live)
  if (seen !== live) {
    setSeen(live)
    setFollowing(followed(following, live))
  }
  useEffect(() => {
    if (dirty) sessionStorage.setItem(key, storedDraft(draft))
    else sessionStorage.removeItem(key)
  }, [key, draft, dirty])

  const change = useCallback(
    (next: (draft: Draft) => Draft) => setFollowing((before) => edited(before, next(before.draft))),
    [],
  )
  return {
    draft,
    dirty,
    change,
    set: useCallback((path, value) => change((before) => withValue(before, path, value)), [change]),
    revert: useCallback((path) => change((before) => reverted(before, path)), [change]),
    taken: following.taken,
    conflict: conflictOf(following),
    decide: useCallback((choices) => setFollowing((before) => decided(before, choices)), []),
    saved: useCallback((object) => setFollowing(startFollowing(openDraft(object))), []),
    restored: begun !== undefined && dirty,
  }
}
