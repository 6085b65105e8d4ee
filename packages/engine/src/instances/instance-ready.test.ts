import { getCondition } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

describe('Ready of a machine and its instance', () => {
  const reason = (cluster: TestEngine, name: string, expected: string) =>
    until(
      `${name} is not ready: ${expected}`,
      () => cluster.machine(name),
      (machine) => getCondition(machine?.status?.conditions, 'Ready')?.reason === expected,
    )

  it('says what is missing: the pod, the guest, the wish', async () => {
    await using cluster = await TestEngine.start({ simulated: { shutdownDelayMs: 60_000 } })
    const volumes = [{ name: 'root', persistentVolumeClaim: { claimName: 'none' } }]
    await cluster.create(machineOf('waits', { spec: { volumes } }))
    await reason(cluster, 'waits', 'PodNotExists')

    await cluster.create(machineOf('lost', { spec: { nodeSelector: { disk: 'ssd' } } }))
    await reason(cluster, 'lost', 'GuestNotRunning')

    await cluster.create(machineOf('ends'))
    await cluster.running('ends')
    await until(
      'it is ready',
      () => cluster.machine('ends'),
      (machine) => machine?.status?.ready === true,
    )
    await cluster.act('ends', 'stop')
    const ending = await reason(cluster, 'ends', 'PodTerminating')
    expect(ending?.status).toMatchObject({ ready: false, printableStatus: 'Stopping' })
  })
})
