/**
 * A message as the JSON it stands for. Go writes zero for what was never set, which its JSON leaves out; so does this, unless the
 * field can tell zero from nothing or its JSON always has it.
 */

import { isJsonObject, setOwn, type Json, type JsonObject } from '@berth/meta'
import {
  booleanOf,
  bytesOf,
  integerOf,
  intOrStringOf,
  microTimeOf,
  packedIntegers,
  quantityOf,
  rawJsonOf,
  textOf,
  textsOf,
  timeOf,
} from './decode-scalar.ts'
import { fieldsOf, type FieldSpec, type ValueType } from './field-table.ts'
import { ProtoReader, WireError, type WireField } from './proto-reader.ts'

/** Deeper than any kind nests. */
const maxDepth = 40

interface Place {
  /** Messages around this one. */
  depth: number
  /** How deep JSON inside a message may nest. */
  jsonDepth: number
}

/**
 * @throws {WireError} when the bytes are not such a message
 * @throws {StatusError} BadRequest when JSON inside it is damaged
 */
export function decodeMessage(message: string, bytes: Buffer, { depth, jsonDepth }: Place): JsonObject {
  const fields = fieldsOf(message)
  if (fields === undefined) throw new WireError(`the message table has no ${message}`)
  if (depth > maxDepth) throw new WireError(`it is nested more than ${maxDepth} messages deep`)
  const json: JsonObject = {}
  const reader = new ProtoReader(bytes)
  const inner = { depth: depth + 1, jsonDepth }
  for (let field = reader.next(); field; field = reader.next()) {
    const spec = fields.get(field.number)
    // As protocol buffers ask for: what a newer client added is passed over.
    if (spec !== undefined) put(json, spec, field, inner)
  }
  return json
}

function put(json: JsonObject, spec: FieldSpec, field: WireField, place: Place): void {
  const { name, type, shape, zero } = spec
  switch (shape) {
    case 'inline':
      Object.assign(json, decodeValue(type, field, place))
      return
    case 'list': {
      const list = Array.isArray(json[name]) ? json[name] : []
      json[name] = list
      if (type === 'i' && field.wire === 'bytes') for (const value of packedIntegers(field)) list.push(value)
      else list.push(decodeValue(type, field, place))
      return
    }
    case 'map': {
      const map = isJsonObject(json[name]) ? json[name] : {}
      json[name] = map
      putEntry(map, type, field, place)
      return
    }
    case 'single': {
      const value = decodeValue(type, field, place)
      const isZero = value === '' || value === 0 || value === false
      if (value === null || (isZero && zero === 'omitted')) delete json[name]
      else json[name] = value
    }
  }
}

const noBytes = Buffer.alloc(0)

function putEntry(map: JsonObject, type: ValueType, field: WireField, place: Place): void {
  const reader = new ProtoReader(bytesOf(field))
  let key = ''
  let value: Json | undefined
  for (let part = reader.next(); part; part = reader.next()) {
    if (part.number === 1) key = textOf(part)
    else if (part.number === 2) value = decodeValue(type, part, place)
  }
  // As in JSON bodies: it would change a prototype in code that copies members.
  if (key === '__proto__') throw new WireError('a map has the key "__proto__", which is not allowed')
  // An entry without a value has its type's zero; no map of the table holds numbers.
  setOwn(map, key, value === undefined ? decodeValue(type, { number: 2, wire: 'bytes', bytes: noBytes }, place) : value)
}

function decodeValue(type: ValueType, field: WireField, place: Place): Json {
  if (typeof type === 'object') return decodeMessage(type.message, bytesOf(field), place)
  switch (type) {
    case 's':
      return textOf(field)
    case 'b':
      return booleanOf(field)
    case 'i':
      return integerOf(field)
    case 'y':
      return bytesOf(field).toString('base64')
    case 't':
      return timeOf(field)
    case 'u':
      return microTimeOf(field)
    case 'q':
      return quantityOf(field)
    case 'o':
      return intOrStringOf(field)
    case 'r':
      return rawJsonOf(field, place.jsonDepth)
    case 'l':
      return textsOf(field)
  }
}
