import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AdmissionAttributes, AdmissionPlugin } from '../admission/plugin.ts'
import type { Subresource } from '../resource/definition.ts'
import { boat, boats, boatsPath, namespaces, openHarbour, type Harbour } from '../server/testing/harbour.ts'

const seen: AdmissionAttributes[] = []
const spy: AdmissionPlugin = {
  name: 'Spy',
  handles: () => true,
  mutate({ object, subresource }) {
    if (subresource === 'horn' && object !== undefined) object['loud'] = true
  },
  validate(attributes) {
    seen.push(attributes)
  },
}

let harbour: Harbour

beforeEach(async () => {
  harbour = await openHarbour({ admission: [spy] })
  await harbour.ask('POST', boatsPath, { body: boat('one') })
  seen.length = 0
})

afterEach(() => harbour.close())

describe('admission of subresources', () => {
  it('sees actions as CONNECT and may change what they are told', async () => {
    const { json } = await harbour.ask('PUT', `${boatsPath}/one/horn`, { body: { times: 2 } })
    expect(json['body']).toMatchObject({ times: 2, loud: true })
    expect(seen).toMatchObject([{ operation: 'CONNECT', subresource: 'horn', name: 'one', object: { times: 2 } }])
  })

  it('sees streams as CONNECT, and what only reads not at all', async () => {
    await harbour.ask('GET', `${boatsPath}/one/logbook`)
    expect(seen).toEqual([])
  })

  it('sees status as an update', async () => {
    const current = await harbour.ask('GET', `${boatsPath}/one`)
    const body = { ...current.json, status: { phase: 'Afloat' } }
    expect((await harbour.ask('PUT', `${boatsPath}/one/status`, { body })).code).toBe(200)
    expect(seen).toMatchObject([
      { operation: 'UPDATE', subresource: 'status', object: { status: { phase: 'Afloat' } } },
    ])
  })

  it('sees every object of a collection that is deleted', async () => {
    await harbour.ask('POST', boatsPath, { body: boat('two') })
    seen.length = 0
    await harbour.ask('DELETE', boatsPath)
    const named = seen.map(({ operation, oldObject }) => `${operation} ${oldObject?.metadata.name}`)
    expect(new Set(named)).toEqual(new Set(['DELETE one', 'DELETE two']))
  })
})

describe('a subresource with a kind of its own', () => {
  const token: Subresource = {
    methods: ['POST'],
    kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
    handle: async () => ({ kind: 'empty', code: 201 }),
  }
  it.each<[string, string | undefined, number, string]>([
    [
      'no body',
      undefined,
      400,
      "the object provided is unrecognized (must be of type TokenRequest): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)",
    ],
    ['a list', '[]', 400, 'the object provided is unrecognized (must be of type TokenRequest)'],
    [
      'another kind',
      '{"apiVersion":"v1","kind":"Pod"}',
      400,
      'Pod in version "v1" cannot be handled as a TokenRequest: converting (v1.Pod) to (authentication.TokenRequest): unknown conversion',
    ],
    ['a kind that is none', '{"kind":5}', 400, 'cannot be handled as a TokenRequest'],
    ['no kind', '{}', 201, ''],
  ])('is sent %s', async (_, text, code, why) => {
    const server = await openHarbour({ definitions: [namespaces, { ...boats, subresources: { token } }] })
    await server.ask('POST', boatsPath, { body: boat('one') })
    const reply = await server.ask('POST', `${boatsPath}/one/token`, text === undefined ? {} : { body: text })
    expect([reply.code, reply.json['message'] ?? '']).toEqual([code, expect.stringContaining(why)])
    await server.close()
  })
})
