/** Writes what the decoder reads: the parts of a message by hand, and whole messages by the message table. */

import { isJsonObject, type Json, type JsonObject } from '@berth/meta'
import { fieldsOf, type ValueType } from '../field-table.ts'

export function number(value: number | bigint): Buffer {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128)
  return Buffer.from([...bytes, Number(rest)])
}

/** A length-delimited field. */
export function part(field: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([number(field * 8 + 2), number(bytes.length), bytes])
}

export function varint(field: number, value: number): Buffer {
  return Buffer.concat([number(field * 8), number(value)])
}

export function envelope(apiVersion: string, kind: string, ...fields: Buffer[]): Buffer {
  const type = part(1, Buffer.concat([part(1, apiVersion), part(2, kind)]))
  return Buffer.concat([Buffer.from('k8s\0'), type, part(2, Buffer.concat(fields))])
}

export function encodeMessage(message: string, json: JsonObject): Buffer {
  const parts: Buffer[] = []
  for (const [field, { name, shape, type }] of fieldsOf(message) ?? []) {
    const value = shape === 'inline' ? json : json[name]
    if (value === undefined) continue
    if (Array.isArray(value)) for (const item of value) parts.push(encodeValue(field, type, item))
    else if (shape === 'map' && isJsonObject(value)) {
      for (const [key, item] of Object.entries(value)) {
        parts.push(part(field, Buffer.concat([part(1, key), encodeValue(2, type, item)])))
      }
    } else parts.push(encodeValue(field, type, value))
  }
  return Buffer.concat(parts)
}

function encodeValue(field: number, type: ValueType, value: Json): Buffer {
  if (typeof type === 'object') return part(field, encodeMessage(type.message, isJsonObject(value) ? value : {}))
  switch (type) {
    case 's':
      return part(field, text(value))
    case 'b':
      return varint(field, value === true ? 1 : 0)
    case 'i':
      return varint(field, Number(value))
    case 'y':
      return part(field, Buffer.from(text(value), 'base64'))
    case 't':
    case 'u':
      return part(field, timestamp(text(value)))
    case 'q':
      return part(field, part(1, text(value)))
    case 'o':
      return part(field, intOrString(value))
    case 'r':
      return part(field, part(1, JSON.stringify(value)))
    case 'l':
      return part(field, Buffer.concat((Array.isArray(value) ? value : []).map((item) => part(1, text(item)))))
  }
}

function timestamp(text: string): Buffer {
  const nanos = Number(/\.(\d{6})Z$/.exec(text)?.[1] ?? 0) * 1000
  return Buffer.concat([varint(1, Math.floor(Date.parse(text) / 1000)), varint(2, nanos)])
}

function intOrString(value: Json): Buffer {
  const isText = typeof value === 'string'
  return Buffer.concat([varint(1, isText ? 1 : 0), varint(2, isText ? 0 : Number(value)), part(3, isText ? value : '')])
}

function text(value: Json): string {
  if (typeof value !== 'string') throw new Error(`expected a text, got ${JSON.stringify(value)}`)
  return value
}
