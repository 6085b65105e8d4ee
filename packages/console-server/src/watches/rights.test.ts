import { createClient, type Transport } from '@berth/kube'
import { expect, it } from 'vitest'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import { createRights } from './rights.ts'

it('asks again early enough: with the ten seconds of who looks again and again, a right is gone in fifteen', async () => {
  let nowMs = 0
  let allowed = true
  const transport: Transport = {
    request: async () => {
      const status = JSON.stringify({ status: { allowed } })
      return { code: 201, headers: {}, whole: status, body: (async function* () {})() }
    },
    upgrade: () => Promise.reject(new Error('no streams')),
    close: () => Promise.resolve(),
  }
  const cluster: Cluster = {
    id: 'here',
    name: 'here',
    kind: 'engine',
    namespace: 'default',
    clientFor: () => createClient(transport),
    service: undefined,
    credentials: 'impersonate',
    reachable: () => Promise.resolve({ state: 'reachable' }),
    close: () => Promise.resolve(),
  }
  const rights = createRights({ now: () => new Date(nowMs), after: () => () => {} })
  const ann: Identity = { kind: 'impersonated', user: 'ann', groups: [] }
  const mayList = (who: Identity): Promise<boolean> =>
    rights.may(cluster, who, { verb: 'list', group: '', resource: 'pods', namespace: 'shop' })
  expect(await mayList(ann)).toBe(true)
  allowed = false
  expect(await mayList(ann)).toBe(true)
  expect(await mayList({ ...ann, groups: ['others'] })).toBe(false)
  nowMs += 5_000
  expect(await mayList(ann)).toBe(false)
})
