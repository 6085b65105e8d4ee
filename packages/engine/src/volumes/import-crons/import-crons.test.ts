import { dataImportCrons, dataSources, dataVolumes, type DataImportCron } from '@berth/api'
import { getCondition } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startImageRegistry } from '../../testing/image-registry.ts'
import { namespace, TestEngine } from '../../testing/test-engine.ts'
import { until } from '../../testing/until.ts'

function diskOf(mark: string): Buffer {
  const disk = Buffer.alloc(2 * 1024 ** 2)
  disk.writeUInt16LE(0xaa55, 510)
  disk.write(mark, 4096)
  return disk
}

const hourMs = 3_600_000
const digestPart = (digest: string): string => digest.slice('sha256:'.length).slice(0, 12)

function cronOf(host: string, more: Partial<DataImportCron['spec']> = {}): DataImportCron {
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataImportCron',
    metadata: { name: 'fresh', namespace },
    spec: {
      schedule: '0 * * * *',
      managedDataSource: 'golden',
      importsToKeep: 2,
      template: {
        spec: {
          source: { registry: { url: `docker://${host}/golden:latest` } },
          storage: { resources: { requests: { storage: '8Mi' } } },
        },
      },
      ...more,
    },
  }
}

/** The cron when it says that the disk of this digest is the newest. */
const upToDate = (cluster: TestEngine, digest: string): Promise<DataImportCron> =>
  until(
    `${digest} is imported`,
    () => cluster.find(dataImportCrons, 'fresh'),
    (found) =>
      found?.status?.lastImportedPVC?.name === `golden-${digestPart(digest)}` &&
      getCondition(found.status.conditions, 'UpToDate')?.status === 'True',
  )

const disks = async (cluster: TestEngine): Promise<string[]> =>
  (await cluster.client.list(dataVolumes, { namespace })).items.map(({ metadata }) => metadata.name ?? '').toSorted()

describe('DataImportCrons', () => {
  it('import each new state of an image, point the DataSource at it, and remove the oldest', async () => {
    await using cluster = await TestEngine.start()
    await using registry = await startImageRegistry()
    const digests = [registry.put('latest', diskOf('one'))]
    await cluster.client.create(dataImportCrons, cronOf(registry.host))
    const first = await upToDate(cluster, digests[0] ?? '')
    expect(first.status).toMatchObject({
      currentImports: [{ dataVolumeName: `golden-${digestPart(digests[0] ?? '')}`, digest: digests[0] }],
      sourceFormat: 'pvc',
    })
    expect(getCondition(first.status?.conditions, 'Progressing')).toMatchObject({ status: 'False', reason: 'NoImport' })
    for (const mark of ['two', 'three']) {
      digests.push(registry.put('latest', diskOf(mark)))
      cluster.clock.leap(hourMs)
      const { status } = await upToDate(cluster, digests.at(-1) ?? '')
      const source = await until(
        'the DataSource follows',
        () => cluster.find(dataSources, 'golden'),
        (found) => found?.status?.source?.pvc?.name === status?.lastImportedPVC?.name,
      )
      expect(source.spec.source).toEqual({ pvc: status?.lastImportedPVC })
      expect(getCondition(source.status?.conditions, 'Ready')?.status).toBe('True')
    }
    const kept = digests.slice(1).map((digest) => `golden-${digestPart(digest)}`)
    await expect.poll(() => disks(cluster)).toEqual(kept.toSorted())
    const disk = await cluster.client.get(dataVolumes, { namespace, name: kept[1] ?? '' })
    expect(disk.spec.source?.registry?.url).toBe(`docker://${registry.host}/golden@${digests[2] ?? ''}`)
    expect(disk.metadata.labels?.['cdi.kubevirt.io/dataImportCron']).toBe('fresh')
    // What they made stays with RetainAll.
    await cluster.client.delete(dataImportCrons, { namespace, name: 'fresh' })
    await cluster.gone(dataImportCrons, 'fresh')
    expect(await disks(cluster)).toHaveLength(2)
  })

  it('take what they made with them when they are to', async () => {
    await using cluster = await TestEngine.start()
    await using registry = await startImageRegistry()
    const digest = registry.put('latest', diskOf('one'))
    await cluster.client.create(dataImportCrons, cronOf(registry.host, { retentionPolicy: 'None' }))
    await upToDate(cluster, digest)
    await cluster.client.delete(dataImportCrons, { namespace, name: 'fresh' })
    await cluster.gone(dataSources, 'golden')
    await expect.poll(() => disks(cluster)).toEqual([])
  })

  it('say that the registry does not answer, and look again', async () => {
    await using cluster = await TestEngine.start()
    await using registry = await startImageRegistry()
    await cluster.client.create(dataImportCrons, cronOf(registry.host))
    const told = await until(
      'it says so',
      () => cluster.find(dataImportCrons, 'fresh'),
      (found) => getCondition(found?.status?.conditions, 'UpToDate')?.message?.includes('not found') === true,
    )
    expect(getCondition(told.status?.conditions, 'UpToDate')?.status).toBe('False')
    const digest = registry.put('latest', diskOf('late'))
    cluster.clock.leap(60_000)
    await upToDate(cluster, digest)
  })
})

describe('DataImportCrons that make no sense', () => {
  let cluster: TestEngine
  beforeAll(async () => {
    cluster = await TestEngine.start()
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  it.each([
    [{ schedule: 'sometimes' }, 'Illegal cron schedule'],
    [{ importsToKeep: -1 }, 'Illegal ImportsToKeep value'],
    [{ managedDataSource: '' }, 'Illegal ManagedDataSource value'],
    [{ garbageCollect: 'Maybe' as 'Never' }, 'Illegal GarbageCollect value'],
    [{ template: { spec: { source: { blank: {} }, storage: {} } } }, 'Missing source'],
  ])('are refused: %j', async (more, words) => {
    await expect(cluster.client.create(dataImportCrons, cronOf('registry.example.com', more))).rejects.toThrow(words)
  })

  it('are refused: to change', async () => {
    await cluster.client.create(dataImportCrons, cronOf('127.0.0.1:1', { schedule: '' }))
    const patch = { spec: { importsToKeep: 5 } }
    await expect(
      cluster.client.patch(dataImportCrons, { namespace, name: 'fresh' }, { type: 'merge', patch }),
    ).rejects.toThrow('Cannot update DataImportCron Spec')
  })
})
