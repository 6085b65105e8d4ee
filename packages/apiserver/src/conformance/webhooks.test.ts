import { createServer, type Server } from 'node:https'
import { once } from 'node:events'
import { randomUUID } from 'node:crypto'
import type { Json, JsonObject } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeCa, makeLeaf } from '../auth/pki/certificates.ts'
import { at, configMap, mergePatch, textAt, usePlane, type Reply } from './testing/plane.ts'

const plane = usePlane()
const group = '/apis/admissionregistration.k8s.io/v1'

/** What a webhook answers to what it is asked; the path of the URL chooses. */
const answers: Record<string, (request: JsonObject) => JsonObject> = {
  '/deny': () => ({ allowed: false, status: { code: 403, message: 'not today' } }),
  '/warn': () => ({ allowed: true, warnings: ['mind the gap'] }),
  '/deny-wrong': (request) => ({ allowed: at(request, 'object', 'metadata', 'name') !== 'wrong' }),
  '/label': () => ({ allowed: true, patchType: 'JSONPatch', patch: patchOf('/metadata/labels', { hooked: 'yes' }) }),
  '/data': () => ({ allowed: true, patchType: 'JSONPatch', patch: patchOf('/data', { hooked: 'yes' }) }),
}

const patchOf = (path: string, value: Json): string =>
  Buffer.from(JSON.stringify([{ op: 'add', path, value }])).toString('base64')

let server: Server
let base = ''
let caBundle = ''
/** Everything that was asked, by the path. */
const asked = new Map<string, JsonObject[]>()

beforeAll(async () => {
  const now = new Date()
  const ca = await makeCa({ commonName: 'webhooks', days: 2, now })
  const usage = { kind: 'server', hostnames: ['localhost'], addresses: ['127.0.0.1'] } as const
  const leaf = await makeLeaf({ ca, subject: { commonName: 'localhost' }, days: 1, now, usage })
  caBundle = Buffer.from(ca.certificate).toString('base64')
  server = createServer({ key: leaf.key, cert: leaf.certificate }, (request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const path = (request.url ?? '').split('?', 1)[0] ?? ''
      const review: JsonObject = JSON.parse(Buffer.concat(chunks).toString())
      const question = asObject(review['request'])
      asked.set(path, [...(asked.get(path) ?? []), question])
      const answer = answers[path]
      // One that never answers.
      if (answer === undefined) return
      response.setHeader('content-type', 'application/json')
      const body = {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: question['uid'], ...answer(question) },
      }
      response.end(JSON.stringify(body))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  base = `https://127.0.0.1:${address.port}`
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

function asObject(value: Json | undefined): JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {}
}

interface Hooked {
  maps: string
  configuration: string
}

/** Calls `path` for config maps of one new namespace. */
async function hook(kind: 'Validating' | 'Mutating', path: string, more: JsonObject = {}): Promise<Hooked> {
  const namespace = await plane.namespace()
  const name = `w-${randomUUID().slice(0, 8)}`
  const resource = `${group}/${kind.toLowerCase()}webhookconfigurations`
  await plane.ok('POST', resource, {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: `${kind}WebhookConfiguration`,
    metadata: { name },
    webhooks: [
      {
        name: 'maps.example.com',
        clientConfig: { url: `${base}${path}`, caBundle },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['*'], resources: ['configmaps'] }],
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        timeoutSeconds: 20,
        ...more,
      },
    ],
  })
  return { maps: `/api/v1/namespaces/${namespace}/configmaps`, configuration: `${resource}/${name}` }
}

