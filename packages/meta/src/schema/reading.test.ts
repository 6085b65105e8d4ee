import { describe, expect, it } from 'vitest'
import type { Schema, SchemaSet } from '../schema.ts'
import { unreadable } from './reading.ts'

const set: SchemaSet = {
  'io.example.v1.Boat': {
    type: 'object',
    properties: {
      spec: { ref: 'io.example.v1.BoatSpec' },
      data: { type: 'object', additionalProperties: { type: 'string' } },
      bytes: { type: 'object', additionalProperties: { type: 'string', format: 'byte' } },
      sealed: { type: 'boolean' },
      since: { type: 'string', format: 'date-time' },
    },
  },
  'io.example.v1.BoatSpec': {
    type: 'object',
    properties: {
      masts: { type: 'array', items: { ref: 'io.example.v1.Mast' } },
      crew: { type: 'integer', format: 'int32' },
      load: { type: 'string', format: 'quantity' },
      port: { intOrString: true },
      extra: { type: 'object', preserveUnknownFields: true },
    },
  },
  'io.example.v1.Mast': { type: 'object', properties: { name: { type: 'string' }, height: { type: 'number' } } },
}
const schema: Schema = { ref: 'io.example.v1.Boat' }
const read = (object: object) => unreadable(object as never, schema, { set, kind: 'Boat' })

describe('what cannot be read', () => {
  it.each([
    [{ data: 'a' }, 'json: cannot unmarshal string into Go struct field Boat.data of type map[string]string'],
    [{ data: { a: 1 } }, 'json: cannot unmarshal number into Go struct field Boat.data of type string'],
    [{ sealed: 'yes' }, 'json: cannot unmarshal string into Go struct field Boat.sealed of type bool'],
    [{ spec: [] }, 'json: cannot unmarshal array into Go struct field Boat.spec of type v1.BoatSpec'],
    [
      { spec: { masts: {} } },
      'json: cannot unmarshal object into Go struct field BoatSpec.spec.masts of type []v1.Mast',
    ],
    [
      { spec: { masts: [5] } },
      'json: cannot unmarshal number into Go struct field BoatSpec.spec.masts of type v1.Mast',
    ],
    [
      { spec: { masts: [{ name: 'a' }, { name: true }] } },
      'json: cannot unmarshal bool into Go struct field Mast.spec.masts.name of type string',
    ],
    [
      { spec: { masts: [{ height: 'x' }] } },
      'json: cannot unmarshal string into Go struct field Mast.spec.masts.height of type float64',
    ],
    [
      { spec: { crew: 1.5 } },
      'json: cannot unmarshal number 1.5 into Go struct field BoatSpec.spec.crew of type int32',
    ],
    [
      { spec: { crew: 2 ** 40 } },
      'json: cannot unmarshal number 1099511627776 into Go struct field BoatSpec.spec.crew of type int32',
    ],
    [
      { spec: { crew: 2 ** 31 } },
      'json: cannot unmarshal number 2147483648 into Go struct field BoatSpec.spec.crew of type int32',
    ],
    [{ spec: { port: {} } }, 'json: cannot unmarshal object into Go struct field BoatSpec.spec.port of type int32'],
    [
      { spec: { load: true } },
      "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
    ],
    [{ bytes: { a: '%%%' } }, 'illegal base64 data at input byte 0'],
    [{ bytes: { a: 5 } }, 'json: cannot unmarshal number into Go struct field Boat.bytes of type []uint8'],
    [{ since: 'now' }, 'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"'],
  ])('%j', (object, problem) => {
    expect(read(object)).toBe(problem)
  })

  it.each([
    {},
    { apiVersion: 5, kind: [], metadata: 7 },
    { data: null, sealed: null, spec: { masts: null, crew: null, load: 5, port: 'http', extra: { a: [1] } } },
    { unknown: 5, spec: { unknown: {}, masts: [null, { name: 'a', height: 1.5, other: {} }], load: '1Gi' } },
    { spec: { crew: -(2 ** 31) } },
    { spec: { crew: 2 ** 31 - 1 } },
    { bytes: { a: 'YQ==' }, since: '2026-01-01T00:00:00Z' },
  ])('%j is read', (object) => {
    expect(read(object)).toBeUndefined()
  })

  it('passes over what was read before', () => {
    const spec = { crew: 'x' }
    const settled = { apiVersion: 'v1', spec }
    expect(unreadable({ spec }, schema, { set, kind: 'Boat', settled })).toBeUndefined()
    expect(unreadable({ spec: { ...spec } }, schema, { set, kind: 'Boat', settled })).toContain('BoatSpec.spec.crew')
  })
})
