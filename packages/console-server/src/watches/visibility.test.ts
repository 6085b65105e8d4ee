import { configMaps, createClient, type Transport } from '@berth/kube'
import { expect, it } from 'vitest'
import type { Cluster } from '../clusters/cluster.ts'
import { watchVisibility } from './visibility.ts'

const unused: Transport = {
  request: () => Promise.reject(new Error('rights are asked elsewhere')),
  upgrade: () => Promise.reject(new Error('no streams')),
  close: () => Promise.resolve(),
}
const cluster: Cluster = {
  id: 'here',
  name: 'here',
  kind: 'engine',
  namespace: 'default',
  clientFor: () => createClient(unused),
  service: undefined,
  credentials: 'impersonate',
  reachable: () => Promise.resolve({ state: 'reachable' }),
  close: () => Promise.resolve(),
}

it('knows what it was told, and asks for no more namespaces than a cluster may have', async () => {
  const asked = new Set<string>()
  const visibility = watchVisibility({
    cluster,
    identity: { kind: 'impersonated', user: 'ann', groups: [] },
    resource: configMaps,
    verb: 'list',
    rights: {
      async may(_cluster, _identity, { namespace = 'everywhere' }) {
        asked.add(namespace)
        return namespace === 'shop'
      },
    },
    clock: { now: () => new Date(0), after: () => () => {} },
  })
  expect([visibility.knows('shop'), visibility.allows('shop')]).toEqual([false, false])
  await expect.poll(() => [visibility.knows('shop'), visibility.allows('shop')]).toEqual([true, true])
  for (let count = 0; count < 30_000; count++) expect(visibility.allows(`made-up-${count}`)).toBe(false)
  await expect.poll(() => visibility.knows('made-up-0')).toBe(true)
  await expect.poll(() => asked.size).toBe(20_001)
  expect(visibility.knows('made-up-29999')).toBe(false)
  visibility.stop()
})
