/** The controller on a real API server; the test plays CDI, KubeVirt and the guest. */

import {
  dataSources,
  dataVolumes,
  imageBuildAnnotation,
  imageBuilds,
  imageLabel,
  virtualMachineInstances,
  type DataSource,
  type DataVolumePhase,
  type ImageBuild,
  type ImageBuildSpec,
  type ImageBuildStatus,
} from '@berth/api'
import { configMaps, createClient, namespaces, pods, secrets, type Transport } from '@berth/kube'
import { unlessMissing, type JsonObject } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { startControllers } from '../start.ts'
import { TestCluster } from '../testing/cluster.ts'

const namespace = 'default'

class World implements AsyncDisposable {
  readonly cluster: TestCluster
  /** What guests printed, by pod. */
  readonly printed = new Map<string, string>()
  readonly #running: ReturnType<typeof startControllers>

  private constructor(cluster: TestCluster) {
    this.cluster = cluster
    this.#running = startControllers({
      client: createClient(this.#withLogs(cluster.transport())),
      clock: cluster.clock,
      random: () => 0,
      identity: 'test',
      only: ['image-builds'],
    })
  }

  static async start(): Promise<World> {
    const world = new World(await TestCluster.start())
    await world.cluster.settle()
    return world
  }

  /** A server without nodes has no logs of pods. */
  #withLogs(transport: Transport): Transport {
    return {
      ...transport,
      request: async (request) => {
        const [, pod] = /\/pods\/([^/]+)\/log\?/.exec(request.path) ?? []
        if (pod === undefined) return transport.request(request)
        expect(request.path).toContain('container=guest-console-log')
        const body = Buffer.from(this.printed.get(pod) ?? '')
        return {
          code: 200,
          headers: {},
          body: (async function* () {
            yield body
          })(),
        }
      },
    }
  }

  get client() {
    return this.cluster.client
  }

  async build(spec: Partial<ImageBuildSpec> = {}, name = 'web-image'): Promise<void> {
    const build: ImageBuild = {
      apiVersion: 'berth.dev/v1alpha1',
      kind: 'ImageBuild',
      metadata: { name, namespace },
      spec: { from: { http: { url: 'https://images.example/base.qcow2' } }, publish: { name: 'web' }, ...spec },
    }
    await this.client.create(imageBuilds, build)
    await this.look()
  }

  async look(): Promise<void> {
    for (let turn = 0; turn < 3; turn += 1) await this.cluster.advance(3000)
  }

  async status(name = 'web-image'): Promise<ImageBuildStatus> {
    return (await this.client.get(imageBuilds, { namespace, name })).status ?? {}
  }

  /** What CDI would come to. */
  async disk(name: string, phase: DataVolumePhase = 'Succeeded', message?: string): Promise<void> {
    const disk = await this.client.get(dataVolumes, { namespace, name })
    const running = {
      type: 'Running',
      status: 'False' as const,
      reason: 'Error',
      ...(message === undefined ? {} : { message }),
    }
    await this.client.update(dataVolumes, {
      ...disk,
      status: { phase, ...(message === undefined ? {} : { conditions: [running] }) },
    })
    await this.look()
  }

  async machine(name: string, phase: 'Running' | 'Succeeded' | 'Failed', words: string[] = []): Promise<void> {
    const machine = await this.client.get(virtualMachineInstances, { namespace, name })
    const pod = `virt-launcher-${name}`
    if ((await unlessMissing(this.client.get(pods, { namespace, name: pod }))) === undefined) {
      await this.client.create(pods, {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: pod, namespace, labels: { 'kubevirt.io/created-by': machine.metadata.uid ?? '' } },
        spec: { containers: [{ name: 'compute', image: 'x' }] },
      })
    }
    const secret = await this.client.get(secrets, { namespace, name })
    const token = Buffer.from(secret.data?.['token'] ?? '', 'base64').toString()
    this.printed.set(pod, words.map((word) => word.replace('==', `berth-image-build ${token}`)).join('\r\n') + '\r\n')
    await this.client.update(virtualMachineInstances, { ...machine, status: { phase } })
    await this.look()
  }

  /** From made to published. */
  async complete(name = 'web-image', image = 'web-v1'): Promise<void> {
    await this.disk(`${name}-build`)
    await this.machine(`${name}-build`, 'Succeeded', ['== step 1/1 seal', '== done'])
    await this.disk(image)
  }

  async names(): Promise<{ disks: string[]; sources: string[]; machines: string[]; secrets: string[] }> {
    const of = ({ items }: { items: { metadata: { name?: string } }[] }): string[] =>
      items.map(({ metadata }) => metadata.name ?? '').toSorted()
    return {
      disks: of(await this.client.list(dataVolumes, { namespace })),
      sources: of(await this.client.list(dataSources, { namespace })),
      machines: of(await this.client.list(virtualMachineInstances, { namespace })),
      secrets: of(await this.client.list(secrets, { namespace })),
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running.stop()
    await this.cluster[Symbol.asyncDispose]()
  }
}

