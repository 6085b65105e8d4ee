import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { boat, boatsPath, openHarbour, type Harbour } from '../server/testing/harbour.ts'

let harbour: Harbour

beforeEach(async () => {
  harbour = await openHarbour()
})
afterEach(() => harbour.close())

describe('create', () => {
  it('fills in what belongs to the server, and the defaults of the schema', async () => {
    const { code, json } = await harbour.ask('POST', boatsPath, {
      body: boat('gull', { spec: { sails: 2, ballast: '1024Mi' }, status: { phase: 'Sunk' } }),
    })
    expect(code).toBe(201)
    expect(json).toMatchObject({
      apiVersion: 'harbour.example/v1',
      kind: 'Boat',
      metadata: { name: 'gull', namespace: 'default', generation: 1 },
      spec: { sails: 2, colour: 'white', ballast: '1Gi' },
    })
    expect(json.metadata?.uid).toMatch(/^[0-9a-f-]{36}$/)
    expect(json.metadata?.creationTimestamp).toMatch(/^\d{4}-.*Z$/)
    expect(Number(json.metadata?.resourceVersion)).toBe(harbour.store.revision)
    expect(json['status']).toBeUndefined()
  })

  it('makes a name from generateName and never the same one twice', async () => {
    const names = new Set<string>()
    for (let count = 0; count < 50; count += 1) {
      const { code, json } = await harbour.ask('POST', boatsPath, {
        body: { ...boat(''), metadata: { generateName: 'gull-' } },
      })
      expect(code).toBe(201)
      names.add(json.metadata?.name ?? '')
    }
    expect(names.size).toBe(50)
    for (const name of names) expect(name).toMatch(/^gull-[a-z0-9]{5}$/)
  })

  it('tries another generated name when one is taken, and gives up in the end', async () => {
    await harbour.close()
    let number = 0
    let calls = 0
    harbour = await openHarbour({
      random: {
        uuid: () => 'one',
        number: () => {
          calls += 1
          return calls <= 15 ? 0 : number
        },
      },
    })
    const body = { ...boat(''), metadata: { generateName: 'gull-' } }
    const first = await harbour.ask('POST', boatsPath, { body })
    expect(first.json.metadata?.name).toBe('gull-bbbbb')
    number = 0.5
    const second = await harbour.ask('POST', boatsPath, { body })
    expect(second.code).toBe(201)
    calls = 100
    number = 0
    const third = await harbour.ask('POST', boatsPath, { body })
    expect(third).toMatchObject({ code: 409, json: { reason: 'AlreadyExists' } })
  })

  const refusals: { what: string; path?: string; body: object; code: number; message: string }[] = [
    {
      what: 'a name that is taken',
      body: boat('taken'),
      code: 409,
      message: 'boats.harbour.example "taken" already exists',
    },
    {
      what: 'another kind',
      body: { ...boat('x'), kind: 'Car' },
      code: 400,
      message: 'the kind in the data (Car) does not match the expected kind (Boat)',
    },
    {
      what: 'another version',
      body: { ...boat('x'), apiVersion: 'harbour.example/v9' },
      code: 400,
      message:
        'the API version in the data (harbour.example/v9) does not match the expected API version (harbour.example/v1)',
    },
    {
      what: 'another namespace in the body',
      body: { ...boat('x'), metadata: { name: 'x', namespace: 'other' } },
      code: 400,
      message: 'the namespace of the provided object does not match the namespace sent on the request',
    },
    {
      what: 'a namespace that is not there',
      path: '/apis/harbour.example/v1/namespaces/atlantis/boats',
      body: boat('x'),
      code: 404,
      message: 'namespaces "atlantis" not found',
    },
    {
      what: 'a resourceVersion',
      body: { ...boat('x'), metadata: { name: 'x', resourceVersion: '5' } },
      code: 400,
      message: 'resourceVersion should not be set on objects to be created',
    },
    {
      what: 'no name',
      body: { ...boat(''), metadata: {} },
      code: 422,
      message: 'Boat.harbour.example "" is invalid: metadata.name: Required value: name or generateName is required',
    },
    {
      what: 'a rule of the kind',
      body: boat('x', { spec: { colour: 'invisible' } }),
      code: 422,
      message: 'Boat.harbour.example "x" is invalid: spec.colour: Invalid value: "invisible": must be seen',
    },
    {
      what: 'a label that is not a string',
      body: { ...boat('x'), metadata: { name: 'x', labels: { a: 1 } } },
      code: 400,
      message:
        'Boat in version "v1" cannot be handled as a Boat: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    },
  ]
  it.each(refusals)('refuses $what', async ({ path = boatsPath, body, code, message }) => {
    await harbour.ask('POST', boatsPath, { body: boat('taken') })
    const reply = await harbour.ask('POST', path, { body })
    expect(reply.json).toMatchObject({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, message })
    expect(reply.code).toBe(code)
  })

  it('refuses new content in a namespace that is going', async () => {
    await harbour.ask('POST', '/api/v1/namespaces', {
      body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'going', finalizers: ['example.com/hold'] } },
    })
    await harbour.ask('DELETE', '/api/v1/namespaces/going')
    const { code, json } = await harbour.ask('POST', '/apis/harbour.example/v1/namespaces/going/boats', {
      body: boat('x'),
    })
    expect(code).toBe(403)
    expect(json).toMatchObject({
      reason: 'Forbidden',
      message:
        'boats.harbour.example "x" is forbidden: unable to create new content in namespace going because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating' }] },
    })
  })

  it('with dry run answers as if, and stores nothing', async () => {
    const before = harbour.store.revision
    const { code, json } = await harbour.ask('POST', `${boatsPath}?dryRun=All`, { body: boat('gull') })
    expect(code).toBe(201)
    expect(json).toMatchObject({ metadata: { name: 'gull' } })
    expect(harbour.store.revision).toBe(before)
    const bad = await harbour.ask('POST', `${boatsPath}?dryRun=Some`, { body: boat('gull') })
    expect(bad.code).toBe(422)
  })

  it('answers questions without storing them', async () => {
    const { code, json } = await harbour.ask('POST', '/apis/harbour.example/v1/tides', {
      body: { apiVersion: 'harbour.example/v1', kind: 'Tide', spec: { at: 'noon' } },
    })
    expect(code).toBe(201)
    expect(json).toMatchObject({ kind: 'Tide', spec: { at: 'noon' }, status: { high: true } })
  })
})

