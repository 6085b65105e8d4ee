import { expect, test } from 'vitest'
import { readBearer } from './bearer.ts'

const inProtocol = (text: string): string =>
  `base64url.bearer.authorization.k8s.io.${Buffer.from(text).toString('base64url')}`

test.each([
  [{}, { kind: 'none' }],
  [{ authorization: '' }, { kind: 'none' }],
  [{ authorization: 'Bearer abc.def' }, { kind: 'token', token: 'abc.def' }],
  [{ authorization: 'bearer   abc ' }, { kind: 'token', token: 'abc' }],
  [{ authorization: 'Basic abc' }, { kind: 'malformed' }],
  [{ authorization: 'Bearer' }, { kind: 'malformed' }],
  [{ authorization: 'Bearer a b' }, { kind: 'malformed' }],
  [{ 'sec-websocket-protocol': 'plain.kubevirt.io' }, { kind: 'none' }],
  [{ 'sec-websocket-protocol': `${inProtocol('abc.def')}, plain.kubevirt.io` }, { kind: 'token', token: 'abc.def' }],
  [{ 'sec-websocket-protocol': `${inProtocol('a')}, ${inProtocol('b')}` }, { kind: 'malformed' }],
  [{ 'sec-websocket-protocol': 'base64url.bearer.authorization.k8s.io.!!' }, { kind: 'malformed' }],
  [{ 'sec-websocket-protocol': inProtocol('a b') }, { kind: 'malformed' }],
])('%o', (headers, expected) => {
  expect(readBearer(headers)).toMatchObject(expected)
})
