/** Values of one field that are not messages of the table: numbers, texts, and the types whose JSON is of their own making. */

import { formatTime, type Json } from '@berth/meta'
import { parseJson } from '../rest/parse-json.ts'
import { ProtoReader, WireError, type WireField } from './proto-reader.ts'

/** @throws {WireError} */
export function bytesOf(field: WireField): Buffer {
  if (field.wire !== 'bytes') throw wrongType(field)
  return field.bytes
}

/** @throws {WireError} */
export function integerOf(field: WireField): number {
  if (field.wire !== 'varint') throw wrongType(field)
  return signed(field.integer)
}

/** @throws {WireError} */
export function booleanOf(field: WireField): boolean {
  if (field.wire !== 'varint') throw wrongType(field)
  return field.integer !== 0
}

/** @throws {WireError} */
export function textOf(field: WireField): string {
  const bytes = bytesOf(field)
  if (bytes.length === 0) return ''
  try {
    return utf8.decode(bytes)
  } catch {
    throw new WireError(`the text in field ${field.number} is not UTF-8`)
  }
}

/** A byte order mark is part of the text, as it is in Go. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A list of numbers in one field, which is how every reader must take repeated numbers beside the usual form. */
export function packedIntegers(field: WireField): number[] {
  const reader = new ProtoReader(bytesOf(field))
  const list: number[] = []
  while (!reader.done) list.push(signed(reader.varint()))
  return list
}

/** Whole seconds, as metav1.Time has; null for the zero time, which Go writes where no time was set. */
export function timeOf(field: WireField): string | null {
  const { seconds, nanos } = timestamp(field)
  return seconds === 0 && nanos === 0 ? null : formatTime(dateOf(seconds))
}

/** metav1.MicroTime to its microsecond, which a lease's holder compares. */
export function microTimeOf(field: WireField): string | null {
  const { seconds, nanos } = timestamp(field)
  if (seconds === 0 && nanos === 0) return null
  const micros = String(Math.floor(nanos / 1000)).padStart(6, '0')
  return `${dateOf(seconds).toISOString().slice(0, 19)}.${micros}Z`
}

function timestamp(field: WireField): { seconds: number; nanos: number } {
  const reader = new ProtoReader(bytesOf(field))
  let [seconds, nanos] = [0, 0]
  for (let part = reader.next(); part; part = reader.next()) {
    if (part.number === 1) seconds = integerOf(part)
    else if (part.number === 2) nanos = integerOf(part)
  }
  if (nanos < 0 || nanos > 999_999_999) throw new WireError('a time has nanoseconds out of range')
  return { seconds, nanos }
}

/** RFC 3339 has the years 0 to 9999. */
function dateOf(seconds: number): Date {
  const date = new Date(seconds * 1000)
  const year = date.getUTCFullYear()
  if (!(year >= 0 && year <= 9999)) throw new WireError('a time is out of range')
  return date
}

/** resource.Quantity: its text in field 1. */
export function quantityOf(field: WireField): string {
  const reader = new ProtoReader(bytesOf(field))
  let text = ''
  for (let part = reader.next(); part; part = reader.next()) if (part.number === 1) text = textOf(part)
  return text === '' ? '0' : text
}

export function intOrStringOf(field: WireField): number | string {
  const reader = new ProtoReader(bytesOf(field))
  let isText = false
  let [number, text] = [0, '']
  for (let part = reader.next(); part; part = reader.next()) {
    if (part.number === 1) isText = integerOf(part) === 1
    else if (part.number === 2) number = integerOf(part)
    else if (part.number === 3) text = textOf(part)
  }
  return isText ? text : number
}

/**
 * JSON inside (RawExtension, FieldsV1); null for none.
 * @throws {StatusError} BadRequest when it is not JSON
 */
export function rawJsonOf(field: WireField, jsonDepth: number): Json {
  const reader = new ProtoReader(bytesOf(field))
  let value: Json = null
  for (let part = reader.next(); part; part = reader.next()) {
    if (part.number !== 1) continue
    const raw = bytesOf(part)
    value = raw.length === 0 ? null : parseJson(raw, jsonDepth).value
  }
  return value
}

/** A list of texts in a message of its own (ExtraValue). */
export function textsOf(field: WireField): string[] {
  const reader = new ProtoReader(bytesOf(field))
  const list: string[] = []
  for (let part = reader.next(); part; part = reader.next()) if (part.number === 1) list.push(textOf(part))
  return list
}

function signed(value: number | bigint): number {
  if (typeof value === 'number') return value
  const number = Number(BigInt.asIntN(64, value))
  if (!Number.isSafeInteger(number)) throw new WireError('a number is larger than JSON can carry exactly')
  return number
}

function wrongType(field: WireField): WireError {
  return new WireError(`field ${field.number} has the wrong wire type`)
}
