import { virtualMachineInstances, virtualMachines } from '@berth/api'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { configMaps, nodes, persistentVolumeClaims, secrets, type PersistentVolumeClaim } from '@berth/kube'
import { getCondition } from '@berth/meta'
import { describe, expect, it, onTestFinished } from 'vitest'
import { instanceOf, machineOf } from '../testing/manifests.ts'
import { namespace, temporaryFolder, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

/** Waits until the instance says, in its Synchronized condition, why it does not run. */
async function saysWhy(cluster: TestEngine, name: string, words: string): Promise<void> {
  await until(
    `${name} says ${words}`,
    () => cluster.instance(name),
    (found) => getCondition(found?.status?.conditions, 'Synchronized')?.message?.includes(words) === true,
  )
}

function claimOf(name: string): PersistentVolumeClaim {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '8Mi' } } },
  }
}

const onClaim = (shareable?: boolean) => ({
  volumes: [{ name: 'root', persistentVolumeClaim: { claimName: 'data' } }],
  domain: {
    memory: { guest: '64Mi' },
    devices: { disks: [{ name: 'root', disk: {}, ...(shareable === undefined ? {} : { shareable }) }] },
  },
})

describe('a machine whose parts come late', () => {
  it('waits for a secret, says so, and starts by itself', async () => {
    await using cluster = await TestEngine.start()
    const volumes = [{ name: 'seed', cloudInitNoCloud: { secretRef: { name: 'seed' } } }]
    await cluster.create(machineOf('web', { spec: { volumes } }))
    await saysWhy(cluster, 'web', 'seed')
    const machine = await until(
      'the machine says it too',
      () => cluster.machine('web'),
      (found) =>
        (found?.status?.conditions ?? []).some((entry) => entry.type === 'Synchronized' && entry.status === 'False'),
    )
    expect(machine.status?.printableStatus).toBe('Starting')
    await cluster.client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'seed', namespace },
      data: { userdata: Buffer.from('#cloud-config\n').toString('base64') },
    })
    cluster.clock.leap(3000)
    const instance = await cluster.running('web')
    expect(getCondition(instance.status?.conditions, 'Synchronized')).toBeUndefined()
    expect(cluster.domain(instance).spec.disks[0]).toMatchObject({ name: 'seed', format: 'raw' })
  })

  it('waits for a config map, unless it is optional', async () => {
    await using cluster = await TestEngine.start()
    const volumes = [
      { name: 'maybe', configMap: { name: 'nothing', optional: true } },
      { name: 'conf', configMap: { name: 'conf' } },
    ]
    await cluster.create(machineOf('web', { spec: { volumes } }))
    await saysWhy(cluster, 'web', 'conf')
    const data = { 'app.conf': 'a=b' }
    await cluster.client.create(configMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'conf', namespace },
      data,
    })
    cluster.clock.leap(3000)
    await cluster.running('web')
  })

  it('waits for a claim', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { spec: onClaim() }))
    await cluster.shows('web', 'ErrorPvcNotFound')
    await cluster.client.create(persistentVolumeClaims, claimOf('data'))
    await cluster.running('web')
  })

  it('waits for a file of the host, only below the allowed folders', async () => {
    const folder = await temporaryFolder()
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    await using cluster = await TestEngine.start({ engine: { hostDiskFolders: [folder] } })
    const path = join(folder, 'disk.img')
    const volumes = [{ name: 'root', hostDisk: { path, type: 'Disk' as const } }]
    await cluster.create(machineOf('web', { spec: { volumes } }))
    await saysWhy(cluster, 'web', path)
    await writeFile(path, Buffer.alloc(1024 ** 2))
    cluster.clock.leap(3000)
    await cluster.running('web')
    const outside = [{ name: 'root', hostDisk: { path: '/etc/passwd', type: 'Disk' as const } }]
    await expect(cluster.create(machineOf('bad', { spec: { volumes: outside } }))).rejects.toMatchObject({
      code: 'Invalid',
    })
  })
})

