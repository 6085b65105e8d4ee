import {
  pools,
  replicaSets,
  virtualMachineInstances,
  virtualMachines,
  type VirtualMachinePool,
  type VirtualMachineInstanceReplicaSet,
} from '@berth/api'
import { controllerOf } from '@berth/meta'
import { controllerRevisions } from '@berth/kube'
import { describe, expect, it } from 'vitest'
import { randomFrom } from '../testing/random.ts'
import { dataVolumeOf, guestSpec, machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'

const labels = { app: 'web' }

function setOf(replicas: number): VirtualMachineInstanceReplicaSet {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstanceReplicaSet',
    metadata: { name: 'web', namespace },
    spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: guestSpec() } },
  }
}

function poolOf(replicas: number, change: Partial<VirtualMachinePool['spec']> = {}): VirtualMachinePool {
  return {
    apiVersion: 'pool.kubevirt.io/v1beta1',
    kind: 'VirtualMachinePool',
    metadata: { name: 'web', namespace },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      virtualMachineTemplate: {
        metadata: { labels },
        spec: {
          runStrategy: 'Always',
          template: { metadata: { labels }, spec: guestSpec({ terminationGracePeriodSeconds: 0 }) },
        },
      },
      ...change,
    },
  }
}

const names = (items: { metadata: { name?: string } }[]): string[] =>
  items.map(({ metadata }) => metadata.name ?? '').sort()
const machinesOf = async ({ client }: TestEngine): Promise<string[]> =>
  names((await client.list(virtualMachines, { namespace })).items)

describe('a replica set', () => {
  const running = (cluster: TestEngine, count: number) =>
    until(
      `${count} run`,
      () => cluster.find(replicaSets, 'web'),
      (set) => set?.status?.replicas === count && set.status.readyReplicas === count,
    )

  it('keeps as many instances as asked for, replaces those that end, and scales both ways', async () => {
    await using cluster = await TestEngine.start({ engine: { random: randomFrom(1) } })
    const { client } = cluster
    await client.create(replicaSets, setOf(3))
    await running(cluster, 3)
    const { items } = await client.list(virtualMachineInstances, { namespace })
    expect(items).toHaveLength(3)
    const [first] = items
    if (first === undefined) throw new Error('no instance')
    expect(controllerOf(first)?.name).toBe('web')
    await cluster.domain(first).destroy()
    await cluster.gone(virtualMachineInstances, first.metadata.name ?? '')
    await running(cluster, 3)

    await client.patch(
      replicaSets,
      { namespace, name: 'web', subresource: 'scale' },
      { type: 'merge', patch: { spec: { replicas: 1 } } },
    )
    await until(
      'one is left',
      () => client.list(virtualMachineInstances, { namespace }),
      (left) => left.items.length === 1,
    )
    await running(cluster, 1)
  })

  it('does nothing while paused, and says so', async () => {
    await using cluster = await TestEngine.start({ engine: { random: randomFrom(1) } })
    const { client } = cluster
    await client.create(replicaSets, { ...setOf(2), spec: { ...setOf(2).spec, paused: true } })
    const set = await until(
      'paused',
      () => cluster.find(replicaSets, 'web'),
      (found) => found?.status?.conditions?.some(({ type }) => type === 'ReplicaPaused') === true,
    )
    expect(set.status?.replicas).toBe(0)
    await client.patch(replicaSets, { namespace, name: 'web' }, { type: 'merge', patch: { spec: { paused: false } } })
    const resumed = await running(cluster, 2)
    expect(resumed.status?.conditions).toEqual([])
  })

  it('lets go of an instance whose labels change, and takes an orphan that fits', async () => {
    await using cluster = await TestEngine.start({ engine: { random: randomFrom(1) } })
    const { client } = cluster
    await client.create(replicaSets, setOf(1))
    await running(cluster, 1)
    const [only] = names((await client.list(virtualMachineInstances, { namespace })).items)
    await client.patch(
      virtualMachineInstances,
      { namespace, name: only ?? '' },
      { type: 'merge', patch: { metadata: { labels: { app: 'other' } } } },
    )
    await until(
      'a second one',
      () => client.list(virtualMachineInstances, { namespace }),
      ({ items }) => items.length === 2 && items.filter((each) => controllerOf(each) !== undefined).length === 1,
    )
    await client.patch(
      virtualMachineInstances,
      { namespace, name: only ?? '' },
      { type: 'merge', patch: { metadata: { labels } } },
    )
    await until(
      'one too many goes',
      () => client.list(virtualMachineInstances, { namespace }),
      ({ items }) => items.length === 1 && items.every((each) => controllerOf(each)?.name === 'web'),
    )
  })
})

