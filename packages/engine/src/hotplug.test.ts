import { rm } from 'node:fs/promises'
/** Volumes that come and go while a machine runs: what clients see and what the machine has. */

import { dataVolumes, virtualMachineInstances, virtualMachines, type VirtualMachine } from '@berth/api'
import { DriverError } from '@berth/hypervisor'
import { StatusError, type Json } from '@berth/meta'
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { dataVolumeOf, machineOf } from './testing/manifests.ts'
import { namespace, temporaryFolder, TestEngine } from './testing/test-engine.ts'
import { until } from './testing/until.ts'

const name = 'web'
let engine: TestEngine

beforeEach(async () => {
  engine = await TestEngine.start()
  await engine.client.create(dataVolumes, dataVolumeOf('data'))
  await engine.create(machineOf(name))
  await engine.running(name)
})

afterEach(() => engine[Symbol.asyncDispose]())

const request = (change: object = {}): Json => ({
  name: 'extra',
  disk: { disk: { bus: 'scsi' }, serial: 'extra' },
  volumeSource: { dataVolume: { name: 'data' } },
  ...change,
})

async function put(resource: 'virtualmachines' | 'virtualmachineinstances', action: string, body: Json): Promise<void> {
  const path = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/${resource}/${name}/${action}`
  await engine.client.raw({ method: 'PUT', path, body })
}

async function refusal(act: Promise<unknown>): Promise<StatusError> {
  try {
    await act
  } catch (error) {
    if (error instanceof StatusError) return error
    throw error
  }
  throw new Error('it was not refused')
}

async function disksOf(): Promise<string[]> {
  const instance = await engine.instance(name)
  return instance === undefined ? [] : engine.domain(instance).spec.disks.map((disk) => disk.name)
}

/** Resolves when the status says so, and the machine has it. */
async function untilPhase(volume: string, phase: string | undefined): Promise<void> {
  await until(
    `${volume} is ${phase ?? 'gone'}`,
    () => engine.instance(name),
    (instance) => instance?.status?.volumeStatus?.find((entry) => entry.name === volume)?.phase === phase,
  )
}

async function untilDetached(volume: string): Promise<void> {
  await until(
    `${volume} has no status`,
    () => engine.instance(name),
    (instance) => instance?.status?.volumeStatus?.every((entry) => entry.name !== volume) !== false,
  )
}

function restartRequired(machine: VirtualMachine | undefined): boolean {
  return machine?.status?.conditions?.some(({ type }) => type === 'RestartRequired') ?? false
}

describe('addvolume and removevolume of a machine', () => {
  it('go through the machine to the instance, step by step, and need no restart', async () => {
    await put('virtualmachines', 'addvolume', request())
    await untilPhase('extra', 'Ready')
    expect(await disksOf()).toContain('extra')
    const machine = await engine.machine(name)
    expect(machine?.spec.template.spec.volumes).toContainEqual({
      name: 'extra',
      dataVolume: { name: 'data', hotpluggable: true },
    })
    const status = (await engine.instance(name))?.status?.volumeStatus?.find((entry) => entry.name === 'extra')
    expect(status).toMatchObject({
      hotplugVolume: {},
      reason: 'VolumeReady',
      persistentVolumeClaimInfo: { claimName: 'data' },
    })
    await put('virtualmachines', 'removevolume', { name: 'extra' })
    await untilDetached('extra')
    expect(await disksOf()).not.toContain('extra')
    expect(restartRequired(await engine.machine(name))).toBe(false)
    const told = await engine.events(name)
    expect(told).toContain('VolumeMountedToPod: Volume extra has been mounted in virt-launcher pod')
    expect(told).toContain('VolumeReady: Successfully attach hotplugged volume extra to VM')
    expect(told).toContain('VolumeUnplugged: Volume extra has been unplugged')
  })

  it('wait for the volume', async () => {
    await put('virtualmachines', 'addvolume', request({ volumeSource: { dataVolume: { name: 'later' } } }))
    await untilPhase('extra', 'Pending')
    await engine.client.create(dataVolumes, dataVolumeOf('later'))
    await untilPhase('extra', 'Ready')
  })

  it('last for the next start, and can be undone there', async () => {
    await put('virtualmachines', 'addvolume', request())
    await untilPhase('extra', 'Ready')
    const before = (await engine.instance(name))?.metadata.uid
    await engine.act(name, 'restart')
    await until(
      'a new instance runs',
      () => engine.instance(name),
      (now) => now?.metadata.uid !== before && now?.status?.phase === 'Running',
    )
    expect(await disksOf()).toContain('extra')
    await untilPhase('extra', 'Ready')
    await put('virtualmachines', 'removevolume', { name: 'data' })
    await untilDetached('extra')
    expect(await disksOf()).not.toContain('extra')
  })

  it('change nothing as a dry run', async () => {
    await put('virtualmachines', 'addvolume', request({ dryRun: ['All'] }))
    expect((await engine.machine(name))?.spec.template.spec.volumes ?? []).toEqual([])
  })

  it('are refused with what is wrong', async () => {
    const wrong: [string, 'addvolume' | 'removevolume', Json, number, string][] = [
      ['no name', 'addvolume', request({ name: '' }), 400, 'AddVolumeOptions requires name to be set'],
      ['no disk', 'addvolume', request({ disk: null }), 400, 'AddVolumeOptions requires disk to not be nil'],
      [
        'no source',
        'addvolume',
        request({ volumeSource: null }),
        400,
        'AddVolumeOptions requires VolumeSource to not be nil',
      ],
      [
        'another bus',
        'addvolume',
        request({ disk: { disk: { bus: 'sata' } } }),
        422,
        "AddVolume request for disk [extra] requires bus to be 'scsi' or 'virtio'. [sata] is not permitted.",
      ],
      ['no name', 'removevolume', {}, 400, 'RemoveVolumeOptions requires name to be set'],
      [
        'an unknown volume',
        'removevolume',
        { name: 'x' },
        409,
        'Unable to remove volume [x] because it does not exist',
      ],
    ]
    for (const [what, action, body, code, words] of wrong) {
      const error = await refusal(put('virtualmachines', action, body))
      expect([error.status.code, error.message], what).toEqual([code, expect.stringContaining(words)])
    }
    expect((await engine.machine(name))?.spec.template.spec.volumes ?? []).toEqual([])
  })

  it('are refused for a name or a source that is there', async () => {
    await put('virtualmachines', 'addvolume', request())
    const again = await refusal(put('virtualmachines', 'addvolume', request()))
    expect(again.message).toBe(
      'Operation cannot be fulfilled on virtualmachine.kubevirt.io "web": Unable to add volume [extra] because volume with that name already exists',
    )
    const other = await refusal(put('virtualmachines', 'addvolume', request({ name: 'other' })))
    expect(other.message).toContain('Unable to add volume source [data] because it already exists')
  })
})

it('meets requests that wait in the status of a machine', async () => {
  const write = (requests: Json): Promise<unknown> =>
    engine.client.patch(
      virtualMachines,
      { namespace, name, subresource: 'status' },
      { type: 'merge', patch: { status: { volumeRequests: requests } } },
    )
  await write([{ addVolumeOptions: request({ disk: { name: 'extra', disk: { bus: 'scsi' } } }) }])
  await untilPhase('extra', 'Ready')
  await write([{ removeVolumeOptions: { name: 'extra' } }])
  await untilDetached('extra')
  const { spec, status } = (await engine.machine(name)) ?? {}
  expect([spec?.template.spec.volumes, status?.volumeRequests]).toEqual([[], undefined])
})

describe('addvolume and removevolume of an instance', () => {
  it('last for its run only', async () => {
    await put('virtualmachineinstances', 'addvolume', request())
    await untilPhase('extra', 'Ready')
    expect((await engine.machine(name))?.spec.template.spec.volumes ?? []).toEqual([])
    await put('virtualmachineinstances', 'removevolume', { name: 'extra' })
    await untilDetached('extra')
    expect(await disksOf()).not.toContain('extra')
  })

  it('are refused for what is not running', async () => {
    await engine.act(name, 'stop')
    await engine.gone(virtualMachineInstances, name)
    expect((await refusal(put('virtualmachineinstances', 'addvolume', request()))).status.code).toBe(404)
  })
})

describe('a template', () => {
  const patchSpec = (change: Json): Promise<unknown> =>
    engine.client.patch(
      virtualMachines,
      { namespace, name },
      {
        type: 'merge',
        patch: { spec: { template: { spec: change } } },
      },
    )

  it('brings and takes volumes that are declared hotpluggable', async () => {
    await patchSpec({
      volumes: [{ name: 'extra', persistentVolumeClaim: { claimName: 'data', hotpluggable: true } }],
      domain: { devices: { disks: [{ name: 'extra', disk: { bus: 'virtio' } }] } },
    })
    await untilPhase('extra', 'Ready')
    await patchSpec({ volumes: [], domain: { devices: { disks: [] } } })
    await untilDetached('extra')
    expect(restartRequired(await engine.machine(name))).toBe(false)
  })

  it('swaps what is behind a name', async () => {
    await engine.client.create(dataVolumes, dataVolumeOf('second'))
    const withClaim = (claimName: string): Json => ({
      volumes: [{ name: 'extra', persistentVolumeClaim: { claimName, hotpluggable: true } }],
      domain: { devices: { disks: [{ name: 'extra', disk: { bus: 'scsi' } }] } },
    })
    await patchSpec(withClaim('data'))
    await untilPhase('extra', 'Ready')
    await patchSpec(withClaim('second'))
    await until(
      'the other claim is in it',
      () => engine.instance(name),
      (instance) =>
        instance?.status?.volumeStatus?.some(
          ({ phase, persistentVolumeClaimInfo: info }) => phase === 'Ready' && info?.claimName === 'second',
        ) === true,
    )
  })

  it('needs a restart for a volume that is not hotpluggable', async () => {
    await patchSpec({
      volumes: [{ name: 'extra', persistentVolumeClaim: { claimName: 'data' } }],
      domain: { devices: { disks: [{ name: 'extra', disk: { bus: 'scsi' } }] } },
    })
    await until('a restart is asked for', () => engine.machine(name), restartRequired)
    expect(await disksOf()).toEqual([])
  })
})

it('takes sixty disks, one request after the other or all at once, and lets all go', { timeout: 180_000 }, async () => {
  const names = Array.from({ length: 60 }, (_, index) => `disk-${index}`)
  await Promise.all(
    names.map((each) =>
      engine.client.create(
        dataVolumes,
        dataVolumeOf(each, { storage: { resources: { requests: { storage: '1Mi' } } } }),
      ),
    ),
  )
  const ready = (count: number): Promise<unknown> =>
    until(
      `${count} are ready`,
      () => engine.instance(name),
      (instance) => (instance?.status?.volumeStatus ?? []).filter(({ phase }) => phase === 'Ready').length === count,
    )
  for (const each of names.slice(0, 30))
    await put(
      'virtualmachines',
      'addvolume',
      request({ name: each, disk: { disk: { bus: 'scsi' } }, volumeSource: { dataVolume: { name: each } } }),
    )
  await ready(30)
  const set = (wanted: readonly string[]): Promise<unknown> =>
    engine.client.patch(
      virtualMachines,
      { namespace, name },
      {
        type: 'merge',
        patch: {
          spec: {
            template: {
              spec: {
                volumes: wanted.map((each) => ({ name: each, dataVolume: { name: each, hotpluggable: true } })),
                domain: { devices: { disks: wanted.map((each) => ({ name: each, disk: { bus: 'scsi' } })) } },
              },
            },
          },
        },
      },
    )
  await set(names)
  await ready(60)
  expect((await disksOf()).toSorted()).toEqual(names.toSorted())
  expect(restartRequired(await engine.machine(name))).toBe(false)
  await put('virtualmachines', 'removevolume', { name: 'disk-7' })
  await ready(59)
  await set([])
  await ready(0)
  await until('none is left', disksOf, (left) => left.length === 0)
})

it('says of a disk that finds no place what to do, and takes it when there is one', async () => {
  const domain = engine.domain(await engine.running(name))
  const attach = domain.attachDisk.bind(domain)
  domain.attachDisk = () =>
    Promise.reject(new DriverError('Unsupported', 'the machine has no free place', { remedy: 'Use bus scsi.' }))
  await put('virtualmachines', 'addvolume', request())
  await until(
    'the status says so',
    () => engine.instance(name),
    (instance) =>
      instance?.status?.volumeStatus?.some(
        ({ message }) => message === 'the machine has no free place Use bus scsi.',
      ) === true,
  )
  expect(await engine.events(name)).toContain('HotplugFailed: the machine has no free place Use bus scsi.')
  domain.attachDisk = attach
  engine.clock.leap(60_000)
  await untilPhase('extra', 'Ready')
})

it('gives one raw disk to two machines that share it', async () => {
  await engine.client.create(
    dataVolumes,
    dataVolumeOf('both', {
      storage: {
        storageClassName: 'local-raw',
        accessModes: ['ReadWriteMany'],
        resources: { requests: { storage: '1Mi' } },
      },
    }),
  )
  await engine.create(machineOf('db'))
  await engine.running('db')
  const shared = request({
    disk: { disk: { bus: 'scsi' }, shareable: true },
    volumeSource: { dataVolume: { name: 'both' } },
  })
  const images: (string | undefined)[] = []
  for (const each of [name, 'db']) {
    const path = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/virtualmachines/${each}/addvolume`
    await engine.client.raw({ method: 'PUT', path, body: shared })
    const ready = await until(
      `${each} has it`,
      () => engine.instance(each),
      (instance) => instance?.status?.volumeStatus?.[0]?.phase === 'Ready',
    )
    const disk = engine.domain(ready).spec.disks.find((found) => found.name === 'extra')
    expect(disk).toMatchObject({ format: 'raw', shareable: true })
    images.push(disk?.path)
  }
  expect(images[0]).toBe(images[1])
})

