import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { virtualMachineInstances, virtualMachines } from '@berth/api'
import { persistentVolumeClaims } from '@berth/kube'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { dataVolumeOf, machineOf } from './testing/manifests.ts'
import { namespace, temporaryFolder, TestEngine } from './testing/test-engine.ts'
import { until } from './testing/until.ts'

/** Processor time, which a busy machine takes nothing of: far above what a start takes (0.3 s), far below asking for every machine in turn. */
const startBudgetSeconds = 3

let dataDir = ''

beforeEach(async () => {
  dataDir = await temporaryFolder()
})

afterEach(() => rm(dataDir, { recursive: true, force: true }))

it('is ready at once with a hundred machines, and finds them all as they were', async () => {
  const count = 100
  let before: string[] = []
  {
    await using cluster = await TestEngine.start({ dataDir })
    await Promise.all(Array.from({ length: count }, (_, index) => cluster.create(machineOf(`vm-${index}`))))
    const { items } = await until(
      'all run',
      () => cluster.client.list(virtualMachineInstances),
      (list) => list.items.filter((item) => item.status?.phase === 'Running').length === count,
    )
    before = items.map((item) => item.metadata.uid ?? '').toSorted()
  }
  const atStart = process.cpuUsage()
  await using cluster = await TestEngine.start({ dataDir })
  const { user, system } = process.cpuUsage(atStart)
  expect((user + system) / 1e6).toBeLessThan(startBudgetSeconds)
  expect(cluster.engine.adopted).toBe(count)
  const { items } = await cluster.client.list(virtualMachineInstances)
  expect(items.map((item) => item.metadata.uid ?? '').toSorted()).toEqual(before)
})

it('ends what ended while no engine looked, and starts what should run', async () => {
  let first: string | undefined
  {
    await using cluster = await TestEngine.start({ dataDir })
    await cluster.create(machineOf('always'))
    await cluster.create(machineOf('once', { runStrategy: 'Once' }))
    first = (await cluster.running('always')).metadata.uid
    await cluster.running('once')
  }
  // As after a power cut: nothing of the machines is left.
  await rm(join(dataDir, 'simulated.json'))
  await using cluster = await TestEngine.start({ dataDir })
  await cluster.shows('once', 'Stopped')
  expect((await cluster.instance('once'))?.status).toMatchObject({ phase: 'Failed', reason: 'HostDown' })
  await until(
    'a new run',
    () => cluster.instance('always'),
    (found) => found?.status?.phase === 'Running' && found.metadata.uid !== first,
  )
})

it('goes on with what was deleted, and removes what nobody names', async () => {
  {
    await using cluster = await TestEngine.start({ dataDir, simulated: { shutdownDelayMs: 3_600_000 } })
    const volumes = [{ name: 'root', dataVolume: { name: 'disk' } }]
    const dataVolumeTemplates = [{ metadata: { name: 'disk' }, spec: dataVolumeOf('disk').spec }]
    await cluster.create(machineOf('web', { spec: { volumes }, dataVolumeTemplates }))
    await cluster.running('web')
    await cluster.client.delete(virtualMachines, { namespace, name: 'web' })
    await cluster.shows('web', 'Terminating')
  }
  await writeFile(join(dataDir, 'volumes', 'staging', 'pvc-x.qcow2'), 'half')
  await mkdir(join(dataDir, 'ephemeral', 'of-an-earlier-run'))
  await using cluster = await TestEngine.start({ dataDir })
  cluster.clock.leap(31_000)
  await cluster.gone(virtualMachines, 'web')
  await cluster.gone(persistentVolumeClaims, 'disk')
  await until(
    'the host is empty',
    async () => [
      ...(await readdir(join(dataDir, 'volumes', 'volumes'))),
      ...(await readdir(join(dataDir, 'volumes', 'images'))),
      ...(await readdir(join(dataDir, 'volumes', 'staging'))),
      ...(await readdir(join(dataDir, 'ephemeral'))),
      ...cluster.engine.services.driver.list(),
    ],
    (left) => left.length === 0,
  )
})