describe('a pool', () => {
  const ready = (cluster: TestEngine, count: number) =>
    until(
      `${count} ready`,
      () => cluster.find(pools, 'web'),
      (pool) => pool?.status?.replicas === count && pool.status.readyReplicas === count,
    )

  it('makes numbered machines, fills gaps, and takes out the highest first when told so', async () => {
    await using cluster = await TestEngine.start()
    const { client } = cluster
    const scaleInStrategy = { proactive: { selectionPolicy: { sortPolicy: 'DescendingOrder' } } } as const
    await client.create(pools, poolOf(3, { scaleInStrategy }))
    await ready(cluster, 3)
    expect(await machinesOf(cluster)).toEqual(['web-0', 'web-1', 'web-2'])

    await client.delete(virtualMachines, { namespace, name: 'web-1' })
    await until(
      'web-1 is made anew',
      () => cluster.machine('web-1'),
      (machine) => machine !== undefined && machine.metadata.deletionTimestamp === undefined,
    )
    await ready(cluster, 3)

    await client.patch(
      pools,
      { namespace, name: 'web', subresource: 'scale' },
      { type: 'merge', patch: { spec: { replicas: 1 } } },
    )
    await until(
      'two are gone',
      () => machinesOf(cluster),
      (left) => left.length === 1,
    )
    expect(await machinesOf(cluster)).toEqual(['web-0'])
  })

  it('brings a new template to what runs, a few at a time', async () => {
    await using cluster = await TestEngine.start()
    const { client } = cluster
    await client.create(pools, poolOf(2, { maxUnavailable: 1 }))
    await ready(cluster, 2)
    const patch = {
      spec: { virtualMachineTemplate: { spec: { template: { spec: { domain: { cpu: { cores: 2 } } } } } } },
    }
    await client.patch(pools, { namespace, name: 'web' }, { type: 'merge', patch })
    await until(
      'all have two cores',
      () => {
        cluster.clock.leap(3000)
        return client.list(virtualMachineInstances, { namespace })
      },
      ({ items }) => items.length === 2 && items.every(({ spec }) => spec.domain.cpu?.cores === 2),
    )
    await until(
      'the old revision is gone',
      () => {
        cluster.clock.leap(3000)
        return client.list(controllerRevisions, { namespace })
      },
      ({ items }) => names(items).filter((name) => name.startsWith('web-')).length === 1,
    )
  })

  it('keeps the disks of what it takes out when their state is to be kept', async () => {
    await using cluster = await TestEngine.start()
    const { client } = cluster
    const pool = poolOf(1, { scaleInStrategy: { proactive: { statePreservation: 'Offline' } } })
    pool.spec.virtualMachineTemplate.spec.dataVolumeTemplates = [
      { metadata: { name: 'root' }, spec: dataVolumeOf('root').spec },
    ]
    pool.spec.virtualMachineTemplate.spec.template.spec.volumes = [{ name: 'root', dataVolume: { name: 'root' } }]
    await client.create(pools, pool)
    await ready(cluster, 1)
    await client.patch(pools, { namespace, name: 'web' }, { type: 'merge', patch: { spec: { replicas: 0 } } })
    await cluster.gone(virtualMachines, 'web-0')
    const { services } = cluster.engine
    const claim = await until(
      'the claim is nobody’s',
      () => services.informers.claims.get(namespace, 'root-0'),
      (found) =>
        found !== undefined && !(found.metadata.ownerReferences ?? []).some(({ kind }) => kind === 'VirtualMachine'),
    )
    expect(claim.metadata.deletionTimestamp).toBeUndefined()
  })

  it('lets go of its machines when it is deleted without them', async () => {
    await using cluster = await TestEngine.start()
    const { client } = cluster
    await client.create(pools, poolOf(1))
    await ready(cluster, 1)
    await client.delete(pools, { namespace, name: 'web' }, { propagationPolicy: 'Orphan' })
    await cluster.gone(pools, 'web')
    const machine = await cluster.machine('web-0')
    expect(machine?.metadata.deletionTimestamp).toBeUndefined()
    expect(machine?.metadata.ownerReferences ?? []).toEqual([])
  })

  it('leaves machines of others alone', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create({ ...machineOf('web-0'), metadata: { name: 'web-0', namespace, labels } })
    await cluster.client.create(pools, poolOf(1))
    await ready(cluster, 1)
    expect(await machinesOf(cluster)).toEqual(['web-0', 'web-1'])
  })
})
