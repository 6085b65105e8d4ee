/**
 * The way from client-side to server-side apply: kubectl may take over what it applied itself before, which it wrote down in an
 * annotation, and the annotation follows its server-side applies, so that the way back stays open.
 */

import { isJsonObject, utf8Length, type Json, type JsonObject } from '@berth/meta'
import { compare } from './compare.ts'
import { below, difference, isMember, union, type FieldSet } from './field-set.ts'
import type { FieldConflict } from './conflicts.ts'
import { setOf } from './set-of.ts'
import type { Kind } from './write.ts'

export const lastAppliedAnnotation = 'kubectl.kubernetes.io/last-applied-configuration'
/** The only manager the annotation means something for; others opt out by their name. */
export const kubectl = 'kubectl'
/** Bytes all annotations may have together. */
const maxAnnotations = 256 * 1024

export function lastAppliedOf(object: JsonObject): string | undefined {
  const { metadata } = object
  const annotations = isJsonObject(metadata) ? metadata['annotations'] : undefined
  const text = isJsonObject(annotations) ? annotations[lastAppliedAnnotation] : undefined
  return typeof text === 'string' && text !== '' ? text : undefined
}

/** The conflicts that are about other fields than those kubectl applied and nobody has changed since. */
export function withoutLastApplied(
  conflicts: readonly FieldConflict[],
  { live, lastApplied, kind }: { live: JsonObject; lastApplied: JsonObject; kind: Kind },
): FieldConflict[] {
  const change = compare(live, lastApplied, kind.schema, kind.context)
  const changed = union(union(change.modified, change.added), change.removed)
  const own = difference(setOf(lastApplied, kind.schema, kind.context), changed)
  return conflicts.filter(({ path }) => !has(own, path))
}

function has(set: FieldSet, path: readonly string[]): boolean {
  let at: FieldSet | undefined = set
  for (const element of path) {
    at = below(at, element)
    if (at === undefined) return false
  }
  return isMember(at)
}

/** Rewrites the annotation of `object`, which has it, in place; it goes when it would not fit. */
export function setLastApplied(object: JsonObject, config: JsonObject): void {
  const { metadata } = object
  const before = isJsonObject(metadata) ? metadata['annotations'] : undefined
  if (!isJsonObject(metadata) || !isJsonObject(before)) return
  const annotations: JsonObject = {
    ...before,
    [lastAppliedAnnotation]: `${JSON.stringify(ordered(withoutAnnotation(config)))}\n`,
  }
  let size = 0
  for (const [key, value] of Object.entries(annotations)) {
    size += utf8Length(key) + (typeof value === 'string' ? utf8Length(value) : 0)
  }
  if (size > maxAnnotations) delete annotations[lastAppliedAnnotation]
  object['metadata'] = { ...metadata, annotations }
}

function withoutAnnotation(config: JsonObject): JsonObject {
  const { metadata } = config
  if (!isJsonObject(metadata) || !isJsonObject(metadata['annotations'])) return config
  const { [lastAppliedAnnotation]: _, ...annotations } = metadata['annotations']
  return { ...config, metadata: { ...metadata, annotations } }
}

/** Members in the order in which Go writes maps, so that kubectl finds its own text again. */
function ordered(value: Json): Json {
  if (Array.isArray(value)) return value.map(ordered)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .toSorted()
      .map((key) => [key, ordered(value[key] ?? null)]),
  )
}
