import { annotations, virtualMachineInstances, virtualMachines } from '@berth/api'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '@berth/meta'
import { machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

const target = { namespace, name: 'web' }

function change(cluster: TestEngine, spec: JsonObject) {
  return cluster.client.patch(virtualMachines, target, { type: 'merge', patch: { spec } })
}

function restartMessage(cluster: TestEngine, expected: string | undefined) {
  return until(
    `RestartRequired: ${expected ?? 'gone'}`,
    () => cluster.machine('web'),
    (machine) => {
      const settled = machine?.status?.desiredGeneration === machine?.metadata.generation
      const found = machine?.status?.conditions?.find(({ type }) => type === 'RestartRequired')
      return settled && found?.message === expected
    },
  )
}

describe('a template that changes under a running machine', () => {
  it('says what needs a restart until it is taken back or the machine is restarted', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web'))
    const first = await cluster.running('web')
    await change(cluster, { template: { spec: { domain: { memory: { guest: '128Mi' } } } } })
    await restartMessage(
      cluster,
      'memory updated in template spec. Memory-hotplug is only available for migratable VMs',
    )
    await change(cluster, { template: { spec: { domain: { memory: { guest: '64Mi' } } } } })
    await restartMessage(cluster, undefined)
    await change(cluster, { template: { spec: { hostname: 'other' } } })
    const changed = await restartMessage(cluster, 'a non-live-updatable field was changed in the template spec')
    expect(changed.status?.observedGeneration).toBeLessThan(changed.status?.desiredGeneration ?? 0)
    await cluster.act('web', 'restart')
    await until(
      'another instance runs',
      () => cluster.instance('web'),
      (instance) => instance?.status?.phase === 'Running' && instance.metadata.uid !== first.metadata.uid,
    )
    const after = await restartMessage(cluster, undefined)
    expect(after.status?.observedGeneration).toBe(after.metadata.generation)
  })

  it('hands placement on to the instance, and takes it away again', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web'))
    await cluster.running('web')
    const tolerations = [{ key: 'dedicated', operator: 'Exists' }]
    await change(cluster, { template: { spec: { nodeSelector: { disk: 'ssd' }, tolerations } } })
    await until(
      'the instance has the placement',
      () => cluster.instance('web'),
      (instance) => instance?.spec.nodeSelector?.['disk'] === 'ssd' && instance.spec.tolerations?.length === 1,
    )
    await restartMessage(cluster, undefined)
    await change(cluster, { template: { spec: { nodeSelector: null, tolerations: null } } })
    await until(
      'the instance has no placement',
      () => cluster.instance('web'),
      (instance) => instance?.spec.nodeSelector === undefined && instance?.spec.tolerations === undefined,
    )
  })

  it('counts the instance as of a generation that has the same template', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web'))
    await cluster.running('web')
    const changed = await change(cluster, { runStrategy: 'RerunOnFailure' })
    const instance = await until(
      'the generation is bumped',
      () => cluster.client.get(virtualMachineInstances, target),
      (found) => found.metadata.annotations?.[annotations.vmGeneration] === String(changed.metadata.generation),
    )
    expect(instance.status?.phase).toBe('Running')
  })
})
