/**
 * A manifest that somebody is changing. The text is the one truth: a form and an editor of YAML change the same text, and what neither
 * knows stays in it byte for byte. Drafts are values: every change makes another one, and one can be kept as JSON.
 */

import { deepEqual, type Json, type JsonObject, type KubeObject } from '@berth/meta'
import { changesBetween, type Change } from './changes.ts'
import { editedText, textSaying } from './edit.ts'
import { valueAt, type DraftPath } from './path.ts'
import { originOf, withOrigin, writtenPart, type Origin } from './server-owned.ts'
import { readYaml, writeYaml, type YamlProblem } from './yaml-text.ts'

export interface Draft {
  /** YAML. */
  readonly text: string
  /** What it started from, or was last merged with. */
  readonly base: JsonObject
  /** Undefined for an object that is yet to be made. */
  readonly origin?: Origin
}

/** Of a live object, or of one that is yet to be made (a template, an example). */
export function openDraft(object: KubeObject): Draft {
  const base = writtenPart(object)
  const origin = originOf(object)
  return { text: writeYaml(base), base, ...(origin === undefined ? {} : { origin }) }
}

const read = new WeakMap<Draft, { value?: JsonObject; problem?: YamlProblem }>()

function readDraft(draft: Draft): { value?: JsonObject; problem?: YamlProblem } {
  const known = read.get(draft)
  if (known !== undefined) return known
  const found = readYaml(draft.text)
  const kept = 'value' in found ? { value: found.value } : found
  read.set(draft, kept)
  return kept
}

/** What the text says; undefined while it is not YAML. */
export function draftValue(draft: Draft): JsonObject | undefined {
  return readDraft(draft).value
}

export function draftProblem(draft: Draft): YamlProblem | undefined {
  return readDraft(draft).problem
}

/** The value at a place, and what it was. */
export function draftField(
  draft: Draft,
  path: DraftPath,
): { value: Json | undefined; before: Json | undefined; dirty: boolean } {
  const value = valueAt(draftValue(draft), path)
  const before = valueAt(draft.base, path)
  return { value, before, dirty: !deepEqual(value, before) }
}

/** @throws {RangeError} while the text is not YAML, or when the place can't be there */
export function withValue(draft: Draft, path: DraftPath, value: Json | undefined): Draft {
  const emptied = value === undefined ? emptiedParent(draft, path) : path
  return { ...draft, text: editedText(draft.text, emptied, value) }
}

export function withText(draft: Draft, text: string): Draft {
  return { ...draft, text }
}

/** Everything that differs from what it started from; none while the text is not YAML. */
export function draftChanges(draft: Draft): Change[] {
  const value = draftValue(draft)
  return value === undefined ? [] : changesBetween(draft.base, value)
}

/** A text that can't be read counts as changed. */
export function isDirty(draft: Draft): boolean {
  const value = draftValue(draft)
  return value === undefined || !deepEqual(value, draft.base)
}

/** One place as it was, or everything. @throws {RangeError} for a place while the text is not YAML */
export function reverted(draft: Draft, path?: DraftPath): Draft {
  if (path === undefined) {
    const text = draftValue(draft) === undefined ? writeYaml(draft.base) : textSaying(draft.text, draft.base)
    return { ...draft, text }
  }
  return withValue(draft, path, valueAt(draft.base, path))
}

/**
 * What to send: the whole object with the version it was made from, by PUT. Not a patch: a merge patch replaces lists as a whole
 * without noticing that somebody changed them, and a JSON patch counts their items. A server that has another version answers 409,
 * and then the draft is merged (merge.ts).
 * @returns undefined while the text is not YAML
 */
export function draftObject(draft: Draft): JsonObject | undefined {
  const value = draftValue(draft)
  return value === undefined ? undefined : withOrigin(value, draft.origin)
}

/** What was made only to hold the value goes with it: clearing a field that was never there leaves no empty shell behind. */
function emptiedParent(draft: Draft, path: DraftPath): DraftPath {
  const value = draftValue(draft)
  let place = path
  while (place.length > 1) {
    const parent = place.slice(0, -1)
    const held = valueAt(value, parent)
    const count = typeof held === 'object' && held !== null ? Object.keys(held).length : 0
    if (count !== 1 || valueAt(draft.base, parent) !== undefined) break
    if (valueAt(value, place) === undefined || typeof parent.at(-1) !== 'string') break
    place = parent
  }
  return place
}
