/** JSON values in the syntax of Go, which some messages of Kubernetes carry. */

import { isJsonObject } from './json.ts'
import type { Json } from './object.ts'

/** Longer values are cut in messages, so that one bad field cannot make a huge answer. */
const maxShown = 1024

/** A value as Go prints it with `%#v`; kube-apiserver's messages show the objects and lists of custom kinds so. */
export function goSyntax(value: Json): string {
  const text = goText(value)
  return text.length > maxShown ? `${text.slice(0, maxShown)}…` : text
}

function goText(value: Json): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goText).join(', ')}}`
  if (!isJsonObject(value)) return value === null ? 'interface {}(nil)' : JSON.stringify(value)
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const list = members.map(([key, each]) => `${JSON.stringify(key)}:${goText(each)}`)
  return `map[string]interface {}{${list.join(', ')}}`
}
