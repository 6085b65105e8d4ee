import {
  volumeSnapshotClasses,
  volumeSnapshotContents,
  volumeSnapshots,
  virtualMachines,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
  type VolumeSnapshot,
} from '@berth/api'
import { DriverError } from '@berth/hypervisor'
import { persistentVolumeClaims } from '@berth/kube'
import { StatusError } from '@berth/meta'
import { describe, expect, it, vi } from 'vitest'
import { machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { readySnapshot, snapshotOf, twoDisks, valueIn, writeTo } from './testing.ts'

const frozenNote = 'berth.dev/unfreeze-at'

async function running(cluster: TestEngine) {
  await cluster.create(machineOf('web', twoDisks))
  const instance = await cluster.running('web')
  await until(
    'the agent is known',
    () => cluster.instance('web'),
    (found) => (found?.status?.conditions ?? []).some(({ type }) => type === 'AgentConnected'),
  )
  return cluster.domain(instance)
}

describe('the guest of a snapshot', () => {
  it('holds its writers while the disks are frozen, and no longer', async () => {
    await using cluster = await TestEngine.start()
    const domain = await running(cluster)
    const order: string[] = []
    const spies = [
      vi.spyOn(domain.agent, 'freeze').mockImplementation(async () => void order.push('freeze')),
      vi.spyOn(domain.agent, 'isFrozen').mockImplementation(async () => order.at(-1) !== 'thaw' && order.length > 0),
      vi.spyOn(domain.agent, 'thaw').mockImplementation(async () => void order.push('thaw')),
    ]
    const snapshotDisks = domain.snapshotDisks.bind(domain)
    spies.push(
      vi.spyOn(domain, 'snapshotDisks').mockImplementation(async (overlays) => {
        order.push(`snapshot of ${overlays.length}`)
        await snapshotDisks(overlays)
      }) as (typeof spies)[0],
    )
    await cluster.client.create(virtualMachineSnapshots, snapshotOf('web', 'monday'))
    await readySnapshot(cluster, 'monday')
    expect(order).toEqual(['freeze', 'snapshot of 2', 'thaw'])
    expect((await cluster.instance('web'))?.metadata.annotations?.[frozenNote]).toBeUndefined()
    for (const spy of spies) spy.mockRestore()
  })

  it('is let go when the disks cannot be frozen; the snapshot fails at its deadline and leaves nothing', async () => {
    await using cluster = await TestEngine.start()
    const domain = await running(cluster)
    let frozen = false
    vi.spyOn(domain.agent, 'freeze').mockImplementation(async () => void (frozen = true))
    vi.spyOn(domain.agent, 'thaw').mockImplementation(async () => void (frozen = false))
    vi.spyOn(domain.agent, 'isFrozen').mockImplementation(async () => frozen)
    vi.spyOn(domain, 'snapshotDisks').mockRejectedValue(new DriverError('NoSpace', 'no space left'))
    await cluster.client.create(virtualMachineSnapshots, snapshotOf('web', 'monday'))
    await until(
      'the snapshot says why',
      () => cluster.find(virtualMachineSnapshots, 'monday'),
      (snapshot) => snapshot?.status?.error?.message?.includes('no space left') === true,
    )
    // It is tried again and again; in between the guest goes on.
    await until(
      'the guest goes on',
      () => frozen,
      (held) => !held,
    )
    expect((await cluster.machine('web'))?.status?.snapshotInProgress).toBe('monday')
    cluster.clock.leap(301_000)
    const failed = await until(
      'it failed',
      () => cluster.find(virtualMachineSnapshots, 'monday'),
      (snapshot) => snapshot?.status?.phase === 'Failed',
    )
    expect(failed.status?.conditions).toContainEqual(
      expect.objectContaining({ type: 'Failure', status: 'True', reason: 'snapshot deadline exceeded' }),
    )
    expect(failed.status?.readyToUse).toBe(false)
    await until(
      'the machine is free',
      () => cluster.machine('web'),
      (machine) => machine?.status?.snapshotInProgress === undefined,
    )
    await until(
      'no contents',
      async () => [
        ...(await cluster.client.list(virtualMachineSnapshotContents, { namespace })).items,
        ...(await cluster.client.list(volumeSnapshots, { namespace })).items,
        ...(await cluster.client.list(volumeSnapshotContents)).items,
      ],
      (left) => left.length === 0,
    )
    expect(await cluster.engine.services.volumes.listSnapshots()).toEqual([])
  })

  it('is held until the deadline of the snapshot and no longer; what was frozen after it is not kept', async () => {
    await using cluster = await TestEngine.start()
    const domain = await running(cluster)
    let frozen = false
    vi.spyOn(domain.agent, 'freeze').mockImplementation(async () => void (frozen = true))
    vi.spyOn(domain.agent, 'thaw').mockImplementation(async () => void (frozen = false))
    vi.spyOn(domain.agent, 'isFrozen').mockImplementation(async () => frozen)
    const block = Promise.withResolvers<void>()
    const snapshotDisks = domain.snapshotDisks.bind(domain)
    vi.spyOn(domain, 'snapshotDisks').mockImplementation(async (overlays) => {
      await block.promise
      await snapshotDisks(overlays)
    })
    const begun = cluster.clock.now().getTime()
    const slow = snapshotOf('web', 'monday')
    slow.spec.failureDeadline = '30s'
    await cluster.client.create(virtualMachineSnapshots, slow)
    const instance = await until(
      'it is held',
      () => cluster.instance('web'),
      (found) => found?.metadata.annotations?.[frozenNote] !== undefined,
    )
    const thawAt = new Date(instance.metadata.annotations?.[frozenNote] ?? '').getTime()
    expect(thawAt - begun).toBeGreaterThanOrEqual(29_000)
    expect(thawAt).toBeLessThanOrEqual(cluster.clock.now().getTime() + 30_000)
    cluster.clock.leap(25_000)
    expect(frozen).toBe(true)
    await until(
      'it is let go',
      () => {
        cluster.clock.leap(1000)
        return frozen
      },
      (held) => !held,
    )
    block.resolve()
    await until(
      'it failed',
      () => cluster.find(virtualMachineSnapshots, 'monday'),
      (found) => found?.status?.phase === 'Failed',
    )
    // What was frozen too late is not kept.
    await until(
      'nothing is left',
      async () => [
        ...(await cluster.client.list(virtualMachineSnapshotContents, { namespace })).items,
        ...(await cluster.engine.services.volumes.listSnapshots()),
      ],
      (left) => left.length === 0,
    )
  })

  it('that lets go too early is told: the snapshot is as after a power cut', async () => {
    await using cluster = await TestEngine.start()
    const domain = await running(cluster)
    let frozen = false
    vi.spyOn(domain.agent, 'freeze').mockImplementation(async () => void (frozen = true))
    vi.spyOn(domain.agent, 'isFrozen').mockImplementation(async () => frozen)
    const snapshotDisks = domain.snapshotDisks.bind(domain)
    vi.spyOn(domain, 'snapshotDisks').mockImplementation(async (overlays) => {
      // As Windows does after ten seconds.
      frozen = false
      await snapshotDisks(overlays)
    })
    await cluster.client.create(virtualMachineSnapshots, snapshotOf('web', 'monday'))
    await until(
      'it is told',
      () => cluster.find(virtualMachineSnapshots, 'monday'),
      (found) => found?.status?.error?.message?.startsWith('fsfreeze is limited') === true,
    )
    cluster.clock.leap(5000)
    const snapshot = await readySnapshot(cluster, 'monday')
    expect(snapshot.status?.indications).toEqual(['GuestAgent', 'Online', 'QuiesceTimeout'])
    expect(snapshot.status?.error).toBeUndefined()
  })

  it('that cannot be held is asked every five seconds, whatever is written meanwhile', async () => {
    await using cluster = await TestEngine.start()
    const domain = await running(cluster)
    const freeze = vi.spyOn(domain.agent, 'freeze').mockRejectedValue(new DriverError('Timeout', 'the agent is silent'))
    await cluster.client.create(virtualMachineSnapshots, snapshotOf('web', 'monday'))
    const failed = await until(
      'the snapshot says why',
      () => cluster.find(virtualMachineSnapshots, 'monday'),
      (snapshot) => snapshot?.status?.error?.message?.includes('the agent is silent') === true,
    )
    expect(freeze).toHaveBeenCalledTimes(1)
    const target = { namespace, name: failed?.status?.virtualMachineSnapshotContentName ?? '' }
    for (const text of ['a', 'b', 'c']) {
      const patch = { metadata: { labels: { text } } }
      await cluster.client.patch(virtualMachineSnapshotContents, target, { type: 'merge', patch })
    }
    const { informers } = cluster.engine.services
    await until(
      'the engine has seen it',
      () => informers.machineSnapshotContents.get(namespace, target.name)?.metadata.labels?.['text'],
      (text) => text === 'c',
    )
    expect(freeze).toHaveBeenCalledTimes(1)
    cluster.clock.leap(5_000)
    await until(
      'it is asked again',
      () => freeze.mock.calls.length,
      (count) => count === 2,
    )
    freeze.mockRestore()
    cluster.clock.leap(5_000)
    await readySnapshot(cluster, 'monday')
  })

  it('that stands still is not asked, and its machine cannot go on meanwhile', async () => {
    await using cluster = await TestEngine.start()
    const domain = await running(cluster)
    await cluster.act('web', 'pause')
    await until(
      'it stands still',
      () => cluster.instance('web'),
      (found) => (found?.status?.conditions ?? []).some(({ type }) => type === 'Paused'),
    )
    const freeze = vi.spyOn(domain.agent, 'freeze')
    const block = Promise.withResolvers<void>()
    const snapshotDisks = domain.snapshotDisks.bind(domain)
    vi.spyOn(domain, 'snapshotDisks').mockImplementation(async (overlays) => {
      await block.promise
      await snapshotDisks(overlays)
    })
    await cluster.client.create(virtualMachineSnapshots, snapshotOf('web', 'monday'))
    await until(
      'it is locked',
      () => cluster.machine('web'),
      (machine) => machine?.status?.snapshotInProgress === 'monday',
    )
    const refusal = (work: Promise<unknown>) =>
      work.then(
        () => 'taken',
        (error: unknown) => (error instanceof StatusError ? error.message : String(error)),
      )
    expect(await refusal(cluster.act('web', 'unpause'))).toContain('VM snapshot is in progress')
    const patch = { type: 'merge' as const, patch: { spec: { runStrategy: 'Halted' } } }
    expect(await refusal(cluster.client.patch(virtualMachines, { namespace, name: 'web' }, patch))).toContain(
      'Cannot update vm running state until snapshot "monday" completes',
    )
    block.resolve()
    const snapshot = await readySnapshot(cluster, 'monday')
    expect(snapshot.status?.indications).toEqual(['Online', 'Paused'])
    expect(freeze).not.toHaveBeenCalled()
    await cluster.act('web', 'unpause')
  })

  it('of a machine whose lock nobody holds any more is let go', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { ...twoDisks, runStrategy: 'Halted' }))
    const machine = await cluster.shows('web', 'Stopped')
    await cluster.engine.client.updateStatus(virtualMachines, {
      ...machine,
      status: { ...machine.status, snapshotInProgress: 'gone', restoreInProgress: 'gone-too' },
    })
    await until(
      'both marks are gone',
      () => cluster.machine('web'),
      (found) => found?.status?.snapshotInProgress === undefined && found?.status?.restoreInProgress === undefined,
    )
  })
})

