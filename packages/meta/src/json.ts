/** Reading and writing inside JSON values without ever touching a prototype. */

import type { Json, JsonObject } from './object.ts'

/** A JSON object, as opposed to null, an array or a scalar. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A member the object has itself; what it inherits (`constructor`, `toString`) is absent. */
export function ownMember(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

/** Sets a member as data, also when its name is `__proto__`, where plain assignment would change the prototype. */
export function setOwn<T>(object: Record<string, T>, key: string, value: T): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
  } else object[key] = value
}

export type PathStep = string | number

/** The value at a path, or undefined when any step is missing. */
export function getPath(value: unknown, path: readonly PathStep[]): Json | undefined {
  let at: unknown = value
  for (const step of path) {
    if (Array.isArray(at)) at = typeof step === 'number' ? at[step] : undefined
    else if (isJsonObject(at) && typeof step === 'string') at = ownMember(at, step)
    else return undefined
  }
  // Everything below a JSON value is a JSON value.
  return at as Json | undefined
}

/**
 * Sets the value at a path of object members in place, creating the objects on the way.
 * @throws {TypeError} when a step on the way is not an object
 */
export function setPath(target: JsonObject, path: readonly string[], value: Json): void {
  let at = target
  path.forEach((key, index) => {
    if (index === path.length - 1) {
      setOwn(at, key, value)
      return
    }
    let next = ownMember(at, key)
    if (next === undefined || next === null) {
      next = {}
      setOwn(at, key, next)
    }
    if (!isJsonObject(next)) throw new TypeError(`${path.slice(0, index + 1).join('.')} is not an object`)
    at = next
  })
}

/** A path as Kubernetes writes fields: `spec.disks[0].name`. */
export function formatPath(path: readonly PathStep[]): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else text += text === '' ? step : `.${step}`
  }
  return text
}