describe('two machines and one disk', () => {
  it('the second waits, says for whom, and starts when the first has ended', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(persistentVolumeClaims, claimOf('data'))
    await cluster.create(machineOf('one', { spec: onClaim() }))
    await cluster.running('one')
    await cluster.create(machineOf('two', { spec: onClaim() }))
    await saysWhy(cluster, 'two', 'in use by VirtualMachineInstance "default/one"')
    await cluster.act('one', 'stop')
    await cluster.running('two')
    await cluster.act('one', 'start')
    await saysWhy(cluster, 'one', 'in use by VirtualMachineInstance "default/two"')
    expect((await cluster.machine('one'))?.status).not.toHaveProperty('startFailure')
  })

  it('never both write, when they start at the same moment', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(persistentVolumeClaims, claimOf('data'))
    const names = ['a', 'b', 'c', 'd', 'e']
    await Promise.all(names.map((name) => cluster.create(machineOf(name, { spec: onClaim() }))))
    await until(
      'one runs, and all others wait',
      () => cluster.client.list(virtualMachineInstances, { namespace }),
      ({ items }) =>
        items.some(({ status }) => status?.phase === 'Running') &&
        items.filter((item) => getCondition(item.status?.conditions, 'Synchronized')?.message?.includes('in use'))
          .length === 4,
    )
    expect(cluster.engine.services.driver.list()).toHaveLength(1)
  })

  it('run both when both say that they share it', async () => {
    await using cluster = await TestEngine.start()
    const claim = claimOf('data')
    // Tables of a qcow2 image are one machine's.
    const shared: PersistentVolumeClaim['spec'] = { storageClassName: 'local-raw', accessModes: ['ReadWriteMany'] }
    await cluster.client.create(persistentVolumeClaims, { ...claim, spec: { ...claim.spec, ...shared } })
    await cluster.create(machineOf('one', { spec: onClaim(true) }))
    await cluster.create(machineOf('two', { spec: onClaim(true) }))
    await cluster.running('one')
    await cluster.running('two')
  })

  it('keep a claim that is deleted until the machine has ended', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(persistentVolumeClaims, claimOf('data'))
    await cluster.create(machineOf('one', { spec: onClaim() }))
    await cluster.running('one')
    await cluster.client.delete(persistentVolumeClaims, { namespace, name: 'data' })
    const claim = await cluster.find(persistentVolumeClaims, 'data')
    expect(claim?.metadata.deletionTimestamp).toBeDefined()
    await cluster.act('one', 'stop')
    await cluster.gone(persistentVolumeClaims, 'data')
  })
})

describe('the place of a machine', () => {
  it('is the node its selector names, or none, with the reason', async () => {
    await using cluster = await TestEngine.start({ engine: { nodes: 3 } })
    const nodeSelector = { 'kubernetes.io/hostname': 'node-2' }
    await cluster.create(machineOf('web', { spec: { nodeSelector } }))
    expect((await cluster.running('web')).status?.nodeName).toBe('node-2')
    await cluster.create(machineOf('lost', { spec: { nodeSelector: { disk: 'ssd' } } }))
    const machine = await cluster.shows('lost', 'ErrorUnschedulable')
    expect(getCondition(machine.status?.conditions, 'PodScheduled')?.message).toBe(
      "0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector.",
    )
    await cluster.client.patch(
      nodes,
      { name: 'node-3' },
      { type: 'merge', patch: { metadata: { labels: { disk: 'ssd' } } } },
    )
    expect((await cluster.running('lost')).status?.nodeName).toBe('node-3')
  })

  it('comes free when another machine ends', async () => {
    await using cluster = await TestEngine.start()
    const [node] = (await cluster.client.list(nodes)).items
    const bytes = Number.parseInt(node?.status?.allocatable?.['memory'] ?? '0', 10)
    const unit = /[A-Za-z]+$/.exec(node?.status?.allocatable?.['memory'] ?? '')?.[0] ?? ''
    const most = { domain: { memory: { guest: `${Math.floor(bytes * 0.7)}${unit}` }, devices: {} } }
    await cluster.create(machineOf('one', { spec: most }))
    await cluster.running('one')
    await cluster.create(machineOf('two', { spec: most }))
    const machine = await cluster.shows('two', 'ErrorUnschedulable')
    expect(getCondition(machine.status?.conditions, 'PodScheduled')?.message).toContain('1 Insufficient memory')
    await cluster.client.delete(virtualMachines, { namespace, name: 'one' })
    await cluster.running('two')
  })

  it('counts what machines ask for; that their guests may use more than there is, they are told', async () => {
    await using cluster = await TestEngine.start()
    const [node] = (await cluster.client.list(nodes)).items
    const memory = node?.status?.allocatable?.['memory'] ?? '0'
    const guest = `${Math.floor(Number.parseInt(memory, 10) * 0.7)}${/[A-Za-z]*$/.exec(memory)?.[0] ?? ''}`
    const spec = { domain: { memory: { guest }, resources: { requests: { memory: '64Mi' } }, devices: {} } }
    await cluster.create(machineOf('one', { spec }))
    await cluster.running('one')
    await cluster.create(machineOf('two', { spec }))
    await cluster.running('two')
    const told = await until(
      'the second one is told',
      () => cluster.events('two'),
      (events) => events.some((event) => event.startsWith('MemoryOvercommitted: ')),
    )
    expect(told.find((event) => event.startsWith('MemoryOvercommitted'))).toContain('the guests of node node-1 may use')
    expect((await cluster.events('one')).filter((event) => event.startsWith('MemoryOvercommitted'))).toEqual([])
  })

  it('is not given twice to machines that come together', async () => {
    await using cluster = await TestEngine.start()
    const [node] = (await cluster.client.list(nodes)).items
    const memory = node?.status?.allocatable?.['memory'] ?? '0'
    const most = {
      domain: {
        memory: { guest: `${Math.floor(Number.parseInt(memory, 10) * 0.4)}${/[A-Za-z]*$/.exec(memory)?.[0] ?? ''}` },
        devices: {},
      },
    }
    await Promise.all(['a', 'b', 'c', 'd'].map((name) => cluster.create(machineOf(name, { spec: most }))))
    await until(
      'two run and two wait',
      () => cluster.client.list(virtualMachineInstances, { namespace }),
      ({ items }) =>
        items.filter((item) => item.status?.phase === 'Running').length === 2 &&
        items.filter((item) => getCondition(item.status?.conditions, 'PodScheduled')?.status === 'False').length === 2,
    )
  })
})

