// What the run strategies do when a guest powers off, when QEMU dies, and when somebody asks by hand. A kernel that boots takes seconds:
// one does; the other guests are firmware that waits, or a boot sector that powers off. What differs by rules alone is told by the tables of
// @berth/api, and by the engine's tests of simulated machines.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ContainerImages } from '@berth/imaging'
import {
  eventually,
  guestInstance,
  machineVerbs,
  poweringOff,
  uniqueName,
  useEngine,
  withoutKernel,
  type GuestOptions,
} from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
// What makes images for tests lies beside the code they test.
import { dockerArchive, powerOffSector } from '../packages/imaging/src/oci/image.testkit.ts'

const engine = useEngine({ driver: 'qemu' })
const { act, becomes, create, eventReasons, instance, instanceBecomes } = machineVerbs(engine)

const image = 'registry.invalid/team/off:1'

beforeAll(async () => {
  const { scratch, paths } = engine()
  const archive = join(scratch, 'image.tar')
  await writeFile(archive, await dockerArchive(image, [{ name: 'disk/disk.img', content: powerOffSector() }]))
  await new ContainerImages({ directory: paths.containerImages }).load({ from: archive })
})

/** Powers off as the first thing it does. */
const atOnce: GuestOptions['spec'] = (spec) => {
  withoutKernel(spec)
  spec.domain.devices.disks = [{ name: 'root', disk: { bus: 'virtio' } }]
  spec.volumes = [{ name: 'root', containerDisk: { image } }]
}

const starts = async (name: string) =>
  // The machine's event; its instance has one of that reason for its pod.
  (await engine().kubectl('get', 'events', '--field-selector', `involvedObject.name=${name}`)).split(
    'Started the virtual machine',
  ).length - 1

async function killQemu(name: string): Promise<void> {
  const { metadata } = await instanceBecomes(name, 'Running')
  const pid = engine().services.driver.get(metadata.uid ?? '')?.status.pid
  if (pid === undefined) throw new Error(`${name} has no process`)
  process.kill(pid, 'SIGKILL')
}

describe('when the guest powers off', () => {
  it('Once leaves it off, its end can be seen, and it is not started again by hand', async () => {
    const name = await create('once', { runStrategy: 'Once', spec: poweringOff })
    await instanceBecomes(name, 'Succeeded')
    await becomes(name, 'Stopped')
    expect(await starts(name)).toBe(1)
    expect(await act('vm', name, 'start')).toMatchObject({
      code: 409,
      text: expect.stringContaining('Once does not support manual start requests'),
    })
    await engine().kubectl('delete', 'vm', name)
  })

  it('RerunOnFailure leaves it off, as it did not fail', async () => {
    const name = await create('rerun', { runStrategy: 'RerunOnFailure', spec: atOnce })
    await becomes(name, 'Stopped')
    await eventually(async () => (await instance(name)) === undefined, { what: 'its instance to go' })
    expect(await starts(name)).toBe(1)
    await engine().kubectl('delete', 'vm', name)
  })

  it('Always starts it again', async () => {
    const name = await create('always', { spec: atOnce })
    const first = await instanceBecomes(name, 'Running')
    await instanceBecomes(name, 'Running', first)
    await engine().kubectl('delete', 'vm', name)
  })
})

describe('when QEMU dies', () => {
  it.each(['Always', 'RerunOnFailure'] as const)('%s starts it again', async (runStrategy) => {
    const name = await create('killed', { runStrategy, spec: withoutKernel })
    const first = await instanceBecomes(name, 'Running')
    await killQemu(name)
    await instanceBecomes(name, 'Running', first)
    expect(await engine().kubectl('get', 'events', '--field-selector', `involvedObject.name=${name}`)).toMatch(
      /Warning +\w+ +virtualmachineinstance/,
    )
    await engine().kubectl('delete', 'vm', name)
  })

  it.each(['Manual', 'Once'] as const)('%s leaves it failed', async (runStrategy) => {
    const name = await create('killed', { runStrategy, spec: withoutKernel })
    if (runStrategy === 'Manual') expect((await act('vm', name, 'start')).code).toBe(202)
    await killQemu(name)
    await instanceBecomes(name, 'Failed')
    await becomes(name, 'Stopped')
    expect(await starts(name)).toBe(1)
    await engine().kubectl('delete', 'vm', name)
  })
})

describe('by hand', () => {
  it('Halted never starts; start makes it Always, stop makes it Halted again', async () => {
    const { kubectl } = engine()
    const name = await create('halted', { runStrategy: 'Halted', spec: withoutKernel })
    const strategy = () => kubectl('get', 'vm', name, '-o', 'jsonpath={.spec.runStrategy}')
    await becomes(name, 'Stopped')
    expect(await instance(name)).toBeUndefined()
    expect((await act('vm', name, 'restart')).code).toBe(409)
    expect((await act('vm', name, 'start')).code).toBe(202)
    await becomes(name, 'Running')
    expect(await strategy()).toBe('Always')
    expect((await act('vm', name, 'stop')).code).toBe(202)
    await becomes(name, 'Stopped')
    expect(await strategy()).toBe('Halted')
    await kubectl('delete', 'vm', name)
  })

  it('may start a machine in the very moment it was made; what ends of itself under Manual can be seen, and stays off', async () => {
    const names = await Promise.all(
      Array.from({ length: 4 }, () => create('hasty', { runStrategy: 'Manual', spec: atOnce })),
    )
    const answers = await Promise.all(names.map((name) => act('vm', name, 'start')))
    expect(answers.map(({ code }) => code)).toEqual([202, 202, 202, 202])
    const [one = '', ...others] = names
    await engine().kubectl('delete', 'vm', ...others)
    await instanceBecomes(one, 'Succeeded')
    await becomes(one, 'Stopped')
    expect(await starts(one)).toBe(1)
    await engine().kubectl('delete', 'vm', one)
  })

  it('Manual starts, stops and restarts, and stays Manual', async () => {
    const { kubectl } = engine()
    const name = await create('manual', { runStrategy: 'Manual', spec: withoutKernel })
    await becomes(name, 'Stopped')
    await act('vm', name, 'start')
    const first = await instanceBecomes(name, 'Running')
    await act('vm', name, 'restart')
    await instanceBecomes(name, 'Running', first)
    await act('vm', name, 'stop')
    await becomes(name, 'Stopped')
    expect(await kubectl('get', 'vm', name, '-o', 'jsonpath={.spec.runStrategy}')).toBe('Manual')
    await kubectl('delete', 'vm', name)
  })
})

describe('an instance without a machine', () => {
  it('runs once, and its end stays to be seen', async () => {
    const { kubectl } = engine()
    const name = uniqueName('alone')
    await kubectl.with(guestInstance(name, { spec: atOnce }), 'create', '-f', '-')
    await instanceBecomes(name, 'Succeeded')
    expect(await eventReasons(name)).toEqual(expect.arrayContaining(['Created', 'Started', 'Stopped']))
    await kubectl('delete', 'vmi', name)
    await eventually(async () => (await engine().leftovers()).length === 0, { what: 'its files to go' })
  })
})
