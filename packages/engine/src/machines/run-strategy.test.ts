import { virtualMachineInstances } from '@berth/api'
import { describe, expect, it } from 'vitest'
import { TestEngine } from '../testing/test-engine.ts'
import { machineOf } from '../testing/manifests.ts'
import { until } from '../testing/until.ts'

/** The next instance of a machine, once it runs. */
async function nextRun(cluster: TestEngine, name: string, earlier: string | undefined): Promise<string> {
  const instance = await until(
    `${name} runs anew`,
    () => cluster.instance(name),
    (found) => found?.status?.phase === 'Running' && found.metadata.uid !== earlier,
  )
  return instance.metadata.uid ?? ''
}

describe('run strategies', () => {
  it('Always starts by itself, and again after the guest switched itself off or died', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web'))
    const first = await cluster.running('web')
    await cluster.shows('web', 'Running')
    await cluster.domain(first).powerDown()
    const second = await nextRun(cluster, 'web', first.metadata.uid)
    await cluster.domain(await cluster.running('web')).destroy()
    await nextRun(cluster, 'web', second)
    const machine = await cluster.shows('web', 'Running')
    expect(machine.status).toMatchObject({ created: true, ready: true, runStrategy: 'Always' })
    expect(machine.status).not.toHaveProperty('startFailure')
    expect(cluster.engine.services.driver.list()).toHaveLength(1)
  })

  it('Halted never starts; start and stop switch the strategy', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { runStrategy: 'Halted' }))
    await cluster.shows('web', 'Stopped')
    expect(await cluster.instance('web')).toBeUndefined()
    await cluster.act('web', 'start')
    await cluster.running('web')
    expect((await cluster.machine('web'))?.spec.runStrategy).toBe('Always')
    await cluster.act('web', 'stop')
    await cluster.gone(virtualMachineInstances, 'web')
    await cluster.shows('web', 'Stopped')
    expect((await cluster.machine('web'))?.spec.runStrategy).toBe('Halted')
    await expect(cluster.act('web', 'restart')).rejects.toMatchObject({ code: 'Conflict' })
  })

  it('Manual starts on request only, and keeps the instance of a guest that ended', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { runStrategy: 'Manual' }))
    await cluster.shows('web', 'Stopped')
    await cluster.act('web', 'start')
    const first = await cluster.running('web')
    await until(
      'the request is done',
      () => cluster.machine('web'),
      (found) => found?.status?.stateChangeRequests === undefined,
    )
    await cluster.domain(first).powerDown()
    await cluster.shows('web', 'Stopped')
    expect((await cluster.instance('web'))?.status?.phase).toBe('Succeeded')
    await cluster.act('web', 'start')
    await nextRun(cluster, 'web', first.metadata.uid)
    await cluster.act('web', 'stop')
    await cluster.gone(virtualMachineInstances, 'web')
    await cluster.shows('web', 'Stopped')
    expect((await cluster.machine('web'))?.spec.runStrategy).toBe('Manual')
  })

  it('RerunOnFailure starts again after a failure, not after a clean end', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { runStrategy: 'RerunOnFailure' }))
    const first = await cluster.running('web')
    await cluster.domain(first).destroy()
    const second = await nextRun(cluster, 'web', first.metadata.uid)
    expect(second).not.toBe(first.metadata.uid)
    await cluster.domain(await cluster.running('web')).powerDown()
    await cluster.gone(virtualMachineInstances, 'web')
    await cluster.shows('web', 'Stopped')
    await cluster.act('web', 'start')
    await cluster.running('web')
  })

  it('Once never starts a second time', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { runStrategy: 'Once' }))
    await cluster.domain(await cluster.running('web')).destroy()
    await cluster.shows('web', 'Stopped')
    expect((await cluster.instance('web'))?.status?.phase).toBe('Failed')
    await expect(cluster.act('web', 'start')).rejects.toMatchObject({ code: 'Conflict' })
  })

  it('starts paused when asked, and runs on when unpaused', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { runStrategy: 'Halted' }))
    await cluster.shows('web', 'Stopped')
    await cluster.act('web', 'start', { paused: true })
    await cluster.shows('web', 'Paused')
    await cluster.act('web', 'unpause')
    const machine = await cluster.shows('web', 'Running')
    expect(machine.spec.runStrategy).toBe('Always')
    await cluster.act('web', 'pause')
    await cluster.shows('web', 'Paused')
    await expect(cluster.act('web', 'pause')).rejects.toMatchObject({ code: 'Conflict' })
  })

  it('takes the old running field', async () => {
    await using cluster = await TestEngine.start()
    const machine = machineOf('web')
    const { runStrategy: _dropped, ...spec } = machine.spec
    await cluster.create({ ...machine, spec: { ...spec, running: true } })
    await cluster.running('web')
    await cluster.act('web', 'stop')
    await cluster.gone(virtualMachineInstances, 'web')
    expect((await cluster.machine('web'))?.spec).toMatchObject({ running: false })
  })
})
