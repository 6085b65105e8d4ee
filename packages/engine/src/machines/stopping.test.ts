import { virtualMachineInstances, virtualMachines } from '@berth/api'
import { describe, expect, it } from 'vitest'
import { pods, type Pod } from '@berth/kube'
import { instanceOf, machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

const stubborn = { simulated: { shutdownDelayMs: 3_600_000 } }

async function ended(cluster: TestEngine, name: string, uid: string | undefined): Promise<void> {
  await until(
    `${name}'s machine ended`,
    () => cluster.engine.services.driver.get(uid ?? ''),
    (domain) => domain === undefined,
  )
}

describe('stopping a machine', () => {
  it('gives the guest its grace period, then pulls the plug', async () => {
    await using cluster = await TestEngine.start(stubborn)
    await cluster.create(machineOf('web', { spec: { terminationGracePeriodSeconds: 60 } }))
    const { metadata } = await cluster.running('web')
    await cluster.act('web', 'stop')
    await cluster.shows('web', 'Stopping')
    cluster.clock.leap(50_000)
    expect(cluster.engine.services.driver.get(metadata.uid ?? '')?.status.state).toBe('running')
    cluster.clock.leap(11_000)
    await ended(cluster, 'web', metadata.uid)
    await cluster.shows('web', 'Stopped')
    const events = await cluster.events('web')
    expect(events).toContain('ShuttingDown: Signaled Graceful Shutdown')
    expect(events).toContain('Deleted: Signaled Deletion')
  })

  it('ends it at once when told so, also in the middle of its grace period', async () => {
    await using cluster = await TestEngine.start(stubborn)
    await cluster.create(machineOf('web', { spec: { terminationGracePeriodSeconds: 3600 } }))
    await cluster.running('web')
    await cluster.act('web', 'stop')
    await cluster.shows('web', 'Stopping')
    await cluster.act('web', 'stop', { gracePeriod: 0 })
    await cluster.shows('web', 'Stopped')
  })

  it('restarts into a new instance, by force when asked', async () => {
    await using cluster = await TestEngine.start(stubborn)
    await cluster.create(machineOf('web', { spec: { terminationGracePeriodSeconds: 3600 } }))
    const first = await cluster.running('web')
    await cluster.act('web', 'restart', { gracePeriodSeconds: 0 })
    cluster.clock.leap(1500)
    const second = await until(
      'a second run',
      () => cluster.instance('web'),
      (found) => found?.status?.phase === 'Running' && found.metadata.uid !== first.metadata.uid,
    )
    expect(second.spec.terminationGracePeriodSeconds).toBe(3600)
    await until(
      'nothing is left to do',
      () => cluster.machine('web'),
      (found) => found?.status?.stateChangeRequests === undefined,
    )
    expect((await cluster.instance('web'))?.metadata.uid).toBe(second.metadata.uid)
  })

  it('pulls the plug at once where there is no power button', async () => {
    await using cluster = await TestEngine.start(stubborn)
    const spec = { domain: { memory: { guest: '64Mi' }, features: { acpi: { enabled: false } }, devices: {} } }
    await cluster.create(machineOf('web', { spec }))
    await cluster.running('web')
    await cluster.act('web', 'stop')
    await cluster.shows('web', 'Stopped')
  })

  it('wakes a paused guest so that it can obey', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web'))
    await cluster.running('web')
    await cluster.act('web', 'pause')
    await cluster.shows('web', 'Paused')
    await cluster.act('web', 'stop')
    await cluster.shows('web', 'Stopped')
  })

  it('follows the deletion of its launcher pod', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { runStrategy: 'Manual' }))
    await cluster.shows('web', 'Stopped')
    await cluster.act('web', 'start')
    const instance = await cluster.running('web')
    const pod = await launcherOf(cluster, instance.metadata.uid)
    await cluster.client.delete(pods, { namespace, name: pod.metadata.name ?? '' })
    await cluster.shows('web', 'Stopped')
    await cluster.gone(pods, pod.metadata.name ?? '')
    expect((await cluster.instance('web'))?.status?.phase).toBe('Succeeded')
  })

  it('ends a guest that ignores the loss of its pod when its grace period is over', async () => {
    await using cluster = await TestEngine.start(stubborn)
    await cluster.client.create(virtualMachineInstances, instanceOf('lone', { terminationGracePeriodSeconds: 20 }))
    const instance = await cluster.running('lone')
    const pod = await launcherOf(cluster, instance.metadata.uid)
    await cluster.client.delete(pods, { namespace, name: pod.metadata.name ?? '' }, { gracePeriodSeconds: 0 })
    await until(
      'asked',
      () => cluster.events('lone'),
      (events) => events.some((event) => event.startsWith('ShuttingDown')),
    )
    cluster.clock.leap(21_000)
    await until(
      'ended',
      () => cluster.instance('lone'),
      (found) => found?.status?.phase === 'Failed',
    )
  })

  it('goes with its pod in one grace period, not two', async () => {
    await using cluster = await TestEngine.start(stubborn)
    await cluster.client.create(virtualMachineInstances, instanceOf('lone', { terminationGracePeriodSeconds: 20 }))
    const instance = await cluster.running('lone')
    const pod = await launcherOf(cluster, instance.metadata.uid)
    await cluster.client.delete(pods, { namespace, name: pod.metadata.name ?? '' })
    await until(
      'asked',
      () => cluster.events('lone'),
      (events) => events.some((event) => event.startsWith('ShuttingDown')),
    )
    cluster.clock.leap(21_000)
    await until(
      'ended',
      () => cluster.instance('lone'),
      (found) => found?.status?.phase === 'Failed',
    )
    await cluster.gone(pods, pod.metadata.name ?? '')
  })

  it('does not let a machine run on whose instance lost its finalizers', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(virtualMachineInstances, instanceOf('lone'))
    const instance = await cluster.running('lone')
    await cluster.client.patch(
      virtualMachineInstances,
      { namespace, name: 'lone' },
      { type: 'merge', patch: { metadata: { finalizers: null } } },
    )
    await cluster.client.delete(virtualMachineInstances, { namespace, name: 'lone' })
    await ended(cluster, 'lone', instance.metadata.uid)
  })

  it('stops a deleted machine that is only being started', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web'))
    await cluster.client.delete(virtualMachines, { namespace, name: 'web' })
    await cluster.gone(virtualMachines, 'web')
    await cluster.gone(virtualMachineInstances, 'web')
    expect(cluster.engine.services.driver.list()).toHaveLength(0)
  })
})

async function launcherOf(cluster: TestEngine, uid: string | undefined): Promise<Pod> {
  const { items } = await cluster.client.list(pods, { namespace, labelSelector: `kubevirt.io/created-by=${uid ?? ''}` })
  expect(items).toHaveLength(1)
  const [pod] = items
  if (pod === undefined) throw new Error('no launcher pod')
  return pod
}
