import { describe, expect, it } from 'vitest'
import { TestEngine } from '../testing/test-engine.ts'
import { machineOf } from '../testing/manifests.ts'

describe('run strategies', () => {
  it('Always: starts by itself', async () => {
    const t0 = performance.now()
    await using cluster = await TestEngine.start()
    console.log('start', performance.now() - t0)
    await cluster.create(machineOf('web'))
    await cluster.shows('web', 'Running')
    console.log('run', performance.now() - t0)
    expect(await cluster.events('web')).toContain('Started: VirtualMachineInstance started.')
  })
})