describe('field validation', () => {
  const body =
    '{"apiVersion":"harbour.example/v1","kind":"Boat","metadata":{"name":"gull","wings":2},"spec":{"sails":1,"sails":3,"oars":4}}'

  it('drops unknown fields with a warning for each, unless told otherwise', async () => {
    const { code, headers, json } = await harbour.ask('POST', boatsPath, { body })
    expect(code).toBe(201)
    expect(json['spec']).toEqual({ sails: 3, colour: 'white' })
    expect(headers['warning']).toEqual([
      String.raw`299 - "duplicate field \"spec.sails\""`,
      String.raw`299 - "unknown field \"metadata.wings\""`,
      String.raw`299 - "unknown field \"spec.oars\""`,
    ])
  })

  it('says nothing with Ignore', async () => {
    const { code, headers } = await harbour.ask('POST', `${boatsPath}?fieldValidation=Ignore`, { body })
    expect(code).toBe(201)
    expect(headers['warning']).toBeUndefined()
  })

  it('refuses with Strict, in Kubernetes words', async () => {
    const { code, json } = await harbour.ask('POST', `${boatsPath}?fieldValidation=Strict`, { body })
    expect(code).toBe(400)
    expect(json['message']).toBe(
      'Boat in version "v1" cannot be handled as a Boat: strict decoding error: duplicate field "spec.sails", unknown field "metadata.wings", unknown field "spec.oars"',
    )
  })
})

