/** JSON values as YAML in block style: every text is quoted as JSON quotes it, so that none can be taken for anything else. */

import { isJsonObject, type Json } from '@berth/meta'

const plainKey = /^[A-Za-z_][\w./-]*$/

export function yamlOf(value: Json): string {
  return lines(value, 0).join('\n') + '\n'
}

function lines(value: Json, depth: number): string[] {
  const indent = '  '.repeat(depth)
  if (Array.isArray(value) && value.length > 0)
    return value.flatMap((entry) => hung(lines(entry, depth + 1), `${indent}- `))
  if (isJsonObject(value) && Object.keys(value).length > 0)
    return Object.entries(value).flatMap(([key, entry]) => {
      const name = `${indent}${plainKey.test(key) ? key : JSON.stringify(key)}:`
      return isBlock(entry) ? [name, ...lines(entry, depth + 1)] : [`${name} ${JSON.stringify(entry)}`]
    })
  return [`${indent}${JSON.stringify(value)}`]
}

function isBlock(value: Json): boolean {
  return (Array.isArray(value) && value.length > 0) || (isJsonObject(value) && Object.keys(value).length > 0)
}

/** The first line takes the mark of a list's entry in place of its indentation, which is as long. */
function hung([first = '', ...rest]: string[], mark: string): string[] {
  return [mark + first.slice(mark.length), ...rest]
}
