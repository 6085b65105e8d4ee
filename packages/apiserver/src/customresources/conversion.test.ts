import { afterAll, beforeAll, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { crdsPath, openWorkshop, version, widgetCrd, type Workshop } from './testing/workshop.ts'

let shop: Workshop
beforeAll(async () => {
  shop = await openWorkshop()
})
afterAll(() => shop.close())

const url = { url: 'https://hooks.example/convert' }
const webhook = (clientConfig: JsonObject, conversionReviewVersions = ['v1']): JsonObject => ({
  strategy: 'Webhook',
  webhook: { clientConfig, conversionReviewVersions },
})
const two = [version('v1', {}), version('v2', {})]
const other = { ...version('v2', {}), served: false }

it.each<[string, JsonObject, string | undefined]>([
  ['a webhook that is never called', { conversion: webhook(url) }, undefined],
  [
    'one beside a version nobody can ask for',
    { conversion: webhook(url), versions: [version('v1', {}), other] },
    undefined,
  ],
  [
    'one that would be called',
    { conversion: webhook(url), versions: two },
    'spec.conversion.strategy: Invalid value: "Webhook": no conversion webhook is called here, and serving or storing v1, v2 takes one',
  ],
  [
    'none',
    { conversion: { strategy: 'Webhook' } },
    'webhookClientConfig: Required value: required when strategy is set to Webhook',
  ],
  [
    'nowhere',
    { conversion: webhook({}) },
    'webhookClientConfig: Required value: exactly one of url or service is required',
  ],
  [
    'plain HTTP',
    { conversion: webhook({ url: 'http://x/y' }) },
    `url: Invalid value: "http": 'https' is the only allowed URL scheme`,
  ],
  ['no service name', { conversion: webhook({ service: { namespace: 'a' } }) }, 'service.name: Required value'],
  ['no version it speaks', { conversion: webhook(url, ['v9']) }, 'must include at least one of v1, v1beta1'],
  ['no version at all', { conversion: webhook(url, []) }, 'conversionReviewVersions: Required value'],
])('%s', async (_, spec, message) => {
  const { json } = await shop.ask('POST', `${crdsPath}?dryRun=All`, { body: widgetCrd(spec) })
  if (message === undefined) expect(json['message']).toBeUndefined()
  else expect(json['message']).toContain(message)
})

it('a second storage version is refused while objects may lie in the first', async () => {
  await shop.ask('POST', crdsPath, {
    body: widgetCrd({ conversion: webhook(url), versions: [version('v1', {}), other] }),
  })
  const { code, json } = await shop.ask('PATCH', `${crdsPath}/widgets.shop.example`, {
    type: 'application/merge-patch+json',
    body: {
      spec: {
        versions: [
          { ...version('v1', {}), storage: false, served: false },
          { ...version('v2', {}), storage: true },
        ],
      },
    },
  })
  expect([code, json['message']]).toEqual([422, expect.stringContaining('no conversion webhook is called here')])
})