describe('update', () => {
  it('refuses an old resourceVersion and takes the current one', async () => {
    const created = await harbour.ask('POST', boatsPath, { body: boat('gull', { spec: { sails: 1 } }) })
    const changed = { ...created.json, spec: { sails: 2 } }
    const updated = await harbour.ask('PUT', `${boatsPath}/gull`, { body: changed })
    expect(updated).toMatchObject({ code: 200, json: { spec: { sails: 2 }, metadata: { generation: 2 } } })
    const again = await harbour.ask('PUT', `${boatsPath}/gull`, { body: changed })
    expect(again).toMatchObject({
      code: 409,
      json: {
        reason: 'Conflict',
        message:
          'Operation cannot be fulfilled on boats.harbour.example "gull": the object has been modified; please apply your changes to the latest version and try again',
      },
    })
  })

  it('of nothing is 404, without a version 422, with another uid 409, with another name 400', async () => {
    const created = await harbour.ask('POST', boatsPath, { body: boat('gull') })
    const put = (name: string, body: object) => harbour.ask('PUT', `${boatsPath}/${name}`, { body })
    expect((await put('nobody', boat('nobody'))).code).toBe(404)
    expect((await put('gull', boat('gull'))).json['message']).toBe(
      'boats.harbour.example "gull" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update',
    )
    const { metadata } = created.json
    expect((await put('gull', { ...created.json, metadata: { ...metadata, uid: 'other' } })).code).toBe(409)
    expect((await put('gull', { ...created.json, metadata: { ...metadata, name: 'duck' } })).code).toBe(400)
    expect((await put('gull', { ...created.json, metadata: {} })).json).toMatchObject({
      code: 400,
      message: 'the name of the object (gull based on URL) was undeterminable: name must be provided',
    })
  })

  it('keeps the time of creation whatever is sent', async () => {
    const { json } = await harbour.ask('POST', boatsPath, { body: boat('gull') })
    const body = { ...json, metadata: { ...json.metadata, creationTimestamp: '2001-01-01T00:00:00Z' } }
    const updated = await harbour.ask('PUT', `${boatsPath}/gull`, { body })
    expect(updated.code).toBe(200)
    expect(updated.json.metadata?.creationTimestamp).toBe(json.metadata?.creationTimestamp)
  })

  it('that changes nothing is no event', async () => {
    const created = await harbour.ask('POST', boatsPath, { body: boat('gull', { spec: { sails: 1 } }) })
    const before = harbour.store.revision
    const updated = await harbour.ask('PUT', `${boatsPath}/gull`, { body: created.json })
    expect(updated.code).toBe(200)
    expect(harbour.store.revision).toBe(before)
    expect(updated.json).toEqual(created.json)
  })

  it('leaves the status alone, and a status update everything else', async () => {
    const created = await harbour.ask('POST', boatsPath, { body: boat('gull', { spec: { sails: 1 } }) })
    const status = await harbour.ask('PUT', `${boatsPath}/gull/status`, {
      body: {
        ...created.json,
        spec: { sails: 9 },
        metadata: { ...created.json.metadata, labels: { a: 'b' } },
        status: { phase: 'Afloat' },
      },
    })
    expect(status.json).toMatchObject({ spec: { sails: 1 }, status: { phase: 'Afloat' }, metadata: { generation: 1 } })
    expect(status.json.metadata?.labels).toBeUndefined()
    const main = await harbour.ask('PUT', `${boatsPath}/gull`, {
      body: { ...status.json, spec: { sails: 3 }, status: { phase: 'Sunk' } },
    })
    expect(main.json).toMatchObject({ spec: { sails: 3 }, status: { phase: 'Afloat' }, metadata: { generation: 2 } })
    expect((await harbour.ask('GET', `${boatsPath}/gull/status`)).json).toEqual(main.json)
  })

  it('of a built-in kind may come without a version', async () => {
    const pier = { apiVersion: 'v1', kind: 'Pier', metadata: { name: 'north' } }
    await harbour.ask('POST', '/api/v1/piers', { body: pier })
    const { code, json } = await harbour.ask('PUT', '/api/v1/piers/north', {
      body: { metadata: { name: 'north', labels: { a: 'b' } } },
    })
    expect(code).toBe(200)
    expect(json).toMatchObject({ kind: 'Pier', metadata: { name: 'north', labels: { a: 'b' } } })
    expect(json.metadata?.generation).toBeUndefined()
  })
})

