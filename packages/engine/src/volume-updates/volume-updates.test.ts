/** Volumes of simulated machines that move to other claims. That every byte comes along is tested with QEMU. */

import { dataVolumes, virtualMachineInstances, virtualMachines, type VirtualMachine } from '@berth/api'
import { DriverError, type Driver } from '@berth/hypervisor'
import { persistentVolumeClaims } from '@berth/kube'
import { getCondition, type Json } from '@berth/meta'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { dataVolumeOf, machineOf } from '../testing/manifests.ts'
import { namespace, TestEngine } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { volumeNameFor } from '../volumes/claim-volume.ts'
import { writtenDown } from './written-down.ts'

const onDisk = (size: string): ReturnType<typeof dataVolumeOf>['spec'] => ({
  source: { blank: {} },
  storage: { resources: { requests: { storage: size } } },
})

function movable(name: string): VirtualMachine {
  const machine = machineOf(name, {
    spec: {
      domain: { memory: { guest: '64Mi' }, devices: { disks: [{ name: 'root', disk: {} }] } },
      volumes: [{ name: 'root', dataVolume: { name: `${name}-a` } }],
    },
  })
  return { ...machine, spec: { ...machine.spec, updateVolumesStrategy: 'Migration' } }
}

describe('volumes that move', () => {
  let cluster: TestEngine
  /** What happens when both are equal: before the instance names the new claim, and after. */
  let beforeNaming: (() => Promise<void>) | undefined
  let afterNaming: (() => Promise<void>) | undefined

  /** Stands between the engine and the machine at the moment of the switch. */
  const wrap = (driver: Driver): Driver => {
    const start = driver.start.bind(driver)
    driver.start = async (spec) => {
      const domain = await start(spec)
      const mirror = domain.mirrorDisk.bind(domain)
      domain.mirrorDisk = (options) =>
        mirror({
          ...options,
          async beforeSwitch() {
            await beforeNaming?.()
            await options.beforeSwitch?.()
            try {
              await afterNaming?.()
            } catch (error) {
              // Of a machine that has ended nobody knows whether it had gone over.
              if (error instanceof DriverError && error.code === 'Refused') await options.afterRefusal?.()
              throw error
            }
          },
        })
      return domain
    }
    return driver
  }

  beforeAll(async () => {
    cluster = await TestEngine.start({ wrap })
  })
  afterAll(() => cluster[Symbol.asyncDispose]())

  async function made(name: string, targetSize = '32Mi'): Promise<void> {
    await cluster.client.create(dataVolumes, dataVolumeOf(`${name}-a`, onDisk('16Mi')))
    await cluster.client.create(dataVolumes, dataVolumeOf(`${name}-b`, onDisk(targetSize)))
    for (const claim of [`${name}-a`, `${name}-b`])
      await until(
        `${claim} is there`,
        () => cluster.find(dataVolumes, claim),
        (found) => found?.status?.phase === 'Succeeded',
      )
    await cluster.create(movable(name))
    await cluster.running(name)
  }
  const ask = (name: string, claim: string): Promise<unknown> =>
    cluster.client.patch(
      virtualMachines,
      { namespace, name },
      {
        type: 'json',
        patch: [{ op: 'replace', path: '/spec/template/spec/volumes/0/dataVolume/name', value: claim }] as Json[],
      },
    )
  const isOn = (name: string, claim: string) =>
    until(
      `${name} is on ${claim} and nothing moves`,
      () => cluster.instance(name),
      (instance) =>
        instance?.spec.volumes?.[0]?.dataVolume?.name === claim && instance.status?.migratedVolumes === undefined,
    )
  async function pathOf(claim: string): Promise<string> {
    const { informers, volumes } = cluster.engine.services
    const found = informers.claims.get(namespace, claim)
    if (found === undefined) throw new Error(`no claim ${claim}`)
    return (await volumes.images(volumeNameFor(found))).path
  }

  it('take their guest along, and need no restart', async () => {
    await made('web')
    await ask('web', 'web-b')
    const instance = await isOn('web', 'web-b')
    expect(cluster.domain(instance).spec.disks[0]?.path).toBe(await pathOf('web-b'))
    const machine = await until(
      'the machine has nothing left to say',
      () => cluster.machine('web'),
      (found) => found?.status?.volumeUpdateState === undefined,
    )
    expect(getCondition(machine?.status?.conditions, 'RestartRequired')).toBeUndefined()
    expect(getCondition(machine?.status?.conditions, 'ManualRecoveryRequired')).toBeUndefined()
    await until(
      'an event says so',
      () => cluster.events('web'),
      (lines) => lines.some((line) => line.startsWith('VolumesMoved')),
    )
  })

  it('are no reason that other disks can not come and go afterwards', async () => {
    const at = '/spec/template/spec'
    const change = (patch: Json[]): Promise<unknown> =>
      cluster.client.patch(virtualMachines, { namespace, name: 'web' }, { type: 'json', patch })
    await change([
      { op: 'add', path: `${at}/volumes/-`, value: { name: 'old', dataVolume: { name: 'web-a', hotpluggable: true } } },
      { op: 'add', path: `${at}/domain/devices/disks/-`, value: { name: 'old', disk: { bus: 'scsi' } } },
    ])
    const volumesAre = (names: string[]) =>
      until(
        `the guest has ${names.join(', ')}`,
        () => cluster.instance('web'),
        (found) =>
          JSON.stringify(found?.status?.volumeStatus?.map(({ name }) => name).sort()) === JSON.stringify(names),
      )
    await volumesAre(['old', 'root'])
    await change([
      { op: 'remove', path: `${at}/volumes/1` },
      { op: 'remove', path: `${at}/domain/devices/disks/1` },
    ])
    await volumesAre(['root'])
  })

  it('stay where a claim is too small, and say so', async () => {
    await made('small', '8Mi')
    await ask('small', 'small-b')
    const waiting = await until(
      'the condition says why',
      () => cluster.instance('small'),
      (found) => getCondition(found?.status?.conditions, 'VolumesChange')?.message?.includes('less than the') === true,
    )
    expect(waiting?.spec.volumes?.[0]?.dataVolume?.name).toBe('small-a')
    await ask('small', 'small-a')
    await isOn('small', 'small-a')
    await until(
      'the machine says that it was cancelled',
      () => cluster.instance('small'),
      (found) => getCondition(found?.status?.conditions, 'VolumesChange')?.reason === 'VolumesChangeCancellation',
    )
  })

  it('are not said to move when an engine ended before it told the guest, and the wish was taken back', async () => {
    // The first of two writes, and nothing after it.
    const migratedVolumes = [
      { volumeName: 'root', sourcePVCInfo: { claimName: 'web-b' }, destinationPVCInfo: { claimName: 'web-a' } },
    ]
    const machine = await cluster.machine('web')
    if (machine === undefined) throw new Error('no machine')
    await cluster.client.patch(
      virtualMachines,
      { namespace, name: 'web', subresource: 'status' },
      {
        type: 'merge',
        patch: { status: { volumeUpdateState: { volumeMigrationState: { migratedVolumes } } } },
      },
    )
    await until(
      'nothing is left of it',
      () => cluster.machine('web'),
      (found) =>
        found?.status?.volumeUpdateState === undefined &&
        found?.metadata.resourceVersion !== machine.metadata.resourceVersion,
    )
  })

  it('wait for a claim that is not ready, which is nothing to be warned of', async () => {
    await made('early')
    await cluster.client.create(
      dataVolumes,
      dataVolumeOf('early-c', {
        source: { http: { url: 'http://127.0.0.1:9/nothing.img' } },
        storage: { resources: { requests: { storage: '32Mi' } } },
      }),
    )
    await until(
      'there is a claim',
      () => cluster.find(persistentVolumeClaims, 'early-c'),
      (found) => found !== undefined,
    )
    await ask('early', 'early-c')
    await until(
      'the condition says what it waits for',
      () => cluster.instance('early'),
      (found) =>
        getCondition(found?.status?.conditions, 'VolumesChange')?.message ===
        'Waiting for PersistentVolumeClaim "early-c" to be ready',
    )
    expect((await cluster.events('early')).filter((line) => line.startsWith('VolumesNotMoved'))).toEqual([])
    await ask('early', 'early-a')
    await isOn('early', 'early-a')
  })

  it('stay where they were when the switch fails', async () => {
    await made('torn')
    const second = Promise.withResolvers<void>()
    let tries = 0
    beforeNaming = () => {
      tries += 1
      return tries === 1 ? Promise.resolve() : second.promise
    }
    afterNaming = () => Promise.reject(new DriverError('Refused', 'not now'))
    await ask('torn', 'torn-b')
    await until(
      'it tries again, and says what went wrong',
      () => cluster.instance('torn'),
      (found) =>
        tries === 2 &&
        getCondition(found?.status?.conditions, 'VolumesChange')?.message?.includes('before: not now') === true,
    )
    const instance = await cluster.instance('torn')
    expect(instance?.spec.volumes?.[0]).toMatchObject({ persistentVolumeClaim: { claimName: 'torn-a' } })
    afterNaming = undefined
    second.resolve()
    await isOn('torn', 'torn-b')
    beforeNaming = undefined
  })

  it('are where they were named while nobody knows whether the guest went over, and are not written over there', async () => {
    await made('lost')
    const second = Promise.withResolvers<void>()
    const named: (string | undefined)[] = []
    const note = async (): Promise<void> => {
      const volume = (await cluster.instance('lost'))?.spec.volumes?.[0]
      named.push(volume?.dataVolume?.name ?? volume?.persistentVolumeClaim?.claimName)
    }
    beforeNaming = async () => {
      await note()
      if (named.length > 1) await second.promise
    }
    afterNaming = async () => {
      await note()
      throw new DriverError('WrongState', 'it ended')
    }
    await ask('lost', 'lost-b')
    await until(
      'the try has failed',
      () => cluster.instance('lost'),
      (found) => getCondition(found?.status?.conditions, 'VolumesChange')?.message?.includes('it ended') === true,
    )
    await until(
      'it is tried again',
      async () => named.length,
      (count) => count === 3,
    )
    // Before the switch, after it, and while the new claim is written over once more.
    expect(named).toEqual(['lost-a', 'lost-b', 'lost-a'])
    afterNaming = undefined
    second.resolve()
    const instance = await isOn('lost', 'lost-b')
    beforeNaming = undefined
    const { isMoved } = writtenDown(cluster.engine.store)
    const root = { machine: instance?.metadata.uid ?? '', name: 'root' }
    expect(await isMoved(await pathOf('lost-b'), root)).toBe(true)
    expect(await isMoved(await pathOf('lost-a'), root)).toBe(false)
    expect(await isMoved(await pathOf('lost-b'), { ...root, machine: 'another' })).toBe(false)
  })

  it('are named where the guest is when the wish is taken back after that', async () => {
    await made('back')
    afterNaming = () => Promise.reject(new DriverError('WrongState', 'it ended'))
    await ask('back', 'back-b')
    await until(
      'the try has failed with the new claim named',
      () => cluster.instance('back'),
      (found) =>
        JSON.stringify(found?.spec.volumes ?? []).includes('back-b') &&
        getCondition(found?.status?.conditions, 'VolumesChange')?.message?.includes('it ended') === true,
    )
    await ask('back', 'back-a')
    await isOn('back', 'back-a')
    afterNaming = undefined
    // And that is all.
    expect((await cluster.events('back')).filter((line) => line.startsWith('VolumesMoving')).length).toBeLessThan(4)
  })

  it('of a machine that ended in the middle are for a person to decide', async () => {
    await made('dead')
    beforeNaming = () => Promise.reject(new DriverError('Refused', 'stays'))
    await ask('dead', 'dead-b')
    const instance = await until(
      'it is moving',
      () => cluster.instance('dead'),
      (found) => (found?.status?.migratedVolumes ?? []).length > 0,
    )
    if (instance === undefined) throw new Error('no instance')
    await cluster.domain(instance).destroy()
    const machine = await until(
      'the machine asks for a person',
      () => cluster.machine('dead'),
      (found) => getCondition(found?.status?.conditions, 'ManualRecoveryRequired')?.status === 'True',
    )
    expect(getCondition(machine?.status?.conditions, 'ManualRecoveryRequired')?.message).toContain('dead-a')
    beforeNaming = undefined
    await ask('dead', 'dead-a')
    const again = await until(
      'it runs again',
      () => cluster.instance('dead'),
      (found) => found?.status?.phase === 'Running' && found.metadata.uid !== instance.metadata.uid,
    )
    expect(again?.spec.volumes?.[0]?.dataVolume?.name).toBe('dead-a')
    await cluster.client.delete(virtualMachines, { namespace, name: 'dead' })
    await cluster.gone(virtualMachineInstances, 'dead')
  })
})
