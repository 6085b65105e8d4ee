/**
 * The v2 document in protocol buffers: the only form in which kubectl asks for it
 * (`application/com.github.proto-openapi.spec.v2@v1.0+protobuf`). Driven by the message table.
 */

import type { Json, JsonObject } from '@berth/meta'
import { messages, type FieldShape, type MessageName } from './proto-messages.ts'
import { ProtoWriter } from './proto.ts'

/** @throws Error when the document has a key or a value that the table does not know: a mistake in this server */
export function encodeDocument(document: JsonObject): Buffer {
  return encode('Document', document)
}

function encode(name: MessageName, json: JsonObject): Buffer {
  const { fields, extensions } = messages[name]
  const writer = new ProtoWriter()
  for (const [key, value] of Object.entries(json)) {
    const shape = fields[key]
    if (shape !== undefined) writeField(writer, shape, value, `${name}.${key}`)
    else if (key.startsWith('x-')) writer.bytes(extensions, namedValue(key, anyValue(value)))
    else throw new Error(`OpenAPI v2 message ${name} has no field for "${key}"`)
  }
  return writer.finish()
}

function writeField(writer: ProtoWriter, shape: FieldShape, value: Json, where: string): void {
  switch (shape.type) {
    case 'string':
      if (shape.repeated === true) {
        for (const item of arrayOf(value, where)) writer.bytes(shape.field, Buffer.from(textOf(item, where)))
      } else writer.string(shape.field, textOf(value, where))
      return
    case 'integer':
      writer.integer(shape.field, Number(value))
      return
    case 'double':
      writer.double(shape.field, Number(value))
      return
    case 'bool':
      writer.bool(shape.field, value === true)
      return
    case 'any':
      for (const item of shape.repeated === true ? arrayOf(value, where) : [value])
        writer.bytes(shape.field, anyValue(item))
      return
    case 'message':
      writer.bytes(shape.field, encode(shape.message, objectOf(value, where)))
      return
    case 'wrapped': {
      const inner =
        shape.message === 'string' ? Buffer.from(textOf(value, where)) : encode(shape.message, objectOf(value, where))
      writer.bytes(shape.field, lone(1, inner))
      return
    }
    case 'named': {
      const entries = new ProtoWriter()
      for (const [name, item] of Object.entries(objectOf(value, where))) {
        const encoded = encode(shape.value, objectOf(item, `${where}.${name}`))
        entries.bytes(shape.entry, namedValue(name, shape.inner === true ? lone(1, encoded) : encoded))
      }
      writer.bytes(shape.field, entries.finish())
      return
    }
    case 'parameters':
      for (const item of arrayOf(value, where)) writer.bytes(shape.field, lone(1, parameter(objectOf(item, where))))
  }
}

/** Parameter: a body parameter, or inside NonBodyParameter a query (3) or path (4) parameter. */
function parameter(json: JsonObject): Buffer {
  if (json['in'] === 'body') return lone(1, encode('BodyParameter', json))
  return lone(
    2,
    json['in'] === 'path' ? lone(4, encode('PathParameter', json)) : lone(3, encode('QueryParameter', json)),
  )
}

function lone(field: number, value: Buffer): Buffer {
  const writer = new ProtoWriter()
  writer.bytes(field, value)
  return writer.finish()
}

function namedValue(name: string, value: Buffer): Buffer {
  const writer = new ProtoWriter()
  writer.string(1, name)
  writer.bytes(2, value)
  return writer.finish()
}

/** JSON is YAML. */
function anyValue(value: Json): Buffer {
  return lone(2, Buffer.from(JSON.stringify(value)))
}

function objectOf(value: Json, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value
  throw new Error(`${where} must be an object`)
}

function arrayOf(value: Json, where: string): Json[] {
  if (Array.isArray(value)) return value
  throw new Error(`${where} must be an array`)
}

function textOf(value: Json, where: string): string {
  if (typeof value === 'string') return value
  throw new Error(`${where} must be a string`)
}
