import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { AdmissionAttributes, AdmissionPlugin } from '../admission/plugin.ts'
import { boat, boatsPath, openHarbour, type Harbour } from '../server/testing/harbour.ts'

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
