import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { internalUser, type Attributes, type Authorizer } from '../auth/user.ts'
import { boat, boats, boatsPath, openHarbour, readReply, type Harbour } from './testing/harbour.ts'

let harbour: Harbour

beforeEach(async () => {
  harbour = await openHarbour()
})
afterEach(() => harbour.close())

async function reopen(options: Parameters<typeof openHarbour>[0]): Promise<void> {
  await harbour.close()
  harbour = await openHarbour(options)
}

describe('paths', () => {
  it.each([
    ['GET', '/apis/harbour.example/v1/namespaces/default/cars', 404],
    ['GET', '/apis/harbour.example/v9/namespaces/default/boats', 404],
    ['GET', '/apis/nobody.example/v1/boats', 404],
    ['GET', '/api/v1/namespaces/default/piers', 404],
    ['GET', '/apis/harbour.example/v1/boats/gull', 404],
    ['GET', `${boatsPath}/gull/nosuch`, 404],
    ['GET', `${boatsPath}/gull/toString`, 404],
    ['GET', `${boatsPath}/gull/status/deeper`, 404],
    ['GET', '/nowhere', 404],
    ['GET', '//', 404],
    ['POST', '/apis/harbour.example/v1/boats', 405],
    ['DELETE', '/apis/harbour.example/v1/boats', 405],
    ['POST', `${boatsPath}/gull`, 405],
    ['PUT', boatsPath, 405],
    ['BREW', boatsPath, 405],
    ['GET', '/apis/harbour.example/v1/tides', 405],
    ['POST', '/version', 405],
    ['POST', `${boatsPath}/gull/horn`, 405],
    ['GET', `${boatsPath}/%zz`, 400],
    ['GET', `${boatsPath}/%c3%28`, 400],
    ['GET', `${boatsPath}/..%2f..%2fother%2fgull`, 400],
    ['GET', `${boatsPath}/a%00b`, 400],
    ['GET', `/${'a'.repeat(9000)}`, 414],
  ])('%s %s is %i', async (method, path, code) => {
    const reply = await harbour.ask(method, path)
    expect(reply.code).toBe(code)
    expect(reply.json).toMatchObject({ kind: 'Status', status: 'Failure', code })
  })

  it('serves health, version, metrics, discovery and OpenAPI', async () => {
    expect((await harbour.ask('GET', '/healthz')).text).toBe('ok')
    expect((await harbour.ask('GET', '/readyz?verbose')).text).toContain('[+]ping ok')
    expect((await harbour.ask('GET', '/version')).json).toMatchObject({
      major: '1',
      minor: '33',
      gitVersion: 'v1.33.0+berth',
    })
    expect((await harbour.ask('GET', '/metrics')).text).toContain('berth_store_revision')
    expect((await harbour.ask('GET', '/apis/harbour.example/v1')).json['kind']).toBe('APIResourceList')
    expect((await harbour.ask('GET', '/openapi/v3')).json['paths']).toBeDefined()
    expect((await harbour.ask('GET', '/')).json['paths']).toContain('/apis/harbour.example/v1')
  })

  it('answers HEAD without a body', async () => {
    const reply = await harbour.ask('HEAD', boatsPath)
    expect(reply).toMatchObject({ code: 200, text: '' })
    expect(Number(reply.headers['content-length'])).toBeGreaterThan(50)
  })
})

describe('subresources', () => {
  it('hand over body, words and answers', async () => {
    const horn = await harbour.ask('PUT', `${boatsPath}/gull/horn/twice/long`, { body: { loud: true } })
    expect(horn).toMatchObject({ code: 202, json: { blown: 'gull', body: { loud: true }, rest: ['twice', 'long'] } })
    expect((await harbour.ask('GET', `${boatsPath}/gull/logbook`)).text).toBe('one\ntwo\n')
    expect((await harbour.ask('GET', '/apis/harbour.example/v1/weather')).json).toEqual({ wind: 'fair' })
    expect((await harbour.ask('GET', `${boatsPath}/gull/radio`)).json['message']).toBe('Upgrade request required')
  })

  it('that fail inside tell the client a number and nothing else', async () => {
    const { code, json, text } = await harbour.ask('GET', `${boatsPath}/gull/leak`)
    expect(code).toBe(500)
    expect(json).toMatchObject({
      reason: 'InternalError',
      message: expect.stringMatching(/^Internal error occurred: .* under [0-9a-f-]{36}$/) as string,
    })
    expect(text).not.toContain('secret')
  })
})

