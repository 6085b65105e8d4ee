/** Simple paths into a schema: `.spec.size`, `.spec.labels['a.b']` (apiextensions `ValidFieldPath`). */

import { propsAt, propsMap, type Props } from './crd.ts'

export type FieldAt = { schema: Props; path: string[] } | { problem: string }

/** @param brackets false refuses `['name']` */
export function fieldAt(props: Props, path: string, brackets = true): FieldAt {
  const steps: string[] = []
  let schema = props
  let rest = path
  while (rest !== '') {
    let name: string
    if (rest.startsWith('[')) {
      if (!brackets) return { problem: 'array notation is not allowed' }
      const quoted = /^\['((?:[^'\\]|\\.)*)'\]/.exec(rest)
      if (quoted === null) return { problem: `expected single quoted string but got ${rest.slice(1, 20)}` }
      name = (quoted[1] ?? '').replaceAll(/\\(.)/g, '$1')
      rest = rest.slice(quoted[0].length)
    } else {
      const dotted = /^\.([^.[\]]+)/.exec(rest)
      if (dotted === null)
        return {
          problem: rest === '.' ? 'unexpected end of JSON path' : `expected [ or . but got: ${rest.slice(0, 20)}`,
        }
      name = dotted[1] ?? ''
      rest = rest.slice(dotted[0].length)
    }
    const declared = propsAt(schema, 'properties')
    const values = propsAt(schema, 'additionalProperties')
    const next = declared === undefined ? values : new Map(propsMap(schema, 'properties')).get(name)
    if (next === undefined) return { problem: 'does not refer to a valid field' }
    steps.push(name)
    schema = next
  }
  return { schema, path: steps }
}
