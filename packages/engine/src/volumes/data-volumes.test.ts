import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener, type ServerResponse } from 'node:http'
import { createImage, ImageCache, imageInfo } from '@berth/imaging'
import { persistentVolumeClaims, persistentVolumes, type PersistentVolumeClaim } from '@berth/kube'
import { getCondition } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { dataVolumeOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { imageNamespace } from './image-publisher.ts'
import { type DataVolume, dataSources, dataVolumes } from '@berth/api'

const mebibyte = 1024 ** 2

async function phase(cluster: TestEngine, name: string, wanted: string): Promise<DataVolume> {
  return until(
    `${name} is ${wanted}`,
    () => cluster.find(dataVolumes, name),
    (found) => found?.status?.phase === wanted,
  )
}

/** The file behind a bound claim. */
async function diskOf(cluster: TestEngine, name: string): Promise<string> {
  const claim = await until(
    `${name} is bound`,
    () => cluster.find(persistentVolumeClaims, name),
    (found) => found?.status?.phase === 'Bound',
  )
  return (await cluster.engine.services.volumes.images(claim.spec.volumeName ?? '')).path
}

/** A web server on this host for the length of a test. */
async function serve(listener: RequestListener): Promise<AsyncDisposable & { url: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A raw disk of 4 MiB with a boot sector and something on it. */
const image = Buffer.alloc(4 * mebibyte)
image.writeUInt16LE(0xaa55, 510)
image.write('berthberth', 65_536)
const checksum = `sha256:${createHash('sha256').update(image).digest('hex')}`

describe('blank disks', () => {
  it('are made, bound and described', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(dataVolumes, dataVolumeOf('disk'))
    const { status } = await phase(cluster, 'disk', 'Succeeded')
    expect(status).toMatchObject({ progress: '100.0%', claimName: 'disk' })
    expect(getCondition(status?.conditions, 'Ready')?.status).toBe('True')
    expect(getCondition(status?.conditions, 'Bound')?.status).toBe('True')
    const path = await diskOf(cluster, 'disk')
    expect((await imageInfo({ path, format: 'qcow2' })).virtualSizeBytes).toBe(16 * mebibyte)
    expect(await cluster.events('disk')).toContain('ImportSucceeded: Successfully imported into PVC disk')
  })

  it('keep to a claim of somebody else', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(persistentVolumeClaims, claimOf('disk', '16Mi'))
    await diskOf(cluster, 'disk')
    await cluster.client.create(dataVolumes, dataVolumeOf('disk'))
    const { status } = await phase(cluster, 'disk', 'Pending')
    expect(getCondition(status?.conditions, 'Running')?.message).toContain('belongs to something else')
  })
})

describe('a quota', () => {
  it('that stands against the claim of a disk is told by the DataVolume, which waits for it', async () => {
    await using cluster = await TestEngine.start()
    const quotas = `/api/v1/namespaces/${namespace}/resourcequotas`
    const body = {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'small' },
      spec: { hard: { 'requests.storage': '8Mi' } },
    }
    await cluster.client.raw({ method: 'POST', path: quotas, body })
    await cluster.client.create(dataVolumes, dataVolumeOf('disk'))
    const waiting = await phase(cluster, 'disk', 'Pending')
    expect(getCondition(waiting.status?.conditions, 'Running')).toMatchObject({
      status: 'False',
      message: expect.stringContaining('exceeded quota: small'),
    })
    expect(await cluster.find(persistentVolumeClaims, 'disk')).toBeUndefined()
    await cluster.client.raw({ method: 'DELETE', path: `${quotas}/small` })
    cluster.clock.leap(5000)
    await phase(cluster, 'disk', 'Succeeded')
  })
})

