/** Which field a server's cause is about. */

import { formatPath, isJsonObject, type Json, type PathStep, type StatusCause } from '@berth/meta'
import { valueAt, type DraftPath } from '@berth/view'

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
