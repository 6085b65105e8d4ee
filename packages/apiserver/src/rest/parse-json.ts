/** Reads JSON from strangers: bounded depth, no prototype tricks, duplicate keys found. */

import { badRequest, type Json } from '@berth/meta'
import { duplicateFields } from './duplicate-fields.ts'

export interface ParsedDocument {
  value: Json
  /** Paths of members given more than once, as `spec.ports[0].name`; the last one counts. */
  duplicates: string[]
}

const decoder = new TextDecoder('utf-8', { fatal: true })

/**
 * @param maxDepth objects and arrays inside each other
 * @throws {StatusError} BadRequest when the bytes are not UTF-8, not JSON, nested too deep, or name `__proto__`
 */
export function parseJson(bytes: Buffer, maxDepth: number): ParsedDocument {
  const text = decodeUtf8(bytes)
  const colons = scanStructure(bytes, maxDepth)
  const value = parseText(text)
  return { value, duplicates: duplicatesOf({ text, value, colons }) }
}

/**
 * As {@link parseJson}, in steps between which others get a turn: all steps of three megabytes take a tenth of a second.
 * @param turn waits for the next step
 */
export async function parseJsonInSteps(
  bytes: Buffer,
  maxDepth: number,
  turn: () => Promise<void>,
): Promise<ParsedDocument> {
  await turn()
  const text = decodeUtf8(bytes)
  const colons = scanStructure(bytes, maxDepth)
  await turn()
  const value = parseText(text)
  await turn()
  return { value, duplicates: duplicatesOf({ text, value, colons }) }
}

function parseText(text: string): Json {
  try {
    // JSON.parse gives a JSON value or throws.
    return JSON.parse(text) as Json
  } catch (error) {
    throw badRequest(`the body of the request is not valid JSON: ${error instanceof Error ? error.message : ''}`)
  }
}

/** Every member has one colon outside strings; fewer members than colons means that some came twice. */
function duplicatesOf({ text, value, colons }: { text: string; value: Json; colons: number }): string[] {
  return countMembers(value) === colons ? [] : duplicateFields(text)
}

/** @throws {StatusError} BadRequest */
export function decodeUtf8(bytes: Buffer): string {
  try {
    return decoder.decode(bytes)
  } catch {
    throw badRequest('the body of the request is not valid UTF-8')
  }
}

const quote = 0x22
const backslash = 0x5c
const colon = 0x3a
const [openBrace, closeBrace, openBracket, closeBracket] = [0x7b, 0x7d, 0x5b, 0x5d]

/** One pass over the bytes before anything recursive touches them: checks the depth and counts the members. */
function scanStructure(bytes: Buffer, maxDepth: number): number {
  let depth = 0
  let colons = 0
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at]
    if (byte === quote) {
      at += 1
      while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1
    } else if (byte === colon) colons += 1
    else if (byte === openBrace || byte === openBracket) {
      depth += 1
      if (depth > maxDepth) throw tooDeep(maxDepth)
    } else if (byte === closeBrace || byte === closeBracket) depth -= 1
  }
  return colons
}

export function tooDeep(maxDepth: number): Error {
  return badRequest(`the body of the request is nested more than ${maxDepth} levels deep`)
}

/**
 * Counts the members of all objects, and refuses what no API object can carry: `__proto__`, which would change a prototype in
 * code that copies members, and numbers beyond what JSON can write again.
 */
export function countMembers(value: Json): number {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw badRequest('the body of the request has a number that is out of range')
  }
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value) members += countMembers(item)
    return members
  }
  // Parsed objects inherit nothing that could be enumerated, and this way no list of the names is made.
  for (const key in value) {
    if (key === '__proto__')
      throw badRequest('the body of the request has a field named "__proto__", which is not allowed')
    members += 1 + countMembers(value[key] ?? null)
  }
  return members
}