/** Configurations count a moment after they are made. */
async function until(hooked: Hooked, holds: (reply: Reply) => boolean, body = configMap('probe')): Promise<Reply> {
  const deadline = performance.now() + 60_000
  for (;;) {
    const reply = await plane.call('POST', `${hooked.maps}?dryRun=All`, body)
    if (holds(reply)) return reply
    if (performance.now() > deadline) throw new Error(`the webhook was not called: ${reply.text}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

describe('a validating webhook', () => {
  it('denies in its words', async () => {
    const hooked = await hook('Validating', '/deny')
    const denied = await until(hooked, ({ code }) => code !== 201)
    expect(denied).toMatchObject({ code: 403 })
    expect(denied.text).toContain('admission webhook \\"maps.example.com\\" denied the request: not today')
    await plane.ok('DELETE', hooked.configuration)
  })

  it('warns', async () => {
    const hooked = await hook('Validating', '/warn')
    const warned = await until(hooked, ({ headers }) => headers['warning'] !== undefined)
    expect(warned.code).toBe(201)
    expect(String(warned.headers['warning'])).toContain('mind the gap')
    await plane.ok('DELETE', hooked.configuration)
  })

  it('is told who asks for what, of which object, and what it was', async () => {
    const hooked = await hook('Validating', '/deny-wrong')
    await until(hooked, ({ code }) => code !== 201, configMap('wrong'))
    await plane.ok('POST', hooked.maps, configMap('right', { data: { a: '1' } }))
    await plane.ok('PATCH', `${hooked.maps}/right`, { data: { a: '2' } }, mergePatch)
    await plane.ok('DELETE', `${hooked.maps}/right`)
    const [create, update, remove] = (asked.get('/deny-wrong') ?? []).filter((each) => each['name'] === 'right')
    expect(create).toMatchObject({ operation: 'CREATE', kind: { kind: 'ConfigMap' }, oldObject: null, dryRun: false })
    expect(textAt(create, 'userInfo', 'username')).not.toBe('')
    expect(update).toMatchObject({ operation: 'UPDATE', object: { data: { a: '2' } }, oldObject: { data: { a: '1' } } })
    expect(remove).toMatchObject({ operation: 'DELETE', object: null, oldObject: { data: { a: '2' } } })
    await plane.ok('DELETE', hooked.configuration)
  })

  it('that does not answer in time fails what it was asked about, unless failures are to be ignored', async () => {
    const strict = await hook('Validating', '/silent', { timeoutSeconds: 1 })
    const failed = await until(strict, ({ code }) => code !== 201)
    expect(failed).toMatchObject({ code: 500, body: { reason: 'InternalError' } })
    expect(failed.text).toContain('failed calling webhook \\"maps.example.com\\"')
    await plane.ok('DELETE', strict.configuration)
    const lenient = await hook('Validating', '/silent', { failurePolicy: 'Ignore', timeoutSeconds: 1 })
    await plane.ok('POST', lenient.maps, configMap('a'))
    await plane.ok('DELETE', lenient.configuration)
  })

  it('is not called for what its match conditions leave out', async () => {
    const matchConditions = [{ name: 'some', expression: "object.metadata.name == 'chosen'" }]
    const hooked = await hook('Validating', '/deny', { matchConditions })
    await until(hooked, ({ code }) => code !== 201, configMap('chosen'))
    await plane.ok('POST', hooked.maps, configMap('other'))
    await plane.ok('DELETE', hooked.configuration)
  })

  it('whose certificate nobody vouches for is not trusted', async () => {
    const ca = await makeCa({ commonName: 'others', days: 2, now: new Date() })
    const other = Buffer.from(ca.certificate).toString('base64')
    const hooked = await hook('Validating', '/warn', { clientConfig: { url: `${base}/warn`, caBundle: other } })
    const failed = await until(hooked, ({ code }) => code !== 201)
    expect(failed.code).toBe(500)
    await plane.ok('DELETE', hooked.configuration)
  })
})

describe('a mutating webhook', () => {
  it('changes what is stored', async () => {
    const hooked = await hook('Mutating', '/label')
    await until(hooked, ({ body }) => at(body, 'metadata', 'labels', 'hooked') === 'yes')
    const made = await plane.ok('POST', hooked.maps, configMap('m'))
    expect(at(made, 'metadata', 'labels')).toEqual({ hooked: 'yes' })
    await plane.ok('DELETE', hooked.configuration)
  })

  it('comes before policies, which see its changes', async () => {
    const hooked = await hook('Mutating', '/data')
    await until(hooked, ({ body }) => at(body, 'data', 'hooked') === 'yes')
    const [, , , , namespace = ''] = hooked.maps.split('/')
    const name = `after-${namespace}`
    const api = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name } }
    const resourceRules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['configmaps'] }]
    await plane.ok('POST', `${group}/validatingadmissionpolicies`, {
      ...api,
      kind: 'ValidatingAdmissionPolicy',
      spec: {
        matchConstraints: { resourceRules },
        validations: [{ expression: "!('hooked' in object.data)", message: 'seen' }],
      },
    })
    const namespaceSelector = { matchLabels: { 'kubernetes.io/metadata.name': namespace } }
    await plane.ok('POST', `${group}/validatingadmissionpolicybindings`, {
      ...api,
      kind: 'ValidatingAdmissionPolicyBinding',
      spec: { policyName: name, validationActions: ['Deny'], matchResources: { namespaceSelector } },
    })
    expect((await until(hooked, ({ code }) => code !== 201)).text).toContain('seen')
    for (const each of ['validatingadmissionpolicybindings', 'validatingadmissionpolicies'])
      await plane.ok('DELETE', `${group}/${each}/${name}`)
    await plane.ok('DELETE', hooked.configuration)
  })
})

describe('a configuration', () => {
  it.each<[string, JsonObject, string]>([
    ['a URL without TLS', { clientConfig: { url: 'http://127.0.0.1/x' } }, 'https'],
    ['side effects that a dry run would have', { sideEffects: 'Some' }, 'sideEffects'],
    ['no version it understands', { admissionReviewVersions: ['v9'] }, 'admissionReviewVersions'],
    ['too long a time-out', { timeoutSeconds: 31 }, 'timeout'],
  ])('with %s is refused', async (_, more, words) => {
    const reply = await hook('Validating', '/deny', more).catch((error: unknown) => String(error))
    expect(reply).toContain('422')
    expect(reply).toContain(words)
  })
})
