/** Which field a server's cause is about. */

import { formatPath, isJsonObject, type Json, type PathStep, type StatusCause } from '@berth/meta'
import { valueAt, type DraftPath } from '@berth/view'
import { listFields } from './list-fields.ts'
import { sections } from './field-table.ts'
import type { DryRun } from './use-dry-run.ts'

/** As Kubernetes writes places: items of lists by their number. */
export function serverPath(path: DraftPath, value: Json | undefined): string {
  const steps = path.map((step, depth): PathStep => {
    if (typeof step !== 'object') return step
    const items = valueAt(value, path.slice(0, depth))
    return Array.isArray(items) ? items.findIndex((item) => isJsonObject(item) && item['name'] === step.name) : -1
  })
  return formatPath(steps)
}

/** Causes about the place or something in it. */
export function causesWithin(causes: readonly StatusCause[], path: DraftPath, value: Json | undefined): StatusCause[] {
  if (causes.length === 0) return []
  const place = serverPath(path, value)
  return causes.filter(({ field = '' }) => {
    const rest = field.slice(place.length)
    return field.startsWith(place) && (rest === '' || rest.startsWith('.') || rest.startsWith('['))
  })
}

/** What no field of the form stands for; in the editor every line can be marked, so that only causes without a place are left. */
export function unshownCauses(
  { state, message = '', causes }: DryRun,
  { yaml, value }: { yaml: boolean; value: Json | undefined },
): StatusCause[] {
  if (state !== 'refused') return []
  if (causes.length === 0) return [{ message }]
  if (yaml) return causes.filter(({ field = '' }) => field === '')
  const places = sections.flatMap(({ fields }) => fields.map(({ path }) => path))
  const shown = new Set([...places, ...listFields(value)].flatMap((path) => causesWithin(causes, path, value)))
  return causes.filter((cause) => !shown.has(cause))
}
