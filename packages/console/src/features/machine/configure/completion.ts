/** Names of fields for the editor of YAML, from the server's own OpenAPI document. */

import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { isJsonObject, ownMember, type Json, type JsonObject } from '@berth/meta'

export interface CompletionSource {
  /** OpenAPI 3: `components.schemas`. */
  schemas: JsonObject
  /** Name of the schema of the whole manifest. */
  root: string
}

export function manifestCompletions(
  context: CompletionContext,
  source: CompletionSource | undefined,
): CompletionResult | null {
  if (source === undefined) return null
  const line = context.state.doc.lineAt(context.pos)
  const before = line.text.slice(0, context.pos - line.from)
  const typed = /^([\s-]*)([\w./-]*)$/.exec(before)
  if (typed === null || (!context.explicit && typed[2] === '')) return null
  const [, indent = '', word = ''] = typed
  const above = context.state.doc.sliceString(0, line.from).split('\n')
  const schema = schemaAt(source, pathAbove(above, indent.length))
  const options = propertiesOf(source, schema).map(([label, member]): Completion => {
    const { description } = resolved(source, member)
    return {
      label,
      type: 'property',
      apply: `${label}: `,
      ...(typeof description === 'string' ? { info: description.slice(0, 400) } : {}),
    }
  })
  return options.length === 0 ? null : { from: context.pos - word.length, options, validFor: /^[\w./-]*$/ }
}

/** Keys of the lines that a line of this indentation belongs to, the outermost first. */
export function pathAbove(lines: readonly string[], column: number): string[] {
  const path: string[] = []
  let limit = column
  for (let at = lines.length - 1; at >= 0 && limit > 0; at--) {
    const found = /^([\s-]*)([\w./-]+):(?:\s|$)/.exec(lines[at] ?? '')
    if (found === null) continue
    const [, indent = '', key = ''] = found
    // A list may stand at the indentation of its key.
    const dash = indent.indexOf('-')
    if (indent.length < limit) {
      path.unshift(key)
      limit = dash < 0 ? indent.length : dash + 1
    }
  }
  return path
}

function schemaAt(source: CompletionSource, path: readonly string[]): JsonObject {
  let at = resolved(source, ownMember(source.schemas, source.root))
  for (const key of path) {
    const properties = at['properties']
    const member = isJsonObject(properties) ? ownMember(properties, key) : undefined
    at = resolved(source, member ?? (isJsonObject(at['additionalProperties']) ? at['additionalProperties'] : undefined))
    if (at['type'] === 'array') at = resolved(source, at['items'])
  }
  return at
}

function propertiesOf(_source: CompletionSource, { properties }: JsonObject): [string, Json][] {
  return isJsonObject(properties) ? Object.entries(properties) : []
}

/** What a reference leads to; a member with a description wraps its reference in `allOf`. */
function resolved(source: CompletionSource, schema: Json | undefined, depth = 0): JsonObject {
  if (!isJsonObject(schema) || depth > 4) return {}
  const [first] = Array.isArray(schema['allOf']) ? schema['allOf'] : []
  if (first !== undefined && isJsonObject(first))
    return { ...resolved(source, first, depth + 1), ...withoutAllOf(schema) }
  const reference = schema['$ref']
  if (typeof reference !== 'string') return schema
  return resolved(source, ownMember(source.schemas, reference.slice(reference.lastIndexOf('/') + 1)), depth + 1)
}

function withoutAllOf({ allOf: _allOf, ...rest }: JsonObject): JsonObject {
  return rest
}
