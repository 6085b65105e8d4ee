/** A draft, and an object that somebody else changed meanwhile: three-way merge by place. */

import { deepEqual, isJsonObject, ownMember, setOwn, type Json, type JsonObject, type KubeObject } from '@berth/meta'
import { changesBetween, type Change } from './changes.ts'
import { draftValue, type Draft } from './draft.ts'
import { textSaying } from './edit.ts'
import { itemNames, pathText, type DraftPath } from './path.ts'
import { originOf, writtenPart } from './server-owned.ts'

/** Both changed the same place, differently. */
export interface Conflict {
  path: DraftPath
  base: Json | undefined
  mine: Json | undefined
  theirs: Json | undefined
}

export type Choice = 'mine' | 'theirs'

export interface Merged {
  /** With `theirs` as its base, and their changes in its text. */
  draft: Draft
  /** Places that need somebody's choice; `mine` until then. */
  conflicts: Conflict[]
  /** What they changed, conflicts among it. */
  theirs: Change[]
}

/** Choices are kept by the text of the conflict's path. */
export type Choices = ReadonlyMap<string, Choice>

/**
 * The draft on top of the object as it is now. Where only one side changed something, that is taken.
 * @returns undefined while the draft's text is not YAML, or when the object has been deleted and made anew
 */
export function merged(draft: Draft, live: KubeObject, choices: Choices = new Map()): Merged | undefined {
  const mine = draftValue(draft)
  const origin = originOf(live)
  if (mine === undefined || (draft.origin !== undefined && draft.origin.uid !== origin?.uid)) return undefined
  const theirs = writtenPart(live)
  const conflicts: Conflict[] = []
  const value = mergeValues(
    { base: draft.base, mine, theirs },
    {
      path: [],
      decide: (conflict) => {
        conflicts.push(conflict)
        return choices.get(pathText(conflict.path)) === 'theirs' ? conflict.theirs : conflict.mine
      },
    },
  )
  return {
    draft: {
      text: textSaying(draft.text, isJsonObject(value) ? value : theirs),
      base: theirs,
      ...(origin === undefined ? {} : { origin }),
    },
    conflicts,
    theirs: changesBetween(draft.base, theirs),
  }
}

interface Three {
  base: Json | undefined
  mine: Json | undefined
  theirs: Json | undefined
}

interface Merging {
  path: DraftPath
  decide: (conflict: Conflict) => Json | undefined
}

function mergeValues(three: Three, merging: Merging): Json | undefined {
  const { base, mine, theirs } = three
  if (deepEqual(mine, theirs) || deepEqual(base, theirs)) return mine
  if (deepEqual(base, mine)) return theirs
  if (isJsonObject(mine) && isJsonObject(theirs) && (base === undefined || isJsonObject(base))) {
    return mergeObjects({ base: base ?? {}, mine, theirs }, merging)
  }
  if (Array.isArray(mine) && Array.isArray(theirs) && (base === undefined || Array.isArray(base))) {
    const lists = named({ base: base ?? [], mine, theirs })
    if (lists !== undefined) return mergeLists(lists, merging)
  }
  return merging.decide({ path: merging.path, ...three })
}

function mergeObjects(three: Record<keyof Three, JsonObject>, { path, decide }: Merging): JsonObject {
  const { base, mine, theirs } = three
  const result: JsonObject = {}
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const value = mergeValues(
      { base: ownMember(base, key), mine: ownMember(mine, key), theirs: ownMember(theirs, key) },
      { path: [...path, key], decide },
    )
    if (value !== undefined) setOwn(result, key, value)
  }
  return result
}

type NamedList = ReadonlyMap<string, Json>

/** Lists whose items all have names are merged item by item; of others one side is taken. */
function named({ base, mine, theirs }: Record<keyof Three, Json[]>): Record<keyof Three, NamedList> | undefined {
  const [b, m, t] = [byName(base), byName(mine), byName(theirs)]
  return b === undefined || m === undefined || t === undefined ? undefined : { base: b, mine: m, theirs: t }
}

function byName(items: readonly Json[]): NamedList | undefined {
  const names = itemNames(items)
  return names === undefined ? undefined : new Map(names.map((name, index) => [name, items[index] ?? null]))
}

/** In the order of the side that changed it, theirs otherwise; what only the other has comes behind. */
function mergeLists({ base, mine, theirs }: Record<keyof Three, NamedList>, { path, decide }: Merging): Json[] {
  const kept = (list: NamedList): string[] => [...list.keys()].filter((name) => base.has(name))
  const minesOrder = !deepEqual(
    kept(mine),
    [...base.keys()].filter((name) => mine.has(name)),
  )
  const [first, second] = minesOrder ? [mine, theirs] : [theirs, mine]
  return [...new Set([...first.keys(), ...second.keys()])].flatMap((name) => {
    const value = mergeValues(
      { base: base.get(name), mine: mine.get(name), theirs: theirs.get(name) },
      { path: [...path, { name }], decide },
    )
    return value === undefined ? [] : [value]
  })
}
