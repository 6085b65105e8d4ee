/** Custom kinds among the server's controllers: namespaces take them along, owners too. */

import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import { coreServer, type CoreServer } from '../testing/core-server.ts'
import { crdsPath, widgetCrd } from './testing/workshop.ts'

let server: CoreServer
let lifecycle: Lifecycle
beforeEach(async () => {
  server = coreServer()
  lifecycle = server.lifecycle()
  await lifecycle.ready
  expect((await server.call('POST', crdsPath, widgetCrd({ scope: 'Namespaced' }))).code).toBe(201)
})
afterEach(() => lifecycle.stop())

const widgets = (namespace: string): string => `/apis/shop.example/v1/namespaces/${namespace}/widgets`
const widget = (name: string, ownerReferences: object[] = []): object => ({
  apiVersion: 'shop.example/v1',
  kind: 'Widget',
  metadata: { name, ...(ownerReferences.length === 0 ? {} : { ownerReferences }) },
})

it('a namespace that goes takes its custom objects along', async () => {
  await server.call('POST', '/api/v1/namespaces', { metadata: { name: 'yard' } })
  expect((await server.call('POST', widgets('yard'), widget('a'))).code).toBe(201)
  await server.call('DELETE', '/api/v1/namespaces/yard')
  await server.until(() => server.store.get('core/namespaces', 'yard') === undefined)
  expect(server.store.count('shop.example/widgets')).toBe(0)
})

it('what a custom object owns goes with it, and with its kind', async () => {
  const owner = async (name: string): Promise<object> => {
    const { body } = await server.call('POST', widgets('default'), widget(name))
    return {
      apiVersion: 'shop.example/v1',
      kind: 'Widget',
      name,
      uid: body['metadata'] && (body['metadata'] as { uid: string }).uid,
    }
  }
  const map = (name: string, reference: object): object => ({ metadata: { name, ownerReferences: [reference] } })
  await server.call('POST', '/api/v1/namespaces/default/configmaps', map('first', await owner('one')))
  await server.call('POST', '/api/v1/namespaces/default/configmaps', map('second', await owner('two')))
  await server.call('DELETE', `${widgets('default')}/one`)
  await server.until(() => server.store.get('core/configmaps', 'default/first') === undefined)
  expect(server.store.get('core/configmaps', 'default/second')).toBeDefined()
  await server.call('DELETE', `${crdsPath}/widgets.shop.example`)
  await server.until(() => server.store.get('core/configmaps', 'default/second') === undefined)
})

it('a custom object can be owned', async () => {
  const { body } = await server.call('POST', '/api/v1/namespaces/default/configmaps', { metadata: { name: 'owner' } })
  const { uid } = body['metadata'] as { uid: string }
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'owner', uid }
  expect((await server.call('POST', widgets('default'), widget('owned', [reference]))).code).toBe(201)
  await server.call('DELETE', '/api/v1/namespaces/default/configmaps/owner')
  await server.until(() => server.store.get('shop.example/widgets', 'default/owned') === undefined)
})