it('puts a medium into an empty drive, changes it, and takes it out', async () => {
  const drive = { name: 'drive', cdrom: { bus: 'sata' as const } }
  const medium = { name: 'drive', persistentVolumeClaim: { claimName: 'data', hotpluggable: true } }
  const spec = { domain: { memory: { guest: '64Mi' }, devices: { disks: [drive] } } }
  await engine.create(machineOf('disc', { spec }))
  const running = await engine.running('disc')
  const path = (): string | undefined => engine.domain(running).spec.disks[0]?.path
  expect(path()).toBe('')
  const change = (volumes: Json): Promise<unknown> =>
    engine.client.patch(
      virtualMachines,
      { namespace, name: 'disc' },
      {
        type: 'merge',
        patch: { spec: { template: { spec: { volumes } } } },
      },
    )
  await change([medium])
  const first = await until(
    'the medium is in',
    async () => path(),
    (now) => now !== '',
  )
  await engine.client.create(dataVolumes, dataVolumeOf('other'))
  await change([{ ...medium, persistentVolumeClaim: { claimName: 'other', hotpluggable: true } }])
  await until(
    'another medium is in',
    async () => path(),
    (now) => now !== '' && now !== first,
  )
  await change([])
  await until(
    'the medium is out',
    async () => path(),
    (now) => now === '',
  )
  expect(restartRequired(await engine.machine('disc'))).toBe(false)
})

it('goes on where an engine ended in the middle', { timeout: 300_000 }, async () => {
  const dataDir = await temporaryFolder()
  onTestFinished(() => rm(dataDir, { recursive: true }))
  const first = await TestEngine.start({ dataDir })
  let current = first
  try {
    await current.client.create(dataVolumes, dataVolumeOf('data'))
    await current.create(machineOf(name))
    await current.running(name)
    const path = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/virtualmachines/${name}`
    for (let round = 0; round < 6; round += 1) {
      const adds = round % 2 === 0
      await current.client.raw({
        method: 'PUT',
        path: `${path}/${adds ? 'addvolume' : 'removevolume'}`,
        body: adds ? request() : { name: 'extra' },
      })
      await current[Symbol.asyncDispose]()
      current = await TestEngine.start({ dataDir })
      const instance = await current.running(name)
      await until(
        `round ${round} is done`,
        async () => current.domain(instance).spec.disks.some((disk) => disk.name === 'extra'),
        (there) => there === adds,
      )
      if (!adds) continue
      await until(
        'it is ready',
        () => current.instance(name),
        (now) => now?.status?.volumeStatus?.[0]?.phase === 'Ready',
      )
    }
  } finally {
    await current[Symbol.asyncDispose]()
  }
})