describe('authorization', () => {
  const seen: Attributes[] = []
  const nobody: Authorizer = {
    authorize(attributes) {
      seen.push(attributes)
      return { allowed: attributes.user.groups.includes('system:masters'), reason: '' }
    },
  }

  it.each([
    [
      'GET',
      boatsPath,
      'boats.harbour.example is forbidden: User "sailor" cannot list resource "boats" in API group "harbour.example" in the namespace "default"',
    ],
    [
      'GET',
      `${boatsPath}?watch=true`,
      'boats.harbour.example is forbidden: User "sailor" cannot watch resource "boats" in API group "harbour.example" in the namespace "default"',
    ],
    [
      'GET',
      '/apis/harbour.example/v1/boats',
      'boats.harbour.example is forbidden: User "sailor" cannot list resource "boats" in API group "harbour.example" at the cluster scope',
    ],
    [
      'DELETE',
      `${boatsPath}/gull`,
      'boats.harbour.example "gull" is forbidden: User "sailor" cannot delete resource "boats" in API group "harbour.example" in the namespace "default"',
    ],
    [
      'PATCH',
      `${boatsPath}/gull/status`,
      'boats.harbour.example "gull" is forbidden: User "sailor" cannot patch resource "boats/status" in API group "harbour.example" in the namespace "default"',
    ],
    [
      'GET',
      '/api/v1/namespaces/x',
      'namespaces "x" is forbidden: User "sailor" cannot get resource "namespaces" in API group "" in the namespace "x"',
    ],
    [
      'GET',
      '/api/v1/piers/n',
      'piers "n" is forbidden: User "sailor" cannot get resource "piers" in API group "" at the cluster scope',
    ],
    [
      'GET',
      `${boatsPath}?fieldSelector=metadata.name%3Dgull`,
      'boats.harbour.example "gull" is forbidden: User "sailor" cannot list resource "boats" in API group "harbour.example" in the namespace "default"',
    ],
    ['GET', '/metrics', 'forbidden: User "sailor" cannot get path "/metrics"'],
    [
      'POST',
      '/apis/nobody.example/v1/cars',
      'cars.nobody.example is forbidden: User "sailor" cannot create resource "cars" in API group "nobody.example" at the cluster scope',
    ],
  ])('refuses %s %s in Kubernetes words', async (method, path, message) => {
    await reopen({ authorizer: nobody })
    const reply = await harbour.ask(method, path, { body: boat('gull') })
    expect(reply).toMatchObject({ code: 403, json: { reason: 'Forbidden', message } })
  })

  it('accepts a nested subresource by its first word or by all of them', async () => {
    const allow = (subresource: string): Authorizer => ({
      authorize: (attributes) => ({
        allowed:
          attributes.user.groups.includes('system:masters') ||
          (attributes.kind === 'resource' && attributes.subresource === subresource),
        reason: '',
      }),
    })
    for (const form of ['horn', 'horn/twice']) {
      await reopen({ authorizer: allow(form) })
      expect((await harbour.ask('PUT', `${boatsPath}/gull/horn/twice`)).code).toBe(202)
    }
  })
})

describe('limits', () => {
  it('answers 429 when too much is running, and still serves health and the system', async () => {
    const held = 3
    const open: (() => void)[] = []
    let arrived: (() => void) | undefined
    const started = new Promise<void>((resolve) => (arrived = resolve))
    const slow = {
      ...boats,
      subresources: {
        dock: {
          methods: ['GET' as const],
          async handle() {
            await new Promise<void>((resolve) => {
              if (open.push(resolve) === held) arrived?.()
            })
            return { kind: 'empty' as const, code: 204 }
          },
        },
      },
    }
    // One seat per level, of which two levels lend theirs.
    await reopen({ definitions: [slow], limits: { readonlyInFlight: 1, mutatingInFlight: 0, queueMs: 1 } })
    const docked = Array.from({ length: held }, () => harbour.ask('GET', `${boatsPath}/gull/dock`))
    await started
    const refused = await harbour.ask('GET', boatsPath)
    expect(refused).toMatchObject({ code: 429, json: { reason: 'TooManyRequests' }, headers: { 'retry-after': '1' } })
    expect((await harbour.ask('GET', '/healthz')).code).toBe(200)
    expect((await harbour.ask('GET', boatsPath, { user: internalUser('system') })).code).toBe(200)
    for (const each of open) each()
    for (const each of docked) expect((await each).code).toBe(204)
    expect((await harbour.ask('GET', boatsPath)).code).toBe(200)
  })

  it('answers 504 when a request takes too long', async () => {
    const stuck = {
      ...boats,
      subresources: { dock: { methods: ['GET' as const], handle: () => new Promise<never>(() => {}) } },
    }
    await reopen({ definitions: [stuck], limits: { requestMs: 20 } })
    expect(await harbour.ask('GET', `${boatsPath}/gull/dock`)).toMatchObject({ code: 504, json: { reason: 'Timeout' } })
  })

  it('compresses big answers for those who accept it', async () => {
    await reopen({ limits: { gzipBytes: 500 } })
    for (const name of ['a', 'b', 'c']) await harbour.ask('POST', boatsPath, { body: boat(name) })
    const answer = await harbour.answer('GET', boatsPath, { headers: { 'accept-encoding': 'gzip, br' } })
    expect(answer).toMatchObject({ kind: 'full', headers: { 'content-encoding': 'gzip', vary: 'Accept-Encoding' } })
    expect((await harbour.ask('GET', boatsPath, { headers: { 'accept-encoding': 'gzip;q=0' } })).json['kind']).toBe(
      'BoatList',
    )
  })
})

