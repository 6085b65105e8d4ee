/** Against bytes that k8s.io/api wrote: `go run . record | LC_ALL=C sort > ../recorded.jsonl` in testing/k8s-api makes them again. */

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { decodeMessage } from './decode-message.ts'
import { messageTables } from './field-table.ts'
import { differences } from './testing/same-json.ts'

interface Recorded {
  message: string
  proto: string
  json: JsonObject
  zeroProto: string
  zero: JsonObject
}

const recorded = readFileSync(new URL('testing/recorded.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded)

it.each(recorded)('$message is read as Go writes it', ({ message, proto, json, zeroProto, zero }) => {
  expect(differences(json, decode(message, proto))).toEqual([])
  expect(differences(zero, decode(message, zeroProto))).toEqual([])
})

function decode(message: string, proto: string): JsonObject {
  return decodeMessage(message, Buffer.from(proto, 'base64'), { depth: 0, jsonDepth: 20 })
}

it('covers the whole message table', () => {
  expect(recorded.map(({ message }) => message).toSorted()).toEqual(Object.keys(messageTables).toSorted())
})