describe('a claim that goes', () => {
  it('while its disk waits to be filled leaves nothing, and the DataVolume fills another', async () => {
    const held: ServerResponse[] = []
    let released = false
    await using server = await serve((_request, response) =>
      released ? void response.end(image) : void held.push(response),
    )
    await using cluster = await TestEngine.start()
    const http = { source: { http: { url: `${server.url}/disk.img` } } }
    // As many as there are imports at once.
    for (const name of ['one', 'two']) await cluster.client.create(dataVolumes, dataVolumeOf(name, http))
    await expect.poll(() => held.length).toBe(2)
    await cluster.client.create(dataVolumes, dataVolumeOf('three', http))
    await phase(cluster, 'three', 'ImportScheduled')
    const first = await cluster.client.get(persistentVolumeClaims, { namespace, name: 'three' })
    await cluster.client.delete(persistentVolumeClaims, { namespace, name: 'three' })
    await until(
      'there is another claim',
      () => cluster.find(persistentVolumeClaims, 'three'),
      (claim) => claim !== undefined && claim.metadata.uid !== first.metadata.uid,
    )
    released = true
    for (const response of held.splice(0)) response.end(image)
    for (const name of ['one', 'two', 'three']) await phase(cluster, name, 'Succeeded')
    const claims = (await cluster.client.list(persistentVolumeClaims, { namespace })).items
    const { volumes } = cluster.engine.services
    expect(new Set(await volumes.list())).toEqual(new Set(claims.map(({ spec }) => spec.volumeName)))
  })
})

describe('imports over HTTP', () => {
  it('arrive, checked and grown to the size that was asked for', async () => {
    await using cluster = await TestEngine.start()
    await using web = await serve((_request, response) => response.end(image))
    const source = { http: { url: `${web.url}/disk.img`, checksum } }
    await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source }))
    await phase(cluster, 'disk', 'Succeeded')
    const path = await diskOf(cluster, 'disk')
    expect((await imageInfo({ path, format: 'qcow2' })).virtualSizeBytes).toBe(16 * mebibyte)
    expect((await readFile(path)).includes('berthberth')).toBe(true)
  })

  it('tell how far they are', async () => {
    await using cluster = await TestEngine.start()
    let release = (): void => {}
    await using web = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': image.length })
      response.write(image.subarray(0, image.length / 2))
      release = () => response.end(image.subarray(image.length / 2))
    })
    await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source: { http: { url: web.url } } }))
    await until(
      'half is there',
      () => {
        cluster.clock.leap(1000)
        return cluster.find(dataVolumes, 'disk')
      },
      (found) => found?.status?.phase === 'ImportInProgress' && found.status.progress === '45.00%',
    )
    expect((await cluster.find(persistentVolumeClaims, 'disk'))?.status?.phase).not.toBe('Bound')
    release()
    await phase(cluster, 'disk', 'Succeeded')
  })

  it('are tried again after a growing time while the server does not have the file', async () => {
    await using cluster = await TestEngine.start()
    let missing = true
    let asked = 0
    await using web = await serve((_request, response) => {
      asked += 1
      if (missing) response.writeHead(404).end()
      else response.end(image)
    })
    await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source: { http: { url: web.url } } }))
    const failing = (count: number) =>
      until(
        `${count} failures`,
        () => cluster.find(dataVolumes, 'disk'),
        (found) => found?.status?.restartCount === count,
      )
    const first = await failing(1)
    expect(getCondition(first.status?.conditions, 'Running')).toMatchObject({ status: 'False', reason: 'Error' })
    const before = asked
    cluster.clock.leap(4000)
    expect(asked).toBe(before)
    cluster.clock.leap(2500)
    await failing(2)
    missing = false
    cluster.clock.leap(20_000)
    await phase(cluster, 'disk', 'Succeeded')
  })

  it.each([
    ['a wrong checksum', { checksum: `sha256:${'0'.repeat(64)}` }, 'checksum'],
    ['what is no image', { body: '<html>not here</html>' }, 'http://127.0.0.1'],
    ['an image that is larger than its disk', { size: '1Mi' }, 'more than the'],
  ])(
    'refuse %s for good',
    async (_what, { checksum: sum, size, body }: { checksum?: string; size?: string; body?: string }, words) => {
      await using cluster = await TestEngine.start()
      await using web = await serve((_request, response) => response.end(body ?? image))
      const http = { url: `${web.url}/disk?signature=hidden`, ...(sum === undefined ? {} : { checksum: sum }) }
      const storage = { resources: { requests: { storage: size ?? '16Mi' } } }
      await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source: { http }, storage }))
      const { status } = await phase(cluster, 'disk', 'Failed')
      const message = getCondition(status?.conditions, 'Running')?.message
      expect(message).toContain(words)
      expect(message).not.toContain('hidden')
      await cluster.client.delete(dataVolumes, { namespace, name: 'disk' })
      await cluster.gone(persistentVolumeClaims, 'disk')
      expect(await cluster.engine.services.volumes.list()).toEqual([])
    },
  )

  it('leave nothing behind when they are deleted half-way, and the name is free', async () => {
    await using cluster = await TestEngine.start()
    let requests = 0
    await using web = await serve((_request, response) => {
      requests += 1
      if (requests > 1) return void response.end(image)
      response.writeHead(200, { 'content-length': image.length })
      response.write(image.subarray(0, 100))
    })
    const volume = dataVolumeOf('disk', { source: { http: { url: web.url } } })
    await cluster.client.create(dataVolumes, volume)
    await until(
      'the download began',
      () => requests,
      (count) => count === 1,
    )
    await cluster.client.delete(dataVolumes, { namespace, name: 'disk' })
    await cluster.gone(dataVolumes, 'disk')
    await cluster.client.create(dataVolumes, volume)
    await phase(cluster, 'disk', 'Succeeded')
    expect(await cluster.engine.services.volumes.list()).toHaveLength(1)
  })
})