describe('hostile bodies', () => {
  const deep = (open: string, count: number) => open.repeat(count)
  it.each([
    ['malformed JSON', '{"kind":', 'application/json', 400],
    ['no JSON at all', 'hello', 'application/json', 400],
    ['a list', '[]', 'application/json', 400],
    ['null', 'null', 'application/json', 400],
    ['an empty body', '', 'application/json', 400],
    ['a million open brackets', deep('[', 1_000_000), 'application/json', 400],
    ['a million nested objects', deep('{"a":', 500_000), 'application/json', 400],
    ['a spec 300 levels deep', `{"spec":${deep('{"a":', 300)}1${deep('}', 300)}}`, 'application/json', 400],
    [
      'a __proto__ key',
      '{"__proto__":{"a":1},"apiVersion":"harbour.example/v1","kind":"Boat"}',
      'application/json',
      400,
    ],
    [
      'a number out of range',
      '{"apiVersion":"harbour.example/v1","kind":"Boat","spec":{"sails":1e999}}',
      'application/json',
      400,
    ],
    ['bad UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d]), 'application/json', 400],
    ['damaged protobuf', 'k8s\u0000', 'application/vnd.kubernetes.protobuf', 400],
    ['a form', 'a=b', 'application/x-www-form-urlencoded', 415],
    ['malformed YAML', 'a: [b', 'application/yaml', 400],
    ['two YAML documents', 'a: 1\n---\nb: 2\n', 'application/yaml', 400],
    ['a YAML alias bomb', yamlBomb(), 'application/yaml', 400],
    ['deep YAML', deep('[', 100_000), 'application/yaml', 400],
    ['a YAML __proto__', '__proto__: {a: 1}\n', 'application/yaml', 400],
    [
      'endless YAML numbers',
      'apiVersion: harbour.example/v1\nkind: Boat\nspec: {sails: .inf}\n',
      'application/yaml',
      400,
    ],
    ['too much YAML', `a: ${'x'.repeat(600 * 1024)}`, 'application/yaml', 413],
    ['YAML full of errors', `"${String.raw`\x`.repeat(60_000)}"`, 'application/yaml', 400],
  ])('%s is refused', async (_what, body, type, code) => {
    const reply = await harbour.ask('POST', boatsPath, { body, type })
    expect(reply.json).toMatchObject({ kind: 'Status', status: 'Failure', code })
    expect(({} as { a?: number }).a).toBeUndefined()
    expect((await harbour.ask('GET', '/healthz')).code).toBe(200)
  })

  it.each(['../../etc/passwd', '-rf', 'a/b', 'A', 'a b', 'a\u0000', '名', 'x'.repeat(254), '..'])(
    'the name %j is refused',
    async (name) => {
      const reply = await harbour.ask('POST', boatsPath, { body: boat(name) })
      expect(reply).toMatchObject({
        code: 422,
        json: { reason: 'Invalid', details: { causes: [{ field: 'metadata.name' }] } },
      })
    },
  )

  it('members named like inherited ones are just unknown', async () => {
    const body =
      '{"apiVersion":"harbour.example/v1","kind":"Boat","metadata":{"name":"gull","constructor":1},"toString":{},"spec":{"hasOwnProperty":1,"valueOf":{}}}'
    const { code, headers } = await harbour.ask('POST', boatsPath, { body })
    expect(code).toBe(201)
    expect(headers['warning']).toHaveLength(4)
  })
})

function yamlBomb(): string {
  const lines = ['a: &a [x, x, x, x, x, x, x, x, x]']
  for (let level = 1; level < 9; level += 1) {
    const before = String.fromCharCode(96 + level)
    lines.push(
      `${String.fromCharCode(97 + level)}: &${String.fromCharCode(97 + level)} [${Array(9).fill(`*${before}`).join(', ')}]`,
    )
  }
  return lines.join('\n')
}

it('ends watches when it closes', async () => {
  const answer = await harbour.answer('GET', `${boatsPath}?watch=1`)
  const reading = readReply(answer)
  await harbour.server.close()
  expect((await reading).code).toBe(200)
  expect((await harbour.ask('GET', '/readyz')).code).toBe(500)
})
