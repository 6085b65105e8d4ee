import {
  array,
  assert,
  boolean,
  constant,
  constantFrom,
  date,
  dictionary,
  integer,
  jsonValue,
  maxSafeInteger,
  oneof,
  property,
  string,
  uint8Array,
  type Arbitrary,
} from 'fast-check'
import { expect, it } from 'vitest'
import { formatTime, type Json, type JsonObject } from '@berth/meta'
import { decodeMessage } from './decode-message.ts'
import { fieldsOf, messageTables, type ValueType } from './field-table.ts'
import { encodeMessage } from './testing/encode.ts'

const times = date({ min: new Date('0001-01-02'), max: new Date('9999-12-30'), noInvalidDate: true })
const words = string({ unit: 'binary', minLength: 1, maxLength: 8 })
const keys = words.filter((key) => key !== '__proto__')

/** Nothing that is zero: whether zeros come back is the table's own matter. */
const scalars: Record<Extract<ValueType, string>, Arbitrary<Json>> = {
  s: words,
  b: constant(true),
  i: maxSafeInteger().filter((value) => value !== 0),
  y: uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  t: times.map(formatTime).filter((text) => text !== '1970-01-01T00:00:00Z'),
  u: times.map((each) => `${formatTime(each).slice(0, 19)}.000001Z`),
  q: constantFrom('1', '10Gi', '100m'),
  o: oneof(integer({ min: 1, max: 65_535 }), words),
  r: dictionary(keys, jsonValue({ depthSize: 'small' }), { maxKeys: 3 }).map(plain),
  l: array(words, { maxLength: 3 }),
}

/** As a body carries it: no -0, no `__proto__`, ordinary prototypes. */
function plain(value: object): Json {
  const text = JSON.stringify(value)
  return text.includes('__proto__') ? {} : (JSON.parse(text) as Json)
}

/** Some of the message's fields, down to `depth` messages below. */
function messageOf(message: string, depth: number): Arbitrary<JsonObject> {
  const fields = [...(fieldsOf(message)?.values() ?? [])].filter(({ type }) => depth > 0 || typeof type === 'string')
  let made: Arbitrary<JsonObject> = constant({})
  for (const { name, shape, type } of fields) {
    const value = typeof type === 'string' ? scalars[type] : messageOf(type.message, depth - 1)
    const member: Arbitrary<JsonObject> =
      shape === 'list'
        ? array(value, { minLength: 1, maxLength: 2 }).map((list) => ({ [name]: list }))
        : shape === 'map'
          ? dictionary(keys, value, { minKeys: 1, maxKeys: 2 }).map((map) => ({ [name]: { ...map } }))
          : value.map((item) => (shape === 'inline' ? (item as JsonObject) : { [name]: item }))
    made = made.chain((rest) =>
      boolean().chain((on) => (on ? member.map((more) => ({ ...rest, ...more })) : constant(rest))),
    )
  }
  return made
}

it.each(Object.keys(messageTables))('%s comes back as it was written', (message) => {
  assert(
    property(messageOf(message, 1), (json) => {
      const bytes = encodeMessage(message, json)
      expect(decodeMessage(message, bytes, { depth: 0, jsonDepth: 50 })).toEqual(json)
    }),
    { numRuns: 10 },
  )
})
