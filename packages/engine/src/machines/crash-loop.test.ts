import { virtualMachineInstances } from '@berth/api'
import { describe, expect, it } from 'vitest'
import { faultyDriver, type Faults } from '../testing/faulty-driver.ts'
import { machineOf } from '../testing/manifests.ts'
import { TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

describe('a machine that does not come up', () => {
  it('is tried again after a growing time, and forgiven when it runs', async () => {
    const faults: Faults = { startFails: 'no room at the inn', starts: 0 }
    await using cluster = await TestEngine.start({ wrap: faultyDriver(faults) })
    await cluster.create(machineOf('web'))
    const after = (failures: number) =>
      until(
        `${failures} failures`,
        () => cluster.machine('web'),
        (machine) => {
          const { startFailure, printableStatus } = machine?.status ?? {}
          return startFailure?.consecutiveFailCount === failures && printableStatus === 'CrashLoopBackOff'
        },
      )
    const first = await after(1)
    const waitMs = Date.parse(first.status?.startFailure?.retryAfterTimestamp ?? '') - cluster.clock.now().getTime()
    expect(waitMs).toBeGreaterThan(5_000)
    expect(waitMs).toBeLessThanOrEqual(10_000)
    expect(faults.starts).toBe(1)
    expect((await cluster.events('web')).join('\n')).toContain('SyncFailed: no room at the inn')

    cluster.clock.leap(11_000)
    await after(2)
    expect(faults.starts).toBe(2)
    cluster.clock.leap(20_000)
    expect(faults.starts).toBe(2)

    faults.startFails = undefined
    cluster.clock.leap(21_000)
    await cluster.running('web')
    const machine = await until(
      'forgiven',
      () => cluster.machine('web'),
      (found) => found?.status?.startFailure === undefined,
    )
    expect(machine.status?.printableStatus).toBe('Running')
  })

  it('does not tell where the engine keeps its files', async () => {
    const faults: Faults = { startFails: undefined, starts: 0 }
    await using cluster = await TestEngine.start({ wrap: faultyDriver(faults) })
    faults.startFails = `disk root: ${cluster.engine.paths.root}/volumes/v/disk.qcow2 cannot be opened`
    await cluster.create(machineOf('web'))
    await cluster.shows('web', 'CrashLoopBackOff')
    const told = (await cluster.events('web')).join('\n')
    expect(told).toContain('SyncFailed: disk root: volumes/v/disk.qcow2 cannot be opened')
    expect(told).not.toContain(cluster.dataDir)
  })

  it('can be stopped while it waits', async () => {
    const faults: Faults = { startFails: 'no', starts: 0 }
    await using cluster = await TestEngine.start({ wrap: faultyDriver(faults) })
    await cluster.create(machineOf('web'))
    await cluster.shows('web', 'CrashLoopBackOff')
    await cluster.act('web', 'stop')
    const machine = await cluster.shows('web', 'Stopped')
    expect(machine.status).not.toHaveProperty('startFailure')
    // The failed try of before would be counted again while it is still there.
    await cluster.gone(virtualMachineInstances, 'web')
    cluster.clock.leap(60_000)
    await cluster.act('web', 'start')
    await cluster.shows('web', 'CrashLoopBackOff')
    expect(faults.starts).toBe(2)
  })
})