describe('a changed template', () => {
  it('asks for a restart until it is undone or done', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web'))
    await cluster.running('web')
    await cluster.shows('web', 'Running')
    const guest = async (size: string): Promise<void> => {
      const patch = { spec: { template: { spec: { domain: { memory: { guest: size } } } } } }
      await cluster.client.patch(virtualMachines, { namespace, name: 'web' }, { type: 'merge', patch })
    }
    const condition = (wanted: boolean) =>
      until(
        'the condition',
        () => cluster.machine('web'),
        (found) => (getCondition(found?.status?.conditions, 'RestartRequired') !== undefined) === wanted,
      )
    await guest('96Mi')
    expect(getCondition((await condition(true)).status?.conditions, 'RestartRequired')?.status).toBe('True')
    await guest('64Mi')
    await condition(false)
    await guest('32Mi')
    const smaller = await condition(true)
    expect(getCondition(smaller.status?.conditions, 'RestartRequired')?.message).toContain('memory')
    await cluster.act('web', 'restart')
    await condition(false)
    const instance = await cluster.running('web')
    expect(cluster.domain(instance).spec.memoryMiB).toBe(32)
  })
})

describe('names', () => {
  it.each(['web.prod', '9', `${'a'.repeat(62)}.b`, `a${'-b'.repeat(100)}`])(
    'runs a machine called %s',
    async (name) => {
      await using cluster = await TestEngine.start()
      await cluster.create(machineOf(name))
      const instance = await cluster.running(name)
      expect(cluster.domain(instance).spec.nics[0]?.network.hostname).toMatch(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/)
      await cluster.client.delete(virtualMachines, { namespace, name })
      await cluster.gone(virtualMachines, name)
    },
  )
})

describe('an instance by itself', () => {
  it('runs, cannot be changed by people, and stays where it ended', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(virtualMachineInstances, instanceOf('lone'))
    const instance = await cluster.running('lone')
    const patch = { spec: { terminationGracePeriodSeconds: 5 } }
    await expect(
      cluster.client.patch(virtualMachineInstances, { namespace, name: 'lone' }, { type: 'merge', patch }),
    ).rejects.toMatchObject({ code: 'Invalid' })
    await cluster.client.patch(
      virtualMachineInstances,
      { namespace, name: 'lone' },
      { type: 'merge', patch: { status: { phase: 'Failed' } } },
    )
    expect((await cluster.instance('lone'))?.status?.phase).toBe('Running')
    await cluster.domain(instance).powerDown()
    await until(
      'ended',
      () => cluster.instance('lone'),
      (found) => found?.status?.phase === 'Succeeded',
    )
    expect((await cluster.instance('lone'))?.status?.phaseTransitionTimestamps?.map((entry) => entry.phase)).toEqual([
      'Pending',
      'Scheduling',
      'Scheduled',
      'Running',
      'Succeeded',
    ])
  })
})
