import { afterEach, beforeEach, expect, it } from 'vitest'
import { silentLogger } from '@berth/base'
import type { JsonObject } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import type { AuditSink } from '../audit/sink.ts'
import { coreSchemas } from '../generated/core.ts'
import { systemClock } from '../control-plane/system-clock.ts'
import { allowAll, boat, boats, boatsPath, openHarbour, type Harbour } from '../server/testing/harbour.ts'
import { dynamicAdmission, type DynamicAdmission } from './admission.ts'
import { openWebhook, patchOf, type WebhookServer } from './testing/webhook-server.ts'

const group = '/apis/admissionregistration.k8s.io/v1'

/** Annotations of the requests that were answered, by key; a key is told once. */
const told = new Map<string, string>()
const audit: AuditSink = {
  begin: () => ({
    level: 'Metadata',
    id: 'a',
    annotate: (key, value) => told.set(key, value),
    requestObject() {},
    responseStarted() {},
    complete() {},
  }),
}

let harbour: Harbour
let dynamic: DynamicAdmission
let hook: WebhookServer

beforeEach(async () => {
  told.clear()
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
    definitions: [boats, ...dynamic.definitions],
    schemas: coreSchemas,
    admission: dynamic.plugins,
    audit,
  })
  dynamic.start(harbour.server)
  hook = await openWebhook()
})

afterEach(async () => {
  await dynamic.close()
  await harbour.close()
  await hook.close()
})

const rules = [{ apiGroups: ['harbour.example'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['boats'] }]

async function make(resource: string, body: JsonObject): Promise<void> {
  expect((await harbour.ask('POST', `${group}/${resource}`, { body })).code).toBe(201)
}

function webhook(more: JsonObject = {}): JsonObject {
  const clientConfig = { url: hook.url, caBundle: hook.caBundle }
  const versions = { sideEffects: 'None', admissionReviewVersions: ['v1'] }
  return { name: 'boats.berth.example', clientConfig, rules, ...versions, ...more }
}

it('what webhooks did and said is in the audit event, the patch itself is not', async () => {
  await make('mutatingwebhookconfigurations', { metadata: { name: 'm' }, webhooks: [webhook()] })
  hook.answer(() => ({
    ...patchOf({ op: 'add', path: '/spec', value: { sails: 3 } }),
    auditAnnotations: { seen: 'yes' },
  }))
  expect((await harbour.ask('POST', boatsPath, { body: boat('one') })).code).toBe(201)
  expect(told.get('boats.berth.example/seen')).toBe('yes')
  expect(JSON.parse(told.get('mutation.webhook.admission.k8s.io/round_0_index_0') ?? '')).toEqual({
    configuration: 'm',
    webhook: 'boats.berth.example',
    mutated: true,
  })
  expect([...told.values()].join()).not.toContain('sails')
})

it('writes that went on without a webhook can be found, and are counted', async () => {
  const clientConfig = { service: { namespace: 'default', name: 'nobody' } }
  const forgiven = webhook({ failurePolicy: 'Ignore', clientConfig })
  await make('validatingwebhookconfigurations', { metadata: { name: 'v' }, webhooks: [forgiven] })
  await make('mutatingwebhookconfigurations', { metadata: { name: 'm' }, webhooks: [forgiven] })
  expect((await harbour.ask('POST', boatsPath, { body: boat('one') })).code).toBe(201)
  expect(told.get('failed-open.validating.webhook.admission.k8s.io/round_0_index_0')).toBe('boats.berth.example')
  expect(told.get('failed-open.mutation.webhook.admission.k8s.io/round_0_index_0')).toBe('boats.berth.example')
  const { body } = await harbour.server.metrics.render()
  expect(body).toContain('apiserver_admission_webhook_fail_open_count{name="boats.berth.example",type="validating"} 1')
})

it('denials are counted by their code', async () => {
  await make('validatingwebhookconfigurations', { metadata: { name: 'v' }, webhooks: [webhook()] })
  hook.answer(() => ({ allowed: false, status: { code: 403 } }))
  expect((await harbour.ask('POST', boatsPath, { body: boat('one') })).code).toBe(403)
  const { body } = await harbour.server.metrics.render()
  expect(body).toMatch(
    /apiserver_admission_webhook_rejection_count\{[^}]*error_type="no_error",rejection_code="403"\} 1/,
  )
})

it('policies put their annotations and what they would have denied into the audit event', async () => {
  await make('validatingadmissionpolicies', {
    metadata: { name: 'p' },
    spec: {
      matchConstraints: { resourceRules: rules },
      validations: [{ expression: 'false', message: 'no boats' }],
      auditAnnotations: [
        { key: 'who', valueExpression: '"by " + request.userInfo.username' },
        { key: 'nothing', valueExpression: 'null' },
      ],
    },
  })
  await make('validatingadmissionpolicybindings', {
    metadata: { name: 'b' },
    spec: { policyName: 'p', validationActions: ['Audit'] },
  })
  expect((await harbour.ask('POST', boatsPath, { body: boat('one') })).code).toBe(201)
  expect(told.get('p/who')).toBe('by sailor')
  expect(told.has('p/nothing')).toBe(false)
  expect(JSON.parse(told.get('validation.policy.admission.k8s.io/validation_failure') ?? '')).toEqual([
    { message: 'no boats', policy: 'p', binding: 'b', expressionIndex: 0, validationActions: ['Audit'] },
  ])
})
