import { execFile } from 'node:child_process'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cdiConfigs, dataSources, dataVolumes, volumeSnapshots, type DataVolume } from '@berth/api'
import {
  configMaps,
  namespaces,
  persistentVolumeClaims,
  persistentVolumes,
  secrets,
  type PersistentVolumeClaim,
} from '@berth/kube'
import { getCondition, type JsonObject } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { startImageRegistry } from '../../testing/image-registry.ts'
import { dataVolumeOf, machineOf } from '../../testing/manifests.ts'
import { namespace, TestEngine } from '../../testing/test-engine.ts'
import { until } from '../../testing/until.ts'
import { serve } from '../../testing/web-server.ts'
import { volumeNameFor } from '../claim-volume.ts'

const run = promisify(execFile)
const mebibyte = 1024 ** 2

/** A raw disk of 4 MiB that says what it is. */
function diskOf(mark: string): Buffer {
  const disk = Buffer.alloc(4 * mebibyte)
  disk.writeUInt16LE(0xaa55, 510)
  disk.write(mark, mebibyte)
  return disk
}

async function phase(cluster: TestEngine, name: string, wanted: string): Promise<DataVolume> {
  return until(
    `${name} is ${wanted}`,
    () => cluster.find(dataVolumes, name),
    (found) => found?.status?.phase === wanted,
  )
}

async function bound(cluster: TestEngine, name: string): Promise<PersistentVolumeClaim> {
  return until(
    `${name} is bound`,
    () => cluster.find(persistentVolumeClaims, name),
    (found) => found?.status?.phase === 'Bound',
  )
}

/** The first bytes at 1 MiB of a claim's disk, as its guest would read them. */
async function markOf(cluster: TestEngine, claim: string, length: number): Promise<string> {
  const { path } = await cluster.engine.services.volumes.images(volumeNameFor(await bound(cluster, claim)))
  const plain = `${cluster.dataDir}/plain-${claim}`
  await run('qemu-img', ['convert', '-O', 'raw', path, plain])
  const content = await readFile(plain)
  await rm(plain)
  return content.toString('latin1', mebibyte, mebibyte + length)
}

const secretOf = (name: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace },
  data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])),
})

const nothingOnItsWay = async (cluster: TestEngine): Promise<void> => {
  await expect.poll(() => readdir(cluster.engine.paths.imports)).toEqual([])
}

describe('images in registries', () => {
  it('are pulled with the secret of the source, once for many disks', async () => {
    await using cluster = await TestEngine.start()
    await using registry = await startImageRegistry()
    registry.requireLogin('berth', 'secret')
    registry.put('v1', diskOf('from the registry'))
    const source = (secretRef?: string) => ({
      source: {
        registry: { url: `docker://${registry.host}/team/disk:v1`, ...(secretRef === undefined ? {} : { secretRef }) },
      },
    })
    await cluster.client.create(secrets, secretOf('login', { accessKeyId: 'berth', secretKey: 'secret' }))
    const auth = Buffer.from('berth:secret').toString('base64')
    const config = JSON.stringify({ auths: { [registry.host]: { auth } } })
    await cluster.client.create(secrets, secretOf('docker', { '.dockerconfigjson': config }))
    await cluster.client.create(dataVolumes, dataVolumeOf('one', source('login')))
    await cluster.client.create(dataVolumes, dataVolumeOf('two', source('docker')))
    await cluster.client.create(dataVolumes, dataVolumeOf('three', source()))
    for (const name of ['one', 'two']) {
      await phase(cluster, name, 'Succeeded')
      expect(await markOf(cluster, name, 17)).toBe('from the registry')
    }
    const blobs = registry.asked.filter((path) => path.includes('/blobs/'))
    expect(blobs.toSorted()).toEqual([...new Set(blobs)].toSorted())
    const refused = await until(
      'the third is refused',
      () => cluster.find(dataVolumes, 'three'),
      (found) => (found?.status?.restartCount ?? 0) > 0,
    )
    expect(refused.status?.phase).toBe('ImportInProgress')
    expect(getCondition(refused.status?.conditions, 'Running')).toMatchObject({
      reason: 'Error',
      message: expect.stringContaining('refuses access'),
    })
    // Converted once: both lie on the same image, which stays as it is for the next one, and goes with the last.
    const { volumes } = cluster.engine.services
    const disksOf = async (): Promise<string[][]> =>
      Promise.all(
        ['one', 'two'].map(async (name) => {
          const { backing } = await volumes.images(volumeNameFor(await bound(cluster, name)))
          return backing.map(({ path }) => path)
        }),
      )
    const [first, second] = await disksOf()
    expect(first).toHaveLength(1)
    expect(second).toEqual(first)
    await cluster.client.delete(dataVolumes, { namespace, name: 'three' })
    await cluster.client.delete(dataVolumes, { namespace, name: 'two' })
    await cluster.gone(persistentVolumeClaims, 'two')
    cluster.clock.leap(120_000)
    await cluster.client.create(dataVolumes, dataVolumeOf('two', source('login')))
    await phase(cluster, 'two', 'Succeeded')
    expect(await disksOf()).toEqual([first, first])
    for (const name of ['one', 'two']) await cluster.client.delete(dataVolumes, { namespace, name })
    await expect.poll(() => readdir(join(cluster.dataDir, 'volumes', 'images'))).toEqual([])
  })
})

