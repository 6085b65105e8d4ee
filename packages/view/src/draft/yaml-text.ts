/** YAML as people write manifests: read with the place of every mistake, written so that any YAML reader takes it alike. */

import { isJsonObject, type Json, type JsonObject } from '@berth/meta'
import { LineCounter, parseDocument, stringify, type Document } from 'yaml'

export interface YamlProblem {
  message: string
  /** From 1. */
  line: number
  column: number
}

export type ReadYaml = { value: JsonObject; document: Document } | { problem: YamlProblem }

/** Aliases are limited, so that a small text cannot become a huge value. */
const maxAliases = 100
/** Longer than any manifest an API server takes. */
const maxLength = 3 * 1024 * 1024

/** One object; several documents, lists and scalars are refused. */
export function readYaml(text: string): ReadYaml {
  if (text.length > maxLength) return problem('The text is longer than any manifest may be.')
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  const [error] = document.errors
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0])
    return { problem: { message: error.message, line: Math.max(1, line), column: Math.max(1, col) } }
  }
  try {
    const value: unknown = document.toJS({ maxAliasCount: maxAliases })
    if (!isJsonObject(value)) return problem('A manifest is an object with apiVersion, kind, metadata and spec.')
    return { value: jsonOf(value), document }
  } catch (error) {
    return problem(error instanceof Error ? error.message : String(error))
  }
}

/** Words that older readers take for something else (`yes`, `on`, `0o7`) are quoted. */
export function writeYaml(value: Json): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false, compat: 'yaml-1.1' })
}

function problem(message: string): { problem: YamlProblem } {
  return { problem: { message, line: 1, column: 1 } }
}

/** YAML has values that JSON has not (dates by tag, bigints, NaN, maps with odd keys); a manifest is JSON. */
function jsonOf(value: JsonObject): JsonObject {
  const text = JSON.stringify(value, (_key, member: unknown) => {
    if (typeof member === 'bigint' || (typeof member === 'number' && !Number.isFinite(member))) {
      throw new RangeError(`${String(member)} is no number of a manifest.`)
    }
    return member
  })
  // What JSON.stringify wrote of an object is one.
  return JSON.parse(text) as JsonObject
}
