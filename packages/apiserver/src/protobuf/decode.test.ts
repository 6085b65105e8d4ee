import { assert, constantFrom, property, uint8Array } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StatusError } from '@berth/meta'
import { coreServer } from '../testing/core-server.ts'
import { decodeMessage } from './decode-message.ts'
import { decodeProtobuf } from './decode-object.ts'
import { fieldsOf, messageTables } from './field-table.ts'
import { envelope, part, varint } from './testing/encode.ts'

const outermost = { depth: 0, jsonDepth: 20 }

describe('the message table', () => {
  it.each(Object.keys(messageTables))('%s refers only to messages that are in it', (name) => {
    const fields = [...(fieldsOf(name)?.values() ?? [])]
    const missing = fields.filter(({ type }) => typeof type === 'object' && fieldsOf(type.message) === undefined)
    expect(missing).toEqual([])
    expect(fields.every((field) => field.shape === 'inline' || field.name !== '')).toBe(true)
  })
})

describe('decodeMessage', () => {
  it('leaves out what Go writes for nothing, and keeps what a pointer says', () => {
    const metadata = Buffer.concat([part(1, 'x'), part(2, ''), varint(7, 0), part(8, ''), varint(10, 0)])
    expect(decodeMessage('meta.v1.ObjectMeta', metadata, outermost)).toEqual({
      name: 'x',
      deletionGracePeriodSeconds: 0,
    })
  })

  it('reads maps, bytes, times, lists and inlined messages', () => {
    const entry = Buffer.concat([part(1, 'k'), part(2, Buffer.from([1, 255]))])
    expect(decodeMessage('core.v1.Secret', part(2, entry), outermost)).toEqual({ data: { k: 'Af8=' } })
    const created = part(8, Buffer.concat([varint(1, 60), varint(2, 0)]))
    const finalizers = Buffer.concat([part(14, 'a'), part(14, 'b')])
    expect(decodeMessage('meta.v1.ObjectMeta', Buffer.concat([created, finalizers]), outermost)).toEqual({
      creationTimestamp: '1970-01-01T00:01:00Z',
      finalizers: ['a', 'b'],
    })
    const volume = Buffer.concat([part(1, 'v'), part(2, part(1, part(1, '/data')))])
    expect(decodeMessage('core.v1.Volume', volume, outermost)).toEqual({ name: 'v', hostPath: { path: '/data' } })
  })

  it.each([
    [Buffer.concat([varint(1, 0), varint(2, 80)]), 80],
    [Buffer.concat([varint(1, 1), part(3, 'http')]), 'http'],
  ])('reads an integer or a text', (target, expected) => {
    expect(decodeMessage('core.v1.ServicePort', part(4, target), outermost)).toEqual({ targetPort: expected })
  })

  it('reads microseconds, negative numbers and packed numbers', () => {
    const time = part(4, Buffer.concat([varint(1, 60), varint(2, 1_002_000)]))
    expect(decodeMessage('coordination.v1.LeaseSpec', time, outermost)).toEqual({
      renewTime: '1970-01-01T00:01:00.001002Z',
    })
    expect(decodeMessage('scheduling.v1.PriorityClass', varint(2, -5), outermost)).toEqual({ value: -5 })
    const groups = Buffer.concat([varint(4, 1), part(4, Buffer.from([2, 0x80, 1])), part(4, '')])
    expect(decodeMessage('core.v1.PodSecurityContext', groups, outermost)).toEqual({ supplementalGroups: [1, 2, 128] })
  })

  it('keeps zeros that are always part of the JSON', () => {
    const condition = Buffer.concat([part(1, 'Ready'), part(2, 'True'), varint(3, 0), part(5, ''), part(6, '')])
    expect(decodeMessage('meta.v1.Condition', condition, outermost)).toEqual({
      type: 'Ready',
      status: 'True',
      reason: '',
      message: '',
    })
  })

  it('passes over fields it does not know', () => {
    expect(decodeMessage('core.v1.Secret', Buffer.concat([part(15, 'new'), part(3, 'Opaque')]), outermost)).toEqual({
      type: 'Opaque',
    })
  })

  it('never makes a prototype of a key', () => {
    const entry = Buffer.concat([part(1, '__proto__'), part(2, 'x')])
    expect(() => decodeMessage('meta.v1.ObjectMeta', part(11, entry), outermost)).toThrow('"__proto__"')
  })
})

