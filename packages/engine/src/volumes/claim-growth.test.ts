import { persistentVolumeClaims, persistentVolumes, type PersistentVolumeClaim } from '@berth/kube'
import { getCondition } from '@berth/meta'
import { expect, it } from 'vitest'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

type Claim = PersistentVolumeClaim | undefined

function ask(cluster: TestEngine, storage: string): Promise<PersistentVolumeClaim> {
  const patch = { spec: { resources: { requests: { storage } } } }
  return cluster.client.patch(persistentVolumeClaims, { namespace, name: 'data' }, { type: 'merge', patch })
}

function when(cluster: TestEngine, what: string, is: (claim: Claim) => boolean): Promise<PersistentVolumeClaim> {
  return until(what, () => cluster.find(persistentVolumeClaims, 'data'), is)
}

const isRefused = (claim: Claim): boolean =>
  getCondition(claim?.status?.conditions, 'ControllerResizeError')?.status === 'True'
const isSettled = (claim: Claim): boolean => claim?.status?.conditions === undefined

it('a claim that asks for more than there is room for may ask for less again, down to what it has', async () => {
  await using cluster = await TestEngine.start()
  const created = await cluster.client.create(persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '8Mi' } } },
  })
  await when(cluster, 'it is bound', (claim) => claim?.status?.phase === 'Bound')

  await ask(cluster, '900Ti')
  const refused = await when(cluster, 'it is refused', isRefused)
  expect(refused.status).toMatchObject({
    capacity: { storage: '8Mi' },
    allocatedResources: { storage: '900Ti' },
    allocatedResourceStatuses: { storage: 'ControllerResizeInfeasible' },
  })
  expect(getCondition(refused.status?.conditions, 'ControllerResizeError')?.message).toMatch(
    /^storage "local" has \S+ free, and what the volume grows by may take 943718392Mi\. Remove .* or ask for less/,
  )
  await expect(ask(cluster, '4Mi')).rejects.toThrow('field can not be less than status.capacity')

  await ask(cluster, '16Mi')
  const grown = await when(cluster, 'it has grown', isSettled)
  expect(grown.status).toMatchObject({ capacity: { storage: '16Mi' }, allocatedResources: { storage: '16Mi' } })
  expect(grown.status?.allocatedResourceStatuses).toBeUndefined()

  await ask(cluster, '900Ti')
  await when(cluster, 'it is refused again', isRefused)
  await ask(cluster, '16Mi')
  const back = await when(cluster, 'nothing is wished for', isSettled)
  expect(back.status).toMatchObject({ capacity: { storage: '16Mi' }, allocatedResources: { storage: '16Mi' } })
  expect(await cluster.events('data')).toContain(
    'VolumeResizeCancelled: The disk stays at 16Mi: nothing larger is asked for any more.',
  )
  const volume = `pvc-${created.metadata.uid ?? ''}`
  expect((await cluster.client.get(persistentVolumes, { name: volume })).spec.capacity).toEqual({ storage: '16Mi' })
  expect((await cluster.engine.services.volumes.usage(volume)).sizeBytes).toBe(16 * 1024 ** 2)
})

it('a claim whose disk grew although nobody could say so says so, when it asks for less', async () => {
  await using cluster = await TestEngine.start()
  const created = await cluster.client.create(persistentVolumeClaims, {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name: 'data', namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '8Mi' } } },
  })
  await when(cluster, 'it is bound', (claim) => claim?.status?.phase === 'Bound')
  await ask(cluster, '900Ti')
  await when(cluster, 'it is refused', isRefused)
  // As an engine leaves it that is killed after the growth.
  await cluster.engine.services.volumes.grow(`pvc-${created.metadata.uid ?? ''}`, 32 * 1024 ** 2)
  await ask(cluster, '16Mi')
  const grown = await when(cluster, 'it has grown', isSettled)
  expect(grown.status?.capacity).toEqual({ storage: '32Mi' })
})