describe('an image build', () => {
  it('makes a disk, sets it up in a machine, and publishes it as a version', async () => {
    await using world = await World.start()
    await world.build({
      customise: { packages: ['nginx'] },
      size: '10Gi',
      publish: {
        name: 'web',
        description: 'Web server',
        preference: { name: 'debian' },
        instancetype: { name: 'u1.small' },
      },
    })
    expect(await world.status()).toMatchObject({
      phase: 'Preparing',
      message: 'disk "web-image-build" is being filled',
    })
    const disk = await world.client.get(dataVolumes, { namespace, name: 'web-image-build' })
    expect(disk.spec).toEqual({
      source: { http: { url: 'https://images.example/base.qcow2' } },
      storage: { resources: { requests: { storage: '10Gi' } } },
    })
    await world.disk('web-image-build')
    expect(await world.status()).toMatchObject({ phase: 'Customising', message: 'the machine is being started' })
    const machine = await world.client.get(virtualMachineInstances, { namespace, name: 'web-image-build' })
    expect(machine.spec.volumes).toEqual([
      { name: 'root', dataVolume: { name: 'web-image-build' } },
      { name: 'script', cloudInitNoCloud: { secretRef: { name: 'web-image-build' } } },
    ])
    await world.machine('web-image-build', 'Running', ['Booting', '== step 1/2 install packages', 'Unpacking nginx'])
    expect(await world.status()).toMatchObject({
      step: '1/2 install packages',
      progress: '0%',
      message: 'install packages',
    })
    const log = await world.client.get(configMaps, { namespace, name: 'web-image-log' })
    expect(log.data?.['log']).toBe('Booting\n== step 1/2 install packages\nUnpacking nginx\n')
    await world.machine('web-image-build', 'Succeeded', ['== step 1/2 install packages', '== step 2/2 seal', '== done'])
    expect(await world.status()).toMatchObject({
      phase: 'Publishing',
      version: 1,
      message: 'disk "web-v1" is being filled',
    })
    expect(await world.names()).toMatchObject({
      disks: ['web-image-build', 'web-v1'],
      sources: [],
      machines: [],
      secrets: [],
    })
    await world.disk('web-v1')
    expect(await world.status()).toMatchObject({
      phase: 'Succeeded',
      version: 1,
      dataSource: { namespace, name: 'web-v1' },
      logConfigMap: 'web-image-log',
      conditions: [{ type: 'Complete', status: 'True', message: 'published as version 1' }],
    })
    expect(await world.names()).toMatchObject({ disks: ['web-v1'], sources: ['web', 'web-v1'] })
    const newest = await world.client.get(dataSources, { namespace, name: 'web' })
    expect(newest.spec).toEqual({ source: { pvc: { namespace, name: 'web-v1' } } })
    expect(newest.metadata.labels).toEqual({
      'berth.dev/image': 'web',
      'instancetype.kubevirt.io/default-instancetype': 'u1.small',
      'instancetype.kubevirt.io/default-preference': 'debian',
    })
  })

  it('publishes the next version, moves the name to it, and deletes what is not to be kept', async () => {
    await using world = await World.start()
    for (const version of [1, 2, 3]) {
      const name = `build${version}`
      await world.build({ keepVersions: 2 }, name)
      await world.complete(name, `web-v${version}`)
    }
    expect(await world.names()).toMatchObject({ disks: ['web-v2', 'web-v3'], sources: ['web', 'web-v2', 'web-v3'] })
    const newest = await world.client.get(dataSources, { namespace, name: 'web' })
    expect(newest.spec).toEqual({ source: { pvc: { namespace, name: 'web-v3' } } })
    await world.client.delete(imageBuilds, { namespace, name: 'build3' })
    await world.look()
    expect(await world.names()).toMatchObject({ disks: ['web-v2', 'web-v3'] })
  })

  it.each<[string, string[], 'Succeeded' | 'Failed' | 'Running', RegExp]>([
    [
      'a step fails',
      ['== step 1/2 command 1 of 1', 'oops', '== failed 7 1/2 command 1 of 1'],
      'Running',
      /"command 1 of 1" failed with exit code 7: see the end of the log in ConfigMap "web-image-log"/,
    ],
    [
      'the machine stops on its own',
      ['== step 1/2 command 1 of 1'],
      'Succeeded',
      /stopped during "1\/2 command 1 of 1"/,
    ],
    ['the machine breaks at once', [], 'Failed', /stopped before it began with the work/],
    [
      'it is told that all is done by somebody else',
      ['berth-image-build forged done'],
      'Succeeded',
      /stopped before it began/,
    ],
  ])('fails in plain words and cleans up when %s', async (_what, words, phase, message) => {
    await using world = await World.start()
    await world.build()
    await world.disk('web-image-build')
    await world.machine('web-image-build', phase, words)
    expect(await world.status()).toMatchObject({ phase: 'Failed', message: expect.stringMatching(message) })
    expect(await world.names()).toEqual({ disks: [], sources: [], machines: [], secrets: [] })
    expect((await world.client.get(configMaps, { namespace, name: 'web-image-log' })).data).toBeDefined()
  })

  it.each<[string, Partial<ImageBuildSpec>, RegExp]>([
    [
      'its source is not there',
      { from: { dataSource: { name: 'none' } } },
      /no DataSource "none" in namespace "default"/,
    ],
    [
      'it would read another namespace',
      { from: { pvc: { name: 'secret', namespace: 'finance' } } },
      /may not read disks of namespace "finance"/,
    ],
    [
      'it would publish in another namespace',
      { publish: { name: 'web', namespace: 'prod' } },
      /may not publish in namespace "prod"/,
    ],
  ])('fails at once when %s', async (_what, spec, message) => {
    await using world = await World.start()
    await world.build(spec)
    expect(await world.status()).toMatchObject({ phase: 'Failed', message: expect.stringMatching(message) })
    expect((await world.names()).disks).toEqual([])
  })

  it('reads no disk of another namespace by way of a DataSource that somebody else made here', async () => {
    await using world = await World.start()
    for (const [name, source] of [
      ['lent', { pvc: { namespace: 'finance', name: 'secret' } }],
      ['chain', { dataSource: { namespace, name: 'lent' } }],
    ] as const) {
      await world.client.create(dataSources, {
        apiVersion: 'cdi.kubevirt.io/v1beta1',
        kind: 'DataSource',
        metadata: { name, namespace },
        spec: { source },
      })
    }
    for (const name of ['lent', 'chain']) {
      await world.build({ from: { dataSource: { name } } }, `from-${name}`)
      const message = expect.stringMatching(/may not read disks of namespace "finance"/)
      expect(await world.status(`from-${name}`)).toMatchObject({ phase: 'Failed', message })
    }
    expect((await world.names()).disks).toEqual([])
  })

  it('leaves alone what was published from another namespace, though it may publish there', async () => {
    await using world = await World.start()
    const rbac = 'rbac.authorization.k8s.io'
    await world.client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'prod' } })
    const objects: [string, JsonObject][] = [
      ['roles', { rules: [{ apiGroups: ['cdi.kubevirt.io'], resources: ['*'], verbs: ['create'] }] }],
      [
        'rolebindings',
        {
          roleRef: { apiGroup: rbac, kind: 'Role', name: 'publisher' },
          subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
        },
      ],
    ]
    for (const [kind, body] of objects) {
      await world.client.raw({
        method: 'POST',
        path: `/apis/${rbac}/v1/namespaces/prod/${kind}`,
        body: {
          apiVersion: `${rbac}/v1`,
          kind: kind === 'roles' ? 'Role' : 'RoleBinding',
          metadata: { name: 'publisher' },
          ...body,
        },
      })
    }
    const theirs: DataSource = {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataSource',
      metadata: {
        name: 'web',
        namespace: 'prod',
        labels: { [imageLabel]: 'web' },
        annotations: { [imageBuildAnnotation]: 'team/web' },
      },
      spec: { source: { pvc: { namespace: 'prod', name: 'web-v1' } } },
    }
    await world.client.create(dataSources, theirs)
    await world.build({ publish: { name: 'web', namespace: 'prod' } })
    expect(await world.status()).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('published from another namespace'),
    })
  })

  it('fails when its source cannot be had, and says why', async () => {
    await using world = await World.start()
    await world.build()
    await world.disk('web-image-build', 'ImportInProgress', 'images.example answered 404')
    expect(await world.status()).toMatchObject({
      phase: 'Preparing',
      message: 'disk "web-image-build": images.example answered 404',
    })
    await world.disk('web-image-build', 'Failed', 'images.example answered 404')
    expect(await world.status()).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('cannot be made: images.example'),
    })
  })

  it('fails for what its files and users refer to', async () => {
    await using world = await World.start()
    const files = [{ path: '/etc/key', secretRef: { name: 'keys', key: 'tls' } }]
    await world.build({ customise: { files } })
    await world.disk('web-image-build')
    expect(await world.status()).toMatchObject({
      message: 'the content of /etc/key is missing: there is no Secret "keys" in namespace "default"',
    })
  })

  it('ends when it is cancelled, and when it takes too long', async () => {
    await using world = await World.start()
    await world.build({ timeoutSeconds: 60 }, 'slow')
    await world.disk('slow-build')
    await world.machine('slow-build', 'Running')
    await world.cluster.advance(61_000)
    expect(await world.status('slow')).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('must run cloud-init'),
    })
    await world.build({}, 'unwanted')
    await world.client.patch(
      imageBuilds,
      { namespace, name: 'unwanted' },
      { type: 'merge', patch: { spec: { cancel: true } } },
    )
    await world.look()
    expect(await world.status('unwanted')).toMatchObject({
      phase: 'Cancelled',
      message: 'cancelled; nothing was published',
    })
    expect(await world.names()).toEqual({ disks: [], sources: [], machines: [], secrets: [] })
  })

  it('leaves nothing when it is deleted while its version is made', async () => {
    await using world = await World.start()
    await world.build()
    await world.disk('web-image-build')
    await world.machine('web-image-build', 'Succeeded', ['== done'])
    expect((await world.names()).disks).toContain('web-v1')
    await world.client.delete(imageBuilds, { namespace, name: 'web-image' })
    await world.look()
    expect((await world.names()).disks).not.toContain('web-v1')
  })

  it('does not take a name that is somebody else’s', async () => {
    await using world = await World.start()
    const theirs = {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataSource',
      metadata: { name: 'web', namespace },
      spec: { source: {} },
    }
    await world.client.create(dataSources, theirs)
    await world.build()
    expect(await world.status()).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('no image build made'),
    })
  })

  it.each(['', 'theirs', '(a*)*b'])('takes no secret of somebody else’s for its own (%s)', async (token) => {
    await using world = await World.start()
    const data: Record<string, string> = token === '' ? {} : { token: Buffer.from(token).toString('base64') }
    await world.client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'web-image-build', namespace },
      data,
    })
    await world.build()
    await world.disk('web-image-build')
    expect(await world.status()).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('not of this build'),
    })
    expect((await world.names()).secrets).toEqual(['web-image-build'])
  })

  it('is not led by a word that somebody wrote into its secret', async () => {
    await using world = await World.start()
    await world.build()
    await world.disk('web-image-build')
    const patch = { data: { token: Buffer.from('(([^x]*)*)*!').toString('base64') } }
    await world.client.patch(secrets, { namespace, name: 'web-image-build' }, { type: 'merge', patch })
    await world.machine('web-image-build', 'Running', ['a'.repeat(40)])
    expect(await world.status()).toMatchObject({ phase: 'Failed', message: expect.stringContaining('was changed') })
  })

  it('says that Debian from packages is for the embedded engine where nobody builds it', async () => {
    await using world = await World.start()
    await world.build({ from: { debian: { release: 'bookworm' } } })
    expect(await world.status()).toMatchObject({ phase: 'Preparing', message: 'waiting for the base image debian-12' })
    await world.cluster.advance(120_000)
    expect(await world.status()).toMatchObject({
      phase: 'Failed',
      message: expect.stringContaining('only the embedded engine does'),
    })
  })
})