describe('http sources', () => {
  it('of one namespace that never come do not keep those of others waiting', async () => {
    await using cluster = await TestEngine.start()
    await using web = await serve((request, response) => {
      if (request.url === '/disk') response.end(diskOf('web'))
      else response.write('x')
    })
    const of = (path: string) => ({ source: { http: { url: `${web.url}/${path}` } } })
    for (const name of ['first', 'second', 'third']) {
      await cluster.client.create(dataVolumes, dataVolumeOf(name, of(name)))
    }
    for (const name of ['first', 'second']) await phase(cluster, name, 'ImportInProgress')
    await cluster.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'other' } })
    await cluster.client.create(dataVolumes, {
      ...dataVolumeOf('disk', of('disk')),
      metadata: { name: 'disk', namespace: 'other' },
    })
    await until(
      'it is imported',
      () => cluster.find(dataVolumes, 'disk', 'other'),
      (found) => found?.status?.phase === 'Succeeded',
    )
    await phase(cluster, 'third', 'ImportScheduled')
  })

  it('get extra headers, also secret ones, and credentials of a secret', async () => {
    await using cluster = await TestEngine.start()
    const seen: NodeJS.Dict<string | string[]>[] = []
    await using web = await serve((request, response) => {
      seen.push(request.headers)
      response.end(diskOf('web'))
    })
    await cluster.client.create(secrets, secretOf('login', { accessKeyId: 'user', secretKey: 'pass' }))
    await cluster.client.create(secrets, secretOf('headers', { token: 'X-Token: hidden' }))
    const http = {
      url: `${web.url}/disk`,
      secretRef: 'login',
      extraHeaders: ['X-Plain: shown'],
      secretExtraHeaders: ['headers'],
    }
    await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source: { http } }))
    await phase(cluster, 'disk', 'Succeeded')
    expect(seen[0]).toMatchObject({
      authorization: `Basic ${Buffer.from('user:pass').toString('base64')}`,
      'x-plain': 'shown',
      'x-token': 'hidden',
    })
    await nothingOnItsWay(cluster)
  })

  it('bring no more than an image of the disk can have, and nothing of the engine but exports', async () => {
    await using cluster = await TestEngine.start()
    await using web = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': String(300 * 1024 ** 2) }).write('begin')
    })
    const expected = {
      large: [`${web.url}/disk`, 'the limit is'],
      metadata: ['http://169.254.169.254/latest/meta-data/', 'link-local'],
      api: [`${cluster.engine.server}/api/v1/namespaces`, 'only exports'],
    } as const
    for (const [name, [url, words]] of Object.entries(expected)) {
      await cluster.client.create(dataVolumes, dataVolumeOf(name, { source: { http: { url } } }))
      const failed = await until(
        `${name} fails`,
        () => cluster.find(dataVolumes, name),
        (found) => (found?.status?.restartCount ?? 0) > 0,
      )
      expect(getCondition(failed.status?.conditions, 'Running')?.message).toContain(words)
    }
  })

  it('go through the proxy of the configuration', async () => {
    await using cluster = await TestEngine.start()
    const asked: string[] = []
    await using proxy = await serve((request, response) => {
      asked.push(request.url ?? '')
      response.end(diskOf('proxied'))
    })
    const patch = (spec: JsonObject) =>
      cluster.client.patch(cdiConfigs, { name: 'config' }, { type: 'merge', patch: { spec } })
    await expect(patch({ preallocation: true })).rejects.toThrow('does not honour this field')
    await patch({ importProxy: { HTTPProxy: proxy.url } })
    const http = { url: 'http://images.example.com/disk.img' }
    await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source: { http } }))
    await phase(cluster, 'disk', 'Succeeded')
    expect(asked).toEqual(['http://images.example.com/disk.img'])
  })

  it.each([
    ['a secret', { secretRef: 'missing' }, 'the secret "missing"'],
    ['a config map', { certConfigMap: 'missing' }, 'the config map "missing"'],
  ])('wait for %s that is not there, and say so', async (_what, more, words) => {
    await using cluster = await TestEngine.start()
    await using web = await serve((_request, response) => response.end(diskOf('web')))
    const http = { url: `${web.url}/disk`, ...more }
    await cluster.client.create(dataVolumes, dataVolumeOf('disk', { source: { http } }))
    const waiting = await until(
      'it says what is missing',
      () => cluster.find(dataVolumes, 'disk'),
      (found) => (found?.status?.restartCount ?? 0) > 0,
    )
    expect(getCondition(waiting.status?.conditions, 'Running')?.message).toContain(words)
    if ('secretRef' in more)
      await cluster.client.create(secrets, secretOf('missing', { accessKeyId: 'a', secretKey: 'b' }))
    else {
      const data = { 'ca.pem': '-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----' }
      await cluster.client.create(configMaps, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'missing', namespace },
        data,
      })
    }
    cluster.clock.leap(10_000)
    await phase(cluster, 'disk', 'Succeeded')
  })
})