describe('decodeProtobuf', () => {
  it.each([
    [Buffer.from('{}'), 'first bytes'],
    [Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(3, 0xff)]), 'in the middle of a number'],
    [Buffer.from('k8s\0'), 'names no apiVersion and kind'],
    [Buffer.concat([envelope('v1', 'Secret'), part(3, 'gzip')]), 'content encoding "gzip"'],
    [envelope('v1', 'Secret', Buffer.from([0x1a, 9, 65])), 'ends in the middle of a field'],
    [envelope('v1', 'Secret', Buffer.from([0x1a, 1, 0xff])), 'not UTF-8'],
    [envelope('v1', 'Secret', varint(3, 1)), 'wrong wire type'],
    [envelope('v1', 'Secret', Buffer.from([0x1b])), 'wire type that is not in use'],
    [envelope('v1', 'Secret', Buffer.alloc(12, 0xff)), 'longer than ten bytes'],
    [envelope('v1', 'Secret', Buffer.from([0x1a, ...Array(9).fill(0xff), 1])), 'ends in the middle of a field'],
    [envelope('v1', 'Secret', varint(0, 1)), 'number that is not allowed'],
    [envelope('v1', 'Secret', part(5, '')), 'field 5 has the wrong wire type'],
    [envelope('v1', 'Secret', part(1, part(7, ''))), 'field 7 has the wrong wire type'],
    [envelope('v1', 'Secret', part(1, Buffer.from([56, ...Array(7).fill(0xff), 127]))), 'larger than JSON can carry'],
    [envelope('v1', 'Secret', part(1, part(8, Buffer.from([8, ...Array(6).fill(0xff), 1])))), 'time is out of range'],
    [envelope('apps/v1', 'ControllerRevision', part(2, part(1, '{"a":'))), 'JSON'],
    [envelope('apps/v1', 'ControllerRevision', part(2, part(1, '['.repeat(21)))), 'more than 20 levels deep'],
  ])('refuses damage %#', (body, why) => {
    expect(() => decodeProtobuf(body, 20)).toThrow(why)
  })

  it.each([
    ['v1', 'Boat'],
    ['v1', 'PodSpec'],
    ['v2', 'Pod'],
    ['kubevirt.io/v1', 'VirtualMachine'],
    ['rbac.example.com/v1', 'Role'],
    ['constructor/v1', 'Role'],
  ])('asks for JSON for a kind it does not read: %s %s', (apiVersion, kind) => {
    const said = `kind "${kind}" of "${apiVersion}" as application/vnd.kubernetes.protobuf, which this server does not read for that kind; send it as application/json`
    expect(() => decodeProtobuf(envelope(apiVersion, kind), 20)).toThrow(
      expect.objectContaining({ httpCode: 415, message: expect.stringContaining(said) }),
    )
  })

  it('reads DeleteOptions in the version of what they delete', () => {
    expect(decodeProtobuf(envelope('kubevirt.io/v1', 'DeleteOptions', varint(1, 0)), 20)).toEqual({
      apiVersion: 'kubevirt.io/v1',
      kind: 'DeleteOptions',
      gracePeriodSeconds: 0,
    })
  })

  it('answers any bytes with an object or a bad request', () => {
    assert(
      property(uint8Array({ maxLength: 100 }), constantFrom('Pod', 'Secret', 'Namespace'), (bytes, kind) => {
        try {
          expect(decodeProtobuf(envelope('v1', kind, Buffer.from(bytes)), 20)).toMatchObject({ kind })
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
