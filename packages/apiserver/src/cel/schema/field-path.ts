/** The relative path of a rule's `fieldPath`, as fields are written in causes. */

import type { Schema } from '@berth/meta'

const step = /\.([^.[\]]+)|\['((?:[^'\\]|\\.)*)'\]/y

/** `.spec.labels['a.b']` as `spec.labels[a.b]`; undefined when it leads to nothing that the schema knows. */
export function relativeFieldPath(path: string, schema: Schema): string | undefined {
  let at: Schema | undefined = schema
  let text = ''
  for (let offset = 0; offset < path.length;) {
    step.lastIndex = offset
    const match = step.exec(path)
    if (match === null || at === undefined) return undefined
    const name: string = match[1] ?? (match[2] ?? '').replaceAll(/\\(.)/g, '$1')
    const { properties, additionalProperties }: Schema = at
    if (properties !== undefined) {
      at = Object.hasOwn(properties, name) ? properties[name] : undefined
      if (at === undefined) return undefined
      text += text === '' ? name : `.${name}`
    } else {
      if (additionalProperties === undefined) return undefined
      at = additionalProperties
      text += `[${name}]`
    }
    offset = step.lastIndex
  }
  return text
}
