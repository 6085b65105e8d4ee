import { assert, constantFrom, property, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StatusError } from '@berth/meta'
import { coreServer } from '../testing/core-server.ts'
import { decodeMessage } from './decode-message.ts'
import { decodeProtobuf } from './decode-object.ts'
import { fieldsOf } from './field-table.ts'
import { messageFields } from './message-fields.ts'

/** A length-delimited field, short enough for one length byte. */
function part(number: number, content: string | Buffer): Buffer {
  const bytes = Buffer.from(content)
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes])
}

function varint(number: number, value: number): Buffer {
  return Buffer.from([number * 8, value])
}

function envelope(apiVersion: string, kind: string, ...fields: Buffer[]): Buffer {
  const type = part(1, Buffer.concat([part(1, apiVersion), part(2, kind)]))
  return Buffer.concat([Buffer.from('k8s\0'), type, part(2, Buffer.concat(fields))])
}

describe('the message table', () => {
  it.each(Object.keys(messageFields))('%s refers only to messages that are in it', (name) => {
    const fields = [...(fieldsOf(name)?.values() ?? [])]
    const missing = fields.filter(({ type }) => typeof type === 'object' && fieldsOf(type.message) === undefined)
    expect(missing).toEqual([])
    expect(fields.every((field) => field.shape === 'inline' || field.name !== '')).toBe(true)
  })
})

describe('decodeMessage', () => {
  it('leaves out what Go writes for nothing, and keeps what a pointer says', () => {
    const metadata = Buffer.concat([part(1, 'x'), part(2, ''), varint(7, 0), part(8, ''), varint(10, 0)])
    expect(decodeMessage('meta.v1.ObjectMeta', metadata)).toEqual({ name: 'x', deletionGracePeriodSeconds: 0 })
  })

  it('reads maps, bytes, times, lists and inlined messages', () => {
    const entry = Buffer.concat([part(1, 'k'), part(2, Buffer.from([1, 255]))])
    expect(decodeMessage('core.v1.Secret', part(2, entry))).toEqual({ data: { k: 'Af8=' } })
    const created = part(8, Buffer.concat([varint(1, 60), varint(2, 0)]))
    const finalizers = Buffer.concat([part(14, 'a'), part(14, 'b')])
    expect(decodeMessage('meta.v1.ObjectMeta', Buffer.concat([created, finalizers]))).toEqual({
      creationTimestamp: '1970-01-01T00:01:00Z',
      finalizers: ['a', 'b'],
    })
    const volume = Buffer.concat([part(1, 'v'), part(2, part(1, part(1, '/data')))])
    expect(decodeMessage('core.v1.Volume', volume)).toEqual({ name: 'v', hostPath: { path: '/data' } })
  })

  it.each([
    [Buffer.concat([varint(1, 0), varint(2, 80)]), 80],
    [Buffer.concat([varint(1, 1), part(3, 'http')]), 'http'],
  ])('reads an integer or a text', (target, expected) => {
    expect(decodeMessage('core.v1.ServicePort', part(4, target))).toEqual({ targetPort: expected })
  })

  it('passes over fields it does not know', () => {
    expect(decodeMessage('core.v1.Secret', Buffer.concat([part(15, 'new'), part(3, 'Opaque')]))).toEqual({
      type: 'Opaque',
    })
  })

  it('never makes a prototype of a key', () => {
    const entry = Buffer.concat([part(1, '__proto__'), part(2, 'x')])
    const { labels } = decodeMessage('meta.v1.ObjectMeta', part(11, entry))
    expect(Object.getPrototypeOf(labels)).toBe(Object.prototype)
    expect(Object.keys(labels ?? {})).toEqual(['__proto__'])
  })
})

describe('decodeProtobuf', () => {
  it.each([
    [Buffer.from('{}'), 'first bytes'],
    [envelope('v1', 'Boat'), 'core.v1.Boat is not known'],
    [envelope('v1', 'Secret', Buffer.from([0x1a, 9, 65])), 'ends in the middle of a field'],
    [envelope('v1', 'Secret', Buffer.from([0x1a, 1, 0xff])), 'not UTF-8'],
    [envelope('v1', 'Secret', varint(3, 1)), 'wrong wire type'],
    [envelope('v1', 'Secret', Buffer.from([0x1b])), 'wire type that is not in use'],
    [envelope('v1', 'Secret', Buffer.alloc(12, 0xff)), 'longer than ten bytes'],
  ])('refuses damage %#', (body, why) => {
    expect(() => decodeProtobuf(body)).toThrow(why)
  })

  it('answers any bytes with an object or a bad request', () => {
    assert(
      property(uint8Array({ maxLength: 100 }), constantFrom('Pod', 'Secret', 'Namespace'), (bytes, kind) => {
        try {
          expect(decodeProtobuf(envelope('v1', kind, Buffer.from(bytes)))).toMatchObject({ kind })
        } catch (error) {
          expect(error).toBeInstanceOf(StatusError)
          expect((error as StatusError).httpCode).toBe(400)
        }
      }),
    )
  })
})

it('is a way to create objects', async () => {
  const { server, store } = coreServer()
  const body = envelope('v1', 'Namespace', part(1, part(1, 'made')), part(2, ''), part(3, part(1, '')))
  const answer = await server.handler({
    method: 'POST',
    path: '/api/v1/namespaces',
    query: new URLSearchParams({ fieldValidation: 'Strict' }),
    headers: {
      'content-type': 'application/vnd.kubernetes.protobuf',
      accept: 'application/vnd.kubernetes.protobuf,application/json',
    },
    body: async () => body,
    user: { name: 'admin', groups: ['system:masters'] },
    upgrade: false,
    signal: new AbortController().signal,
  })
  expect(answer).toMatchObject({ code: 201, headers: { 'content-type': 'application/json' } })
  expect(store.get('core/namespaces', 'made')).toBeDefined()
})
