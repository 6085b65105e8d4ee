import { mkdir, writeFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { virtualMachines } from '@berth/api'
import { ContainerImages } from '@berth/imaging'
import { pods, secrets, serviceAccounts } from '@berth/kube'
import { getCondition } from '@berth/meta'
import { afterEach, describe, expect, it } from 'vitest'
import { machineOf } from '../../testing/manifests.ts'
import { namespace, TestEngine } from '../../testing/test-engine.ts'
import { until } from '../../testing/until.ts'

const sha256 = (content: Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** One file in a tar archive (ustar): name, content. */
function tarFile(name: string, content: Buffer): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write(`${content.length.toString(8).padStart(11, '0')}\0`, 124)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)])
}

/** Puts an image with these files into an engine's folder, as `berth image load` does. */
async function load(cluster: TestEngine, name: string, files: Record<string, Buffer>): Promise<void> {
  const folder = join(cluster.dataDir, 'layout')
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true })
  const put = async (content: Buffer): Promise<object> => {
    await writeFile(join(folder, 'blobs/sha256', sha256(content)), content)
    return { mediaType: 'x', digest: `sha256:${sha256(content)}`, size: content.length }
  }
  const tar = Buffer.concat([
    ...Object.entries(files).map(([path, content]) => tarFile(path, content)),
    Buffer.alloc(1024),
  ])
  const manifest = Buffer.from(JSON.stringify({ config: await put(Buffer.from('{}')), layers: [await put(tar)] }))
  await writeFile(join(folder, 'index.json'), JSON.stringify({ manifests: [await put(manifest)] }))
  await new ContainerImages({ directory: cluster.engine.paths.containerImages }).load({ from: folder, as: name })
}

function disk(mark: string): Buffer {
  const content = Buffer.alloc(4096)
  content.write(mark, 2048)
  return content
}

const from = (image: string, more: object = {}) =>
  machineOf('web', {
    spec: {
      volumes: [{ name: 'root', containerDisk: { image, ...more } }],
      domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', disk: {} }] } },
    },
  })

const becomes = (cluster: TestEngine, status: string) =>
  until(
    `web is ${status}`,
    () => cluster.machine('web'),
    (found) => found?.status?.printableStatus === status,
  )

const synchronized = async (cluster: TestEngine, reason: string): Promise<string> => {
  const instance = await until(
    `web says ${reason}`,
    () => cluster.instance('web'),
    (found) => getCondition(found?.status?.conditions, 'Synchronized')?.reason === reason,
  )
  return getCondition(instance.status?.conditions, 'Synchronized')?.message ?? ''
}