describe('clones', () => {
  it('of claims are made at once, whatever their size, and say so', async () => {
    await using cluster = await TestEngine.start()
    await using web = await serve((_request, response) => response.end(diskOf('the original')))
    await cluster.client.create(dataVolumes, dataVolumeOf('source', { source: { http: { url: web.url } } }))
    await phase(cluster, 'source', 'Succeeded')
    const pvc = { namespace, name: 'source' }
    await cluster.client.create(dataVolumes, dataVolumeOf('copy', { source: { pvc }, storage: {} }))
    await phase(cluster, 'copy', 'Succeeded')
    expect(await markOf(cluster, 'copy', 12)).toBe('the original')
    expect(await cluster.events('copy')).toContain(
      `CloneSucceeded: Successfully cloned from ${namespace}/source into ${namespace}/copy`,
    )
    const { volumes } = cluster.engine.services
    expect((await volumes.images(volumeNameFor(await bound(cluster, 'copy')))).backing).not.toEqual([])
  })

  it('wait for a source that is missing or in use', async () => {
    await using cluster = await TestEngine.start()
    const pvc = { namespace, name: 'source' }
    await cluster.client.create(dataVolumes, dataVolumeOf('copy', { source: { pvc } }))
    const waiting = await until(
      'it waits',
      () => cluster.find(dataVolumes, 'copy'),
      (found) => (found?.status?.restartCount ?? 0) > 0,
    )
    expect(waiting.status?.phase).toBe('CloneScheduled')
    await cluster.client.create(dataVolumes, dataVolumeOf('source'))
    await phase(cluster, 'source', 'Succeeded')
    const volumesOf = [{ name: 'root', persistentVolumeClaim: { claimName: 'source' } }]
    await cluster.create(
      machineOf('user', {
        spec: {
          volumes: volumesOf,
          domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', disk: {} }] } },
        },
      }),
    )
    await cluster.running('user')
    cluster.clock.leap(60_000)
    await until(
      'it says who uses it',
      () => cluster.find(dataVolumes, 'copy'),
      (found) =>
        getCondition(found?.status?.conditions, 'Running')?.message?.includes('in use by machine "user"') === true,
    )
    await cluster.act('user', 'stop')
    await until(
      'it is cloned',
      () => {
        cluster.clock.leap(60_000)
        return cluster.find(dataVolumes, 'copy')
      },
      (found) => found?.status?.phase === 'Succeeded',
    )
  })

  it('are what a claim with a data source becomes', async () => {
    await using cluster = await TestEngine.start()
    await using web = await serve((_request, response) => response.end(diskOf('the original')))
    await cluster.client.create(dataVolumes, dataVolumeOf('source', { source: { http: { url: web.url } } }))
    await phase(cluster, 'source', 'Succeeded')
    for (const [name, field] of [
      ['one', 'dataSource'],
      ['two', 'dataSourceRef'],
    ] as const) {
      await cluster.client.create(persistentVolumeClaims, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: { name, namespace },
        spec: {
          accessModes: ['ReadWriteOnce'],
          resources: { requests: { storage: '32Mi' } },
          [field]: { kind: 'PersistentVolumeClaim', name: 'source' },
        },
      })
      expect(await markOf(cluster, name, 12)).toBe('the original')
    }
  })

  it('of a DataSource follow it, and its status says when it is ready', async () => {
    await using cluster = await TestEngine.start()
    const source = (name: string, spec: object) => ({
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataSource',
      metadata: { name, namespace },
      spec: { source: spec },
    })
    await cluster.client.create(dataSources, source('golden', { pvc: { namespace, name: 'gold' } }))
    await cluster.client.create(dataSources, source('alias', { dataSource: { namespace, name: 'golden' } }))
    const ready = (name: string, status: string) =>
      until(
        `${name} is ${status}`,
        () => cluster.find(dataSources, name),
        (found) => getCondition(found?.status?.conditions, 'Ready')?.status === status,
      )
    expect(getCondition((await ready('alias', 'False')).status?.conditions, 'Ready')).toMatchObject({
      reason: 'NotFound',
      message: 'PVC not found',
    })
    await cluster.client.create(dataVolumes, dataVolumeOf('gold'))
    for (const name of ['golden', 'alias'])
      expect((await ready(name, 'True')).status?.source).toEqual({ pvc: { namespace, name: 'gold' } })
    const sourceRef = { kind: 'DataSource', name: 'alias' }
    const volume = dataVolumeOf('copy')
    await cluster.client.create(dataVolumes, { ...volume, spec: { sourceRef, storage: {} } })
    await phase(cluster, 'copy', 'Succeeded')
    expect((await bound(cluster, 'copy')).status?.capacity?.['storage']).toBe('16Mi')
  })
})

