/** Whether two JSON values say the same, where Go writes null or nothing for what is empty. */

import { isJsonObject, ownMember, type Json } from '@berth/meta'

/** Paths at which `ours` says something else than what Go wrote. */
export function differences(go: Json | undefined, ours: Json | undefined, path = ''): string[] {
  if (go === undefined || go === null || (Array.isArray(go) && go.length === 0)) {
    const empty = ours === undefined || ours === null || ours === '' || (Array.isArray(ours) && ours.length === 0)
    return empty ? [] : [describe(path, go, ours)]
  }
  if (Array.isArray(go) && Array.isArray(ours) && go.length === ours.length) {
    return go.flatMap((item, index) => differences(item, ours[index], `${path}[${index}]`))
  }
  if (isJsonObject(go) && isJsonObject(ours)) {
    const keys = new Set([...Object.keys(go), ...Object.keys(ours)])
    return [...keys].flatMap((key) => differences(ownMember(go, key), ownMember(ours, key), `${path}.${key}`))
  }
  return go === ours ? [] : [describe(path, go, ours)]
}

function describe(path: string, go: Json | undefined, ours: Json | undefined): string {
  return `${path}: Go has ${JSON.stringify(go)}, ours is ${JSON.stringify(ours)}`
}
