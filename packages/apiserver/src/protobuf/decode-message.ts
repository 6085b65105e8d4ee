/**
 * A message as the JSON it stands for. Go writes zero for what was never set, which JSON leaves out; so does this, unless the
 * field can tell zero from nothing.
 */

import { formatMicroTime, formatTime, isJsonObject, setOwn, type Json, type JsonObject } from '@berth/meta'
import { parseJson } from '../rest/parse-json.ts'
import { fieldsOf, type FieldSpec, type ValueType } from './field-table.ts'
import { readFields, WireError, type WireField } from './proto-reader.ts'

/** Deeper than any kind nests. */
const maxDepth = 40

/** @throws {WireError} when the bytes are not such a message */
export function decodeMessage(message: string, bytes: Buffer, depth = 0): JsonObject {
  const fields = fieldsOf(message)
  if (fields === undefined) throw new WireError(`${message} is not known in this form`)
  if (depth > maxDepth) throw new WireError('it nests too deep')
  const json: JsonObject = {}
  for (const wire of readFields(bytes)) {
    const spec = fields.get(wire.number)
    // As protocol buffers ask for: what a newer client added is passed over.
    if (spec === undefined) continue
    if (spec.shape === 'inline') Object.assign(json, decodeValue(spec.type, wire, depth + 1))
    else put(json, spec, wire, depth)
  }
  return json
}

function put(json: JsonObject, spec: FieldSpec, wire: WireField, depth: number): void {
  const { name, type, shape } = spec
  if (shape === 'list') {
    const list = Array.isArray(json[name]) ? json[name] : []
    json[name] = list
    list.push(decodeValue(type, wire, depth + 1))
  } else if (shape === 'map') {
    const map = isJsonObject(json[name]) ? json[name] : {}
    json[name] = map
    const [key, value] = mapEntry(type, wire, depth)
    setOwn(map, key, value)
  } else {
    const value = decodeValue(type, wire, depth + 1)
    const zero = value === null || value === '' || value === 0 || value === false
    if (!zero || (spec.pointer && value !== null)) json[name] = value
    else delete json[name]
  }
}

function mapEntry(type: ValueType, wire: WireField, depth: number): [string, Json] {
  let key = ''
  // An entry without a value has its type's zero.
  let value: Json = decodeValue(type, { number: 2, integer: 0n, bytes: Buffer.alloc(0) }, depth + 1)
  for (const part of readFields(bytesOf(wire))) {
    if (part.number === 1) key = text(bytesOf(part))
    else if (part.number === 2) value = decodeValue(type, part, depth + 1)
  }
  return [key, value]
}

function decodeValue(type: ValueType, wire: WireField, depth: number): Json {
  if (typeof type === 'object') return decodeMessage(type.message, bytesOf(wire), depth)
  switch (type) {
    case 's':
      return text(bytesOf(wire))
    case 'b':
      return wire.integer !== 0n
    case 'i':
      return integer(wire.integer)
    case 'd':
      return double(wire.integer)
    case 'y':
      return bytesOf(wire).toString('base64')
    case 't':
    case 'u':
      return time(bytesOf(wire), type === 'u')
    case 'q':
      return firstText(bytesOf(wire)) || '0'
    case 'o':
      return intOrString(bytesOf(wire))
    case 'r':
      return rawJson(bytesOf(wire))
    case 'g':
      return `${integer(firstInteger(bytesOf(wire))) / 1e9}s`
    case 'l':
      return [...readFields(bytesOf(wire))].map((field) => text(bytesOf(field)))
  }
  return null
}

function bytesOf(wire: WireField): Buffer {
  if (wire.bytes === undefined) throw new WireError(`field ${wire.number} has the wrong wire type`)
  return wire.bytes
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function text(bytes: Buffer): string {
  try {
    return utf8.decode(bytes)
  } catch {
    throw new WireError('a text is not UTF-8')
  }
}

function integer(value: bigint): number {
  const signed = Number(BigInt.asIntN(64, value))
  if (!Number.isSafeInteger(signed)) throw new WireError('a number is larger than JSON can carry exactly')
  return signed
}

function double(bits: bigint): number {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(bits)
  const value = bytes.readDoubleLE()
  if (!Number.isFinite(value)) throw new WireError('a number is not finite')
  return value
}

/** Null for the zero time, which Go writes where no time was set. */
function time(bytes: Buffer, micro: boolean): string | null {
  let seconds = 0
  let nanos = 0
  for (const { number, integer: value } of readFields(bytes)) {
    if (number === 1) seconds = integer(value)
    else if (number === 2) nanos = integer(value)
  }
  if (seconds === 0 && nanos === 0) return null
  const date = new Date(seconds * 1000 + Math.floor(nanos / 1e6))
  if (Number.isNaN(date.getTime())) throw new WireError('a time is out of range')
  return micro ? formatMicroTime(date) : formatTime(date)
}

function firstText(bytes: Buffer): string {
  for (const field of readFields(bytes)) if (field.number === 1) return text(bytesOf(field))
  return ''
}

function firstInteger(bytes: Buffer): bigint {
  for (const field of readFields(bytes)) if (field.number === 1) return field.integer
  return 0n
}

function intOrString(bytes: Buffer): Json {
  let isText = false
  let number = 0
  let word = ''
  for (const field of readFields(bytes)) {
    if (field.number === 1) isText = field.integer === 1n
    else if (field.number === 2) number = integer(field.integer)
    else if (field.number === 3) word = text(bytesOf(field))
  }
  return isText ? word : number
}

function rawJson(bytes: Buffer): Json {
  for (const field of readFields(bytes)) {
    if (field.number !== 1) continue
    const raw = bytesOf(field)
    return raw.length === 0 ? null : parseJson(raw, maxDepth).value
  }
  return null
}