describe('delete', () => {
  it('answers Success with the uid of what went', async () => {
    const created = await harbour.ask('POST', boatsPath, { body: boat('gull') })
    const { code, json } = await harbour.ask('DELETE', `${boatsPath}/gull`)
    expect(code).toBe(200)
    expect(json).toMatchObject({
      kind: 'Status',
      status: 'Success',
      details: { name: 'gull', group: 'harbour.example', kind: 'boats', uid: created.json.metadata?.uid },
    })
    expect(await harbour.ask('GET', `${boatsPath}/gull`)).toMatchObject({
      code: 404,
      json: { message: 'boats.harbour.example "gull" not found', details: { name: 'gull', kind: 'boats' } },
    })
  })

  it('waits for finalizers, and the update that removes the last one removes the object', async () => {
    await harbour.ask('POST', boatsPath, {
      body: { ...boat('gull'), metadata: { name: 'gull', finalizers: ['example.com/a', 'example.com/b'] } },
    })
    const deleted = await harbour.ask('DELETE', `${boatsPath}/gull`)
    expect(deleted.json.metadata).toMatchObject({ deletionGracePeriodSeconds: 0, generation: 2 })
    expect((await harbour.ask('POST', boatsPath, { body: boat('gull') })).json['message']).toBe(
      'object is being deleted: boats.harbour.example "gull" already exists',
    )
    expect(deleted.json.metadata?.deletionTimestamp).toBeDefined()
    const revision = harbour.store.revision
    expect((await harbour.ask('DELETE', `${boatsPath}/gull`)).code).toBe(200)
    expect(harbour.store.revision).toBe(revision)

    const patch = (finalizers: string[]) =>
      harbour.ask('PATCH', `${boatsPath}/gull`, {
        type: 'application/merge-patch+json',
        body: { metadata: { finalizers } },
      })
    const added = await patch(['example.com/a', 'example.com/b', 'example.com/c'])
    expect(added.json['message']).toContain(
      'metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{"example.com/c"}',
    )
    expect((await patch(['example.com/b'])).code).toBe(200)
    expect((await harbour.ask('GET', `${boatsPath}/gull`)).code).toBe(200)
    expect((await patch([])).code).toBe(200)
    expect((await harbour.ask('GET', `${boatsPath}/gull`)).code).toBe(404)
  })

  it.each([
    { policy: 'Foreground', finalizers: ['foregroundDeletion'] },
    { policy: 'Orphan', finalizers: ['orphan'] },
  ])('with $policy leaves the rest to the garbage collector', async ({ policy, finalizers }) => {
    await harbour.ask('POST', boatsPath, { body: boat('gull') })
    const { json } = await harbour.ask('DELETE', `${boatsPath}/gull`, {
      body: { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: policy },
    })
    expect(json.metadata?.finalizers).toEqual(finalizers)
  })

  it('checks preconditions', async () => {
    const created = await harbour.ask('POST', boatsPath, { body: boat('gull') })
    const remove = (preconditions: object) => harbour.ask('DELETE', `${boatsPath}/gull`, { body: { preconditions } })
    expect((await remove({ uid: 'other' })).json).toMatchObject({
      code: 409,
      message: expect.stringContaining('the UID in the precondition (other) does not match the UID in record'),
    })
    expect((await remove({ resourceVersion: '1' })).code).toBe(409)
    const { uid = '', resourceVersion = '' } = created.json.metadata ?? {}
    expect((await remove({ uid, resourceVersion })).code).toBe(200)
  })

  it('gives kinds with grace their time, which asking again can only shorten', async () => {
    const path = '/api/v1/namespaces/default/tugs'
    await harbour.ask('POST', path, { body: { metadata: { name: 'tug' } } })
    expect((await harbour.ask('DELETE', `${path}/tug`)).json.metadata?.deletionGracePeriodSeconds).toBe(30)
    expect(
      (await harbour.ask('DELETE', `${path}/tug?gracePeriodSeconds=60`)).json.metadata?.deletionGracePeriodSeconds,
    ).toBe(30)
    expect(
      (await harbour.ask('DELETE', `${path}/tug?gracePeriodSeconds=5`)).json.metadata?.deletionGracePeriodSeconds,
    ).toBe(5)
    expect((await harbour.ask('DELETE', `${path}/tug?gracePeriodSeconds=0`)).json['status']).toBe('Success')
    expect((await harbour.ask('GET', `${path}/tug`)).code).toBe(404)
  })

  it('with dry run deletes nothing, wherever it is asked for', async () => {
    await harbour.ask('POST', boatsPath, { body: boat('gull') })
    await harbour.ask('DELETE', `${boatsPath}/gull?dryRun=All`)
    await harbour.ask('DELETE', `${boatsPath}/gull`, { body: { dryRun: ['All'] } })
    expect((await harbour.ask('GET', `${boatsPath}/gull`)).code).toBe(200)
  })

  it('of a collection takes what a selector matches', async () => {
    for (const [name, fleet] of [
      ['a', 'red'],
      ['b', 'red'],
      ['c', 'blue'],
    ] as const) {
      await harbour.ask('POST', boatsPath, { body: { ...boat(name), metadata: { name, labels: { fleet } } } })
    }
    const { code, json } = await harbour.ask('DELETE', `${boatsPath}?labelSelector=fleet%3Dred`)
    expect(code).toBe(200)
    expect(json['items']).toHaveLength(2)
    const left = await harbour.ask('GET', boatsPath)
    expect((left.json['items'] as { metadata: { name: string } }[]).map((item) => item.metadata.name)).toEqual(['c'])
  })
})
