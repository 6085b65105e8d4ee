import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLogger } from '@berth/base'
import type { JsonObject } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import { coreSchemas } from '../generated/core.ts'
import type { ResourceDefinition } from '../resource/definition.ts'
import { systemClock } from '../control-plane/system-clock.ts'
import { allowAll, boat, boats, boatsPath, openHarbour, tides, tugs, type Harbour } from '../server/testing/harbour.ts'
import { dynamicAdmission, type DynamicAdmission } from './admission.ts'
import { openWebhook, patchOf, type WebhookServer } from './testing/webhook-server.ts'

/** Something whose streams have options of their own kind. */
const pods: ResourceDefinition = {
  ...tugs,
  kind: 'Pod',
  resource: 'pods',
  singular: 'pod',
  subresources: {
    exec: {
      methods: ['POST'],
      async handle() {
        return { kind: 'empty', code: 204 }
      },
    },
  },
}

let harbour: Harbour
let dynamic: DynamicAdmission
let hook: WebhookServer

beforeEach(async () => {
  const store = createMemoryStore()
  let ids = 0
  dynamic = dynamicAdmission({
    store,
    schemas: coreSchemas,
    authorizer: allowAll,
    logger: silentLogger,
    clock: systemClock,
    uuid: () => `review-${(ids += 1)}`,
    random: () => 0,
  })
  harbour = await openHarbour({
    store,
    definitions: [boats, pods, tides, ...dynamic.definitions],
    schemas: coreSchemas,
    admission: dynamic.plugins,
  })
  dynamic.start(harbour.server)
  hook = await openWebhook()
})

afterEach(async () => {
  await dynamic.close()
  await harbour.close()
  await hook.close()
})

async function configure(kind: 'validating' | 'mutating', webhook: JsonObject): Promise<void> {
  const body = {
    metadata: { name: 'a' },
    webhooks: [
      {
        name: 'boats.berth.example',
        clientConfig: { url: hook.url, caBundle: hook.caBundle },
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        rules: [
          {
            apiGroups: ['harbour.example'],
            apiVersions: ['v1beta1'],
            operations: ['*'],
            resources: ['boats', 'boats/status'],
          },
        ],
        ...webhook,
      },
    ],
  }
  const path = `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations`
  expect((await harbour.ask('POST', path, { body })).code).toBe(201)
}

it('a rule for another version is met in that version, unless it must be exact', async () => {
  await configure('validating', {})
  await harbour.ask('POST', boatsPath, { body: boat('one') })
  expect(hook.requests).toMatchObject([
    {
      kind: { group: 'harbour.example', version: 'v1beta1', kind: 'Boat' },
      resource: { version: 'v1beta1', resource: 'boats' },
      requestKind: { version: 'v1' },
      requestResource: { version: 'v1' },
      object: { apiVersion: 'harbour.example/v1beta1', kind: 'Boat' },
    },
  ])
})

it('matchPolicy Exact asks only about the version that was written', async () => {
  await configure('validating', { matchPolicy: 'Exact' })
  await harbour.ask('POST', boatsPath, { body: boat('one') })
  expect(hook.requests).toHaveLength(0)
  const body = { ...boat('two'), apiVersion: 'harbour.example/v1beta1' }
  await harbour.ask('POST', boatsPath.replace('/v1/', '/v1beta1/'), { body })
  expect(hook.requests).toHaveLength(1)
})

it('webhooks that only speak v1beta1 are asked in it', async () => {
  await configure('validating', { admissionReviewVersions: ['v0', 'v1beta1', 'v1'] })
  let asked: unknown
  hook.answer((_, { review }) => {
    asked = review['apiVersion']
    // Which did not have to repeat the uid.
    return { uid: '', allowed: true }
  })
  expect((await harbour.ask('POST', boatsPath, { body: boat('one') })).code).toBe(201)
  expect(asked).toBe('admission.k8s.io/v1beta1')
})

it('a webhook changes the object in its version, and only the part that is written', async () => {
  await configure('mutating', {})
  hook.answer(() =>
    patchOf(
      { op: 'add', path: '/spec', value: { sails: 7, colour: 'blue' } },
      { op: 'add', path: '/status', value: { phase: 'Forged' } },
    ),
  )
  const made = await harbour.ask('POST', boatsPath, { body: boat('one', { spec: { sails: 1 } }) })
  expect(made.json).toMatchObject({ apiVersion: 'harbour.example/v1', spec: { sails: 7 } })
  expect(made.json).not.toHaveProperty('status')
  hook.answer(() =>
    patchOf({ op: 'add', path: '/spec/sails', value: 99 }, { op: 'add', path: '/status/knots', value: 3 }),
  )
  const type = 'application/merge-patch+json'
  const status = await harbour.ask('PATCH', `${boatsPath}/one/status`, { type, body: { status: { phase: 'Afloat' } } })
  expect(status.json).toMatchObject({ spec: { sails: 7 }, status: { phase: 'Afloat', knots: 3 } })
})

it('a stream is asked about by its options', async () => {
  const rules = [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CONNECT'], resources: ['pods/exec'] }]
  await configure('validating', { rules })
  const path = '/api/v1/namespaces/default/pods/p/exec?command=ls&command=-l&stdin=true&container=c'
  expect((await harbour.ask('POST', path)).code).toBe(204)
  expect(hook.requests[0]).toMatchObject({
    operation: 'CONNECT',
    kind: { group: '', version: 'v1', kind: 'PodExecOptions' },
    subResource: 'exec',
    name: 'p',
    options: null,
  })
  expect(hook.requests[0]?.['object']).toEqual({
    apiVersion: 'v1',
    kind: 'PodExecOptions',
    command: ['ls', '-l'],
    stdin: true,
    container: 'c',
  })
})

it('so is a question, of which nothing is stored', async () => {
  const rules = [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE'], resources: ['tides'] }]
  await configure('validating', { rules })
  hook.answer(() => ({ allowed: false, status: { message: 'do not ask' } }))
  const body = { apiVersion: 'harbour.example/v1', kind: 'Tide', spec: {} }
  const refused = await harbour.ask('POST', '/apis/harbour.example/v1/tides', { body })
  expect(refused.json['message']).toBe('admission webhook "boats.berth.example" denied the request: do not ask')
})