describe('images of this host', () => {
  it('are published, and disks made from them take their size', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(dataVolumes, {
      ...dataVolumeOf('root'),
      spec: { sourceRef: { kind: 'DataSource', namespace: imageNamespace, name: 'tiny' }, storage: {} },
    })
    const waiting = await phase(cluster, 'root', 'Pending')
    expect(getCondition(waiting.status?.conditions, 'Running')?.status).toBe('False')
    await new ImageCache(cluster.engine.paths.images).ensure({
      name: 'tiny',
      description: 'for a test',
      build: (path) => createImage({ path, format: 'qcow2', sizeBytes: 8 * mebibyte }),
    })
    await until(
      'it is published',
      () => {
        cluster.clock.leap(500)
        return cluster.find(dataSources, 'tiny', imageNamespace)
      },
      (found) => found !== undefined,
    )
    cluster.clock.leap(60_000)
    await phase(cluster, 'root', 'Succeeded')
    const path = await diskOf(cluster, 'root')
    expect((await imageInfo({ path, format: 'qcow2' })).virtualSizeBytes).toBe(8 * mebibyte)
  })
})

describe('claims', () => {
  it('bind to a volume whose files go with them', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(persistentVolumeClaims, claimOf('data', '8Mi'))
    const path = await diskOf(cluster, 'data')
    const claim = await cluster.client.get(persistentVolumeClaims, { namespace, name: 'data' })
    const volume = claim.spec.volumeName ?? ''
    expect((await cluster.find(persistentVolumes, volume))?.status?.phase).toBe('Bound')
    expect(claim.spec.storageClassName).toBe('local')
    await cluster.client.delete(persistentVolumeClaims, { namespace, name: 'data' })
    await cluster.gone(persistentVolumeClaims, 'data')
    await cluster.gone(persistentVolumes, volume)
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('keep their files when the volume is told to', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(persistentVolumeClaims, claimOf('data', '8Mi'))
    const path = await diskOf(cluster, 'data')
    const name = (await cluster.client.get(persistentVolumeClaims, { namespace, name: 'data' })).spec.volumeName ?? ''
    const patch = { spec: { persistentVolumeReclaimPolicy: 'Retain' } }
    await cluster.client.patch(persistentVolumes, { name }, { type: 'merge', patch })
    await cluster.client.delete(persistentVolumeClaims, { namespace, name: 'data' })
    await until(
      'released',
      () => cluster.find(persistentVolumes, name),
      (found) => found?.status?.phase === 'Released',
    )
    expect((await imageInfo({ path, format: 'qcow2' })).virtualSizeBytes).toBe(8 * mebibyte)
    await cluster.client.delete(persistentVolumes, { name })
    await cluster.gone(persistentVolumes, name)
    await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' })
  })

  it('grow', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(persistentVolumeClaims, claimOf('data', '8Mi'))
    const path = await diskOf(cluster, 'data')
    const patch = { spec: { resources: { requests: { storage: '32Mi' } } } }
    await cluster.client.patch(persistentVolumeClaims, { namespace, name: 'data' }, { type: 'merge', patch })
    await until(
      'grown',
      () => cluster.find(persistentVolumeClaims, 'data'),
      (found) => found?.status?.capacity?.['storage'] === '32Mi',
    )
    expect((await imageInfo({ path, format: 'qcow2' })).virtualSizeBytes).toBe(32 * mebibyte)
  })
})

function claimOf(name: string, storage: string): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
  }
}