describe('machines from container images', () => {
  const servers: Server[] = []
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections()
      server.close()
    }
  })
  const serve = async (answer: Parameters<typeof createServer>[1]): Promise<string> => {
    const server = createServer(answer)
    servers.push(server)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return `127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server has an AddressInfo
  }

  it('fail, wait and try again as kubelet does, and start when the image comes', async () => {
    await using cluster = await TestEngine.start()
    const registry = await serve((_request, response) => response.writeHead(404).end())
    const image = `${registry}/team/a:1`
    await cluster.create(from(image))
    await becomes(cluster, 'ErrImagePull')
    expect(await synchronized(cluster, 'ErrImagePull')).toContain(`${image}: not found`)
    expect((await cluster.instance('web'))?.status?.phase).toBe('Scheduling')
    const [pod] = (await cluster.client.list(pods, { namespace })).items
    expect(pod?.status?.containerStatuses).toMatchObject([
      { name: 'volumeroot', image, state: { waiting: { reason: 'ErrImagePull' } } },
    ])
    cluster.clock.leap(2000)
    await becomes(cluster, 'ImagePullBackOff')
    expect(await synchronized(cluster, 'ImagePullBackOff')).toContain(`Back-off pulling image "${image}"`)
    cluster.clock.leap(8000)
    await becomes(cluster, 'ErrImagePull')
    await load(cluster, image, { 'disk/a': disk('a') })
    // The second wait is twice the first.
    cluster.clock.leap(2000)
    await becomes(cluster, 'ImagePullBackOff')
    cluster.clock.leap(18_000)
    const instance = await cluster.running('web')
    expect(getCondition(instance.status?.conditions, 'Synchronized')).toBeUndefined()
    const [root] = cluster.domain(instance).spec.disks
    expect(root).toMatchObject({ format: 'qcow2', readOnly: false, backing: [{ format: 'raw' }] })
  })

  it.each<[string, string, object, string, RegExp]>([
    [
      'an image that is not here with policy Never',
      'registry.invalid/a:1',
      { imagePullPolicy: 'Never' },
      'ErrImageNeverPull',
      /^Container image "registry\.invalid\/a:1" is not present with pull policy of Never/,
    ],
    [
      'a name that is none',
      'Team/A:1',
      {},
      'InvalidImageName',
      /^Failed to apply default image tag "Team\/A:1": couldn't parse image name "Team\/A:1": invalid reference format/,
    ],
    [
      'an image with two disks',
      'registry.invalid/two:1',
      {},
      'FailedCreate',
      /^failed to find a sourceFile in containerDisk root: more than one file found in folder \/disk, only one disk is allowed/,
    ],
  ])('say what is wrong with %s', async (_what, image, more, reason, message) => {
    await using cluster = await TestEngine.start()
    await load(cluster, 'registry.invalid/two:1', { 'disk/a': disk('a'), 'disk/b': disk('b') })
    await cluster.create(from(image, more))
    expect(await synchronized(cluster, reason)).toMatch(message)
  })

  it('can be deleted while the registry does not answer, and the engine ends', async () => {
    let asked = false
    const registry = await serve(() => {
      asked = true
    })
    await using cluster = await TestEngine.start()
    await cluster.create(from(`${registry}/team/a:1`))
    await until('the registry is asked', () => asked, Boolean)
    await cluster.client.delete(virtualMachines, { namespace, name: 'web' })
    await until(
      'web is gone',
      async () => [await cluster.machine('web'), await cluster.instance('web')],
      ([machine, instance]) => machine === undefined && instance === undefined,
    )
  })

  it("signs in with the volume's secret and with those of the default service account", async () => {
    const seen = new Set<string | undefined>()
    const registry = await serve((request, response) => {
      seen.add(request.headers.authorization)
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end()
    })
    await using cluster = await TestEngine.start()
    const secret = (name: string, path: string, type: 'dockerconfigjson' | 'dockercfg') => {
      const auths = { [`${registry}/${path}`]: { auth: Buffer.from(`${name}:secret`).toString('base64') } }
      const text = JSON.stringify(type === 'dockercfg' ? auths : { auths })
      return cluster.client.create(secrets, {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name, namespace },
        type: `kubernetes.io/${type}`,
        data: { [`.${type}`]: Buffer.from(text).toString('base64') },
      })
    }
    await secret('own', 'own', 'dockerconfigjson')
    await secret('account', 'account', 'dockercfg')
    await cluster.client.patch(
      serviceAccounts,
      { namespace, name: 'default' },
      { type: 'merge', patch: { imagePullSecrets: [{ name: 'account' }, { name: 'not-there' }] } },
    )
    const machine = from(`${registry}/own/a:1`, { imagePullSecret: 'own' })
    const { spec } = machine.spec.template
    spec.volumes?.push({ name: 'other', containerDisk: { image: `${registry}/account/a:1` } })
    spec.domain.devices.disks?.push({ name: 'other', disk: {} })
    await cluster.create(machine)
    const basic = (name: string): string => `Basic ${Buffer.from(`${name}:secret`).toString('base64')}`
    await until(
      'both were used',
      () => seen,
      (all) => all.has(basic('own')) && all.has(basic('account')),
    )
  })

  it('share one pull, in whichever namespace and number', async () => {
    await using cluster = await TestEngine.start()
    let asked = 0
    const registry = await serve((_request, response) => {
      asked += 1
      response.writeHead(404).end()
    })
    const names = Array.from({ length: 20 }, (_, index) => `web-${index}`)
    for (const name of names) {
      const machine = from(`${registry}/team/a:1`)
      machine.metadata.name = name
      await cluster.create(machine)
    }
    await load(cluster, `${registry}/team/a:1`, { 'disk/a': disk('a') })
    cluster.clock.leap(2000)
    cluster.clock.leap(10_000)
    const instances = await Promise.all(names.map((name) => cluster.running(name)))
    const bases = instances.map((instance) => cluster.domain(instance).spec.disks[0]?.backing?.[0]?.path)
    expect(new Set(bases).size).toBe(20)
    expect(asked).toBeLessThanOrEqual(20)
  })
})
