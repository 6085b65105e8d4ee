import { getCondition, resource, type KubeObject } from '@berth/meta'
import { expect, it } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

interface ResourceQuota extends KubeObject {
  spec: { hard: Record<string, string> }
}

const quotas = resource<ResourceQuota>({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  resource: 'resourcequotas',
  namespaced: true,
})

const quota = (memory: string): ResourceQuota => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'team', namespace },
  spec: { hard: { 'requests.memory': memory } },
})

it('a machine that its namespace has no room for says so, and starts when there is room', async () => {
  await using cluster = await TestEngine.start()
  await cluster.client.create(quotas, quota('64Mi'))
  await cluster.create(machineOf('web'))
  const waiting = await until(
    'the machine says why it waits',
    () => cluster.instance('web'),
    (found) => getCondition(found?.status?.conditions, 'Synchronized')?.reason === 'FailedCreate',
  )
  expect(getCondition(waiting?.status?.conditions, 'Synchronized')?.message).toContain('exceeded quota: team')
  await cluster.client.update(quotas, quota('4Gi'))
  cluster.clock.leap(3000)
  const running = await cluster.running('web')
  expect(getCondition(running.status?.conditions, 'Synchronized')).toBeUndefined()
})
