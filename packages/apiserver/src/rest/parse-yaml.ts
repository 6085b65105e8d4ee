/** Reads YAML from strangers: one document, no alias bombs, no custom tags, nothing JSON could not say. */

import { badRequest, StatusError, type Json } from '@berth/meta'
import { isAlias, isMap, isScalar, isSeq, parseDocument, type Node } from 'yaml'
import { countMembers, decodeUtf8, tooDeep, type ParsedDocument } from './parse-json.ts'

/** Uses of aliases in one body. Manifests have a handful; bombs need them by the million. */
const maxAliases = 100

const options = {
  uniqueKeys: false,
  merge: true,
  logLevel: 'silent',
  stringKeys: true,
  // Quoting the source for each of a hundred thousand errors takes minutes; the first one's line is enough.
  prettyErrors: false,
} as const

/** @throws {StatusError} BadRequest when it is not UTF-8, not YAML, nested too deep, or expands too far */
export function parseYaml(bytes: Buffer, maxDepth: number): ParsedDocument {
  const text = decodeUtf8(bytes)
  try {
    const document = parseDocument(text, options)
    const [problem] = document.errors
    if (problem !== undefined) {
      const line = text.slice(0, problem.pos[0]).split('\n').length
      throw badRequest(`error converting YAML to JSON: yaml: line ${line}: ${problem.message}`)
    }
    const duplicates: string[] = []
    inspect(document.contents, { path: '', depth: 0, maxDepth, duplicates })
    // A YAML 1.2 core document with string keys converts to JSON values; countMembers refuses infinite numbers.
    const value = document.toJS({ maxAliasCount: maxAliases }) as Json
    checkDepth(value, maxDepth)
    countMembers(value)
    return { value, duplicates }
  } catch (error) {
    if (error instanceof StatusError) throw error
    // The parser recurses: hostile nesting ends its stack before ours is asked.
    if (error instanceof RangeError) throw tooDeep(maxDepth)
    throw badRequest(`error converting YAML to JSON: yaml: ${error instanceof Error ? error.message : ''}`)
  }
}

interface Place {
  path: string
  depth: number
  maxDepth: number
  duplicates: string[]
}

function inspect(node: Node | null, place: Place): void {
  if (node === null || isScalar(node) || isAlias(node)) return
  if (place.depth >= place.maxDepth) throw tooDeep(place.maxDepth)
  const depth = place.depth + 1
  if (isSeq<Node>(node)) {
    node.items.forEach((item, index) => inspect(item, { ...place, depth, path: `${place.path}[${index}]` }))
  } else if (isMap<Node, Node | null>(node)) {
    const seen = new Set<string>()
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : ''
      const path = place.path === '' ? name : `${place.path}.${name}`
      if (seen.has(name) && name !== '<<') place.duplicates.push(path)
      seen.add(name)
      inspect(value, { ...place, depth, path })
    }
  }
}

/** Aliases make the value deeper than its text. */
function checkDepth(value: Json, left: number): void {
  if (typeof value !== 'object' || value === null) return
  if (left <= 0) throw badRequest('the body of the request is nested too deep')
  for (const item of Array.isArray(value) ? value : Object.values(value)) checkDepth(item, left - 1)
}
