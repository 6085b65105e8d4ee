import { snapshotPolicies, type SnapshotPolicy } from '@berth/api'
import { expect, it } from 'vitest'
import { namespace, TestEngine } from '../testing/test-engine.ts'

const policy: SnapshotPolicy = {
  apiVersion: 'berth.dev/v1alpha1',
  kind: 'SnapshotPolicy',
  metadata: { name: 'nightly', namespace },
  spec: { schedule: '30 2 * * *', keep: { count: 7 }, selector: {} },
}

it('serves snapshot policies: checked when written, status on its own, deleted without a trace', async () => {
  await using engine = await TestEngine.start()
  const { client } = engine
  await expect(client.create(snapshotPolicies, { ...policy, spec: { keep: { count: 1 } } })).rejects.toMatchObject({
    code: 'Invalid',
    message: expect.stringContaining('say when: give schedule') as string,
  })
  const made = await client.create(snapshotPolicies, policy)
  const told = await client.updateStatus(snapshotPolicies, { ...made, status: { nextRun: '2026-01-01T02:30:00Z' } })
  expect(told.status?.nextRun).toBe('2026-01-01T02:30:00Z')
  const bad = { type: 'merge' as const, patch: { spec: { schedule: 'at night' } } }
  await expect(client.patch(snapshotPolicies, { namespace, name: 'nightly' }, bad)).rejects.toMatchObject({
    code: 'Invalid',
  })
  await client.delete(snapshotPolicies, { namespace, name: 'nightly' })
  expect((await client.list(snapshotPolicies, { namespace })).items).toEqual([])
})
