/** The value of one table cell, converted the way kube-apiserver converts it for built-in and custom kinds. */

import { formatAge } from '@berth/base'
import { jsonPathValues, parseJsonPath, type Json, type JsonObject, type JsonPath, type KubeObject } from '@berth/meta'
import type { PrinterColumn } from '../resource/definition.ts'

/** `3d4h` before `now`; `<unknown>` without a time, `<invalid>` for one that is unreadable or more than a second ahead. */
export function ageCell(timestamp: Json | undefined, now: Date): string {
  if (timestamp === undefined || timestamp === null || timestamp === '') return '<unknown>'
  const at = typeof timestamp === 'string' ? Date.parse(timestamp) : Number.NaN
  const elapsed = now.getTime() - at
  // Clocks of client and server differ a little; kube-apiserver forgives the same second.
  if (Number.isNaN(at) || elapsed < -2000) return '<invalid>'
  return formatAge(elapsed)
}

/** Paths by their text; they come from definitions, so there are as many as columns. */
const parsed = new Map<string, JsonPath>()

function readPath(object: KubeObject & JsonObject, text: string): Json | undefined {
  const path = parsed.get(text) ?? parseJsonPath(text)
  parsed.set(text, path)
  return jsonPathValues(path, object)[0]
}

/** A value that does not fit the column's type gives null, which kubectl prints as an empty cell. */
export function cellOf(column: PrinterColumn, object: KubeObject & JsonObject, now: Date): Json {
  const found = typeof column.value === 'string' ? readPath(object, column.value) : column.value(object, now)
  if (found === undefined || found === null) return null
  // A function gives a date's finished text, a path the timestamp.
  if (column.type === 'date') return typeof column.value === 'string' ? ageCell(found, now) : found
  if (column.type === 'string') return typeof found === 'object' ? JSON.stringify(found) : String(found)
  if (column.type === 'integer') return typeof found === 'number' ? Math.trunc(found) : null
  return typeof found === column.type ? found : null
}