describe('snapshots', () => {
  it('are what DataVolumes, claims and DataSources are made from, as it was then', async () => {
    await using cluster = await TestEngine.start()
    await using web = await serve((_request, response) => response.end(diskOf('the original')))
    await cluster.client.create(dataVolumes, dataVolumeOf('source', { source: { http: { url: web.url } } }))
    await phase(cluster, 'source', 'Succeeded')
    const waiting = { snapshot: { namespace, name: 'then' } }
    await cluster.client.create(dataSources, {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataSource',
      metadata: { name: 'golden', namespace },
      spec: { source: waiting },
    })
    await cluster.client.create(dataVolumes, dataVolumeOf('early', { source: waiting }))
    await until(
      'it waits for the snapshot',
      () => cluster.find(dataVolumes, 'early'),
      (found) => getCondition(found?.status?.conditions, 'Running')?.message?.includes("doesn't exist") === true,
    )
    await cluster.client.create(volumeSnapshots, {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshot',
      metadata: { name: 'then', namespace },
      spec: { source: { persistentVolumeClaimName: 'source' } },
    })
    await until(
      'the snapshot is ready',
      () => cluster.find(volumeSnapshots, 'then'),
      (found) => found?.status?.readyToUse === true,
    )
    cluster.clock.leap(30_000)
    await phase(cluster, 'early', 'Succeeded')
    const sourceRef = { kind: 'DataSource', name: 'golden' }
    await cluster.client.create(dataVolumes, { ...dataVolumeOf('late'), spec: { sourceRef, storage: {} } })
    await phase(cluster, 'late', 'Succeeded')
    await cluster.client.create(persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'claim', namespace },
      spec: {
        accessModes: ['ReadWriteOnce'],
        resources: { requests: { storage: '16Mi' } },
        dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'then' },
      },
    })
    for (const name of ['early', 'late', 'claim']) expect(await markOf(cluster, name, 12)).toBe('the original')
    expect(await cluster.events('early')).toContain(
      `CloneSucceeded: Successfully cloned from ${namespace}/then into ${namespace}/early`,
    )
  })
})

describe('classes that wait for a consumer', () => {
  it('have their disks made when the first machine comes', async () => {
    await using cluster = await TestEngine.start()
    const { client } = cluster.engine
    await client.raw({
      method: 'POST',
      path: '/apis/storage.k8s.io/v1/storageclasses',
      body: {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'later' },
        provisioner: 'local.berth.dev',
        volumeBindingMode: 'WaitForFirstConsumer',
      },
    })
    const storage = { storageClassName: 'later', resources: { requests: { storage: '16Mi' } } }
    await cluster.client.create(dataVolumes, dataVolumeOf('disk', { storage }))
    await phase(cluster, 'disk', 'PendingPopulation')
    await cluster.create(
      machineOf('user', {
        spec: {
          volumes: [{ name: 'root', dataVolume: { name: 'disk' } }],
          domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', disk: {} }] } },
        },
      }),
    )
    await phase(cluster, 'disk', 'Succeeded')
    await cluster.running('user')
    expect((await cluster.client.list(persistentVolumes)).items).toHaveLength(1)
  })
})