describe('a snapshot of a claim', () => {
  const ofClaim = (claim: string, name: string): VolumeSnapshot => ({
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshot',
    metadata: { name, namespace },
    spec: { source: { persistentVolumeClaimName: claim } },
  })
  const newClaim = (name: string, snapshot: string) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace },
    spec: {
      accessModes: ['ReadWriteOnce' as const],
      resources: { requests: { storage: '16Mi' } },
      dataSource: { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: snapshot },
    },
  })
  const isReady = (cluster: TestEngine, name: string) =>
    until(
      `${name} is ready`,
      () => cluster.find(volumeSnapshots, name),
      (found) => found?.status?.readyToUse === true,
    )

  it('gets the default class, is what the claim was, and other claims are made of it', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { ...twoDisks, runStrategy: 'Halted' }))
    await cluster.shows('web', 'Stopped')
    await until(
      'the disk',
      () => cluster.find(persistentVolumeClaims, 'web-root'),
      (claim) => claim?.status?.phase === 'Bound',
    )
    await writeTo(cluster, 'web-root', 7)
    await cluster.client.create(volumeSnapshots, ofClaim('web-root', 'seven'))
    const snapshot = await isReady(cluster, 'seven')
    expect(snapshot.spec.volumeSnapshotClassName).toBe('local-snapshots')
    await writeTo(cluster, 'web-root', 8)
    await cluster.client.create(persistentVolumeClaims, newClaim('copy', 'seven'))
    await until(
      'the copy',
      () => cluster.find(persistentVolumeClaims, 'copy'),
      (claim) => claim?.status?.phase === 'Bound',
    )
    expect([await valueIn(cluster, 'copy'), await valueIn(cluster, 'web-root')]).toEqual([7, 8])
    await cluster.client.delete(volumeSnapshots, { namespace, name: 'seven' })
    await cluster.gone(volumeSnapshots, 'seven')
    expect(await valueIn(cluster, 'copy')).toBe(7)
    expect(await cluster.engine.services.volumes.listSnapshots()).toEqual([])
  })

  it('with a class that retains is kept, and taken over by another object that an administrator made', async () => {
    await using cluster = await TestEngine.start()
    await cluster.create(machineOf('web', { ...twoDisks, runStrategy: 'Halted' }))
    await until(
      'the disk',
      () => cluster.find(persistentVolumeClaims, 'web-root'),
      (claim) => claim?.status?.phase === 'Bound',
    )
    await cluster.client.create(volumeSnapshotClasses, {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotClass',
      metadata: { name: 'kept' },
      driver: 'local.berth.dev',
      deletionPolicy: 'Retain',
    })
    const first = ofClaim('web-root', 'first')
    first.spec.volumeSnapshotClassName = 'kept'
    await cluster.client.create(volumeSnapshots, first)
    const { status } = await isReady(cluster, 'first')
    const contentName = status?.boundVolumeSnapshotContentName ?? ''
    await cluster.client.delete(volumeSnapshots, { namespace, name: 'first' })
    await cluster.gone(volumeSnapshots, 'first')
    const { status: kept } = await cluster.client.get(volumeSnapshotContents, { name: contentName })
    const snapshotHandle = kept?.snapshotHandle ?? ''
    await cluster.client.delete(volumeSnapshotContents, { name: contentName })
    await cluster.gone(volumeSnapshotContents, contentName)
    expect(await cluster.engine.services.volumes.listSnapshots()).toEqual([snapshotHandle])
    await cluster.client.create(volumeSnapshotContents, {
      apiVersion: 'snapshot.storage.k8s.io/v1',
      kind: 'VolumeSnapshotContent',
      metadata: { name: 'found' },
      spec: {
        deletionPolicy: 'Delete',
        driver: 'local.berth.dev',
        source: { snapshotHandle },
        volumeSnapshotRef: { namespace, name: 'second' },
      },
    })
    const second: VolumeSnapshot = {
      ...ofClaim('', 'second'),
      spec: { source: { volumeSnapshotContentName: 'found' } },
    }
    await cluster.client.create(volumeSnapshots, second)
    await isReady(cluster, 'second')
    await cluster.client.delete(volumeSnapshots, { namespace, name: 'second' })
    await cluster.gone(volumeSnapshots, 'second')
    expect(await cluster.engine.services.volumes.listSnapshots()).toEqual([])
  })

  it('that cannot be taken says why, and is refused where it is none', async () => {
    await using cluster = await TestEngine.start()
    await cluster.client.create(volumeSnapshots, ofClaim('nobody', 'waits'))
    const waiting = await until(
      'it says why',
      () => cluster.find(volumeSnapshots, 'waits'),
      (found) => found?.status?.error !== undefined,
    )
    expect(waiting.status).toMatchObject({
      readyToUse: false,
      error: { message: 'PersistentVolumeClaim "nobody" does not exist' },
    })
    const both = ofClaim('a', 'both')
    both.spec.source.volumeSnapshotContentName = 'b'
    await expect(cluster.client.create(volumeSnapshots, both)).rejects.toThrow(
      'exactly one of volumeSnapshotContentName and persistentVolumeClaimName must be set',
    )
  })
})

it('contents of snapshots are made by the engine only', async () => {
  await using cluster = await TestEngine.start()
  const forged = {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineSnapshotContent',
    metadata: { name: 'forged', namespace },
    spec: { source: { virtualMachine: { metadata: {}, spec: machineOf('x').spec } } },
  }
  await expect(cluster.client.create(virtualMachineSnapshotContents, forged)).rejects.toThrow('made by the engine')
})
