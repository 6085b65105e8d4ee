import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  isFinal,
  type VirtualMachine,
  type VirtualMachineInstance,
  virtualMachineInstances,
  virtualMachines,
} from '@berth/api'
import {
  connectionOf,
  createClient,
  createHttpTransport,
  loadKubeconfig,
  persistentVolumes,
  type Client,
} from '@berth/kube'
import { freePort } from '@berth/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { LoadClient, loadMachine } from './testing/crash-load.ts'
import { qemuProcesses, spawnEngine, type EngineChild } from './testing/engine-child.ts'
import { randomFrom } from './testing/random.ts'
import { temporaryFolder } from './testing/test-engine.ts'
import { until } from './testing/until.ts'

/** The last of five dies twice. */
const rounds = Number(process.env['BERTH_CRASH_ROUNDS'] ?? 3)
/** Nobody touches these: the very processes that run at the start must run at the end. */
const bystanders = ['bystander-0', 'bystander-1']

let dataDir = ''
let port = 0
let engine: EngineChild | undefined

beforeAll(async () => {
  dataDir = await temporaryFolder()
  port = await freePort()
})

afterAll(async () => {
  await engine?.kill()
  for (const { pid } of (await qemuProcesses(dataDir)).values()) process.kill(pid, 'SIGKILL')
  await until(
    'no QEMU',
    () => qemuProcesses(dataDir),
    (found) => found.size === 0,
  )
  await rm(dataDir, { recursive: true, force: true })
})

async function connect(): Promise<Client> {
  const { connection } = await connectionOf(await loadKubeconfig([join(dataDir, 'admin.kubeconfig')]))
  return createClient(createHttpTransport(connection))
}

interface Picture {
  machines: VirtualMachine[]
  instances: VirtualMachineInstance[]
  processes: string[]
  folders: string[]
  ephemeral: string[]
  volumes: string[]
  persistentVolumes: string[]
}

async function look(client: Client): Promise<Picture> {
  const [machines, instances, claimed, processes, folders, ephemeral, volumes] = await Promise.all([
    client.list(virtualMachines),
    client.list(virtualMachineInstances),
    client.list(persistentVolumes),
    qemuProcesses(dataDir),
    readdir(join(dataDir, 'machines')),
    readdir(join(dataDir, 'ephemeral')),
    readdir(join(dataDir, 'volumes', 'volumes')),
  ])
  return {
    machines: machines.items,
    instances: instances.items,
    persistentVolumes: claimed.items.map((volume) => volume.metadata.name ?? '').sort(),
    processes: [...processes.keys()].sort(),
    folders: folders.filter((name) => !name.startsWith('.')).sort(),
    ephemeral: ephemeral.sort(),
    volumes: volumes.sort(),
  }
}

/** Everything is as its machine asks, and nothing else is on the host. */
function isSettled(picture: Picture): boolean {
  const { machines, instances } = picture
  const live = instances
    .filter((instance) => !isFinal(instance))
    .map((instance) => instance.metadata.uid ?? '')
    .sort()
  const asAsked = machines.every((machine) => {
    const { name, deletionTimestamp } = machine.metadata
    const instance = instances.find((entry) => entry.metadata.name === name)
    if (deletionTimestamp !== undefined) return false
    if (machine.spec.runStrategy === 'Halted') return instance === undefined
    return instance?.status?.phase === 'Running' && instance.metadata.deletionTimestamp === undefined
  })
  const same = (left: string[], right: string[]): boolean => left.join() === right.join()
  return (
    asAsked &&
    instances.length === live.length &&
    machines.length === picture.volumes.length &&
    same(live, picture.processes) &&
    same(live, picture.folders) &&
    same(live, picture.ephemeral) &&
    same(picture.volumes, picture.persistentVolumes)
  )
}

it('loses nothing and stops nothing, however often it is killed', { timeout: 300_000 + rounds * 20_000 }, async () => {
  const seed = Date.now() % 1_000_000
  const random = randomFrom(seed)
  const clients = [0, 1, 2].map((index) => new LoadClient(index, random))
  const acknowledged = (): number => clients.reduce((sum, each) => sum + each.acknowledged, 0)

  engine = spawnEngine(dataDir, port)
  await engine.ready
  let client = await connect()
  for (const name of bystanders) await client.create(virtualMachines, loadMachine(name, '0'))
  await until('all is set up', () => look(client), isSettled)
  const untouched = await bystanderProcesses(client)
  expect(untouched).toHaveLength(bystanders.length)

  for (let round = 0; round < rounds; round += 1) {
    const load = clients.map((each) => each.run(client))
    const goal = acknowledged() + 2
    // A load ends with the engine, or with an answer that should not have been.
    await Promise.race([until('clients are answered', acknowledged, (count) => count >= goal), ...load])
    await pause(100 + random() * 900)
    await engine.kill()
    await Promise.all(load)
    await client.transport.close()
    const before = await qemuProcesses(dataDir)

    // Some die again while they start.
    if (round % 3 === 2) {
      engine = spawnEngine(dataDir, port)
      await pause(200 + random() * 800)
      await engine.kill()
    }
    engine = spawnEngine(dataDir, port)
    await engine.ready
    client = await connect()
    for (const each of clients) await each.check(client)
    const picture = await until(`round ${round} of seed ${seed} settles`, () => look(client), isSettled)
    const after = await qemuProcesses(dataDir)
    for (const instance of picture.instances) {
      const id = instance.metadata.uid ?? ''
      const earlier = before.get(id)
      if (earlier !== undefined)
        expect(after.get(id)?.identity, `the machine of ${instance.metadata.name ?? ''}`).toBe(earlier.identity)
    }
    expect(await bystanderProcesses(client)).toEqual(untouched)
  }

  for (const machine of (await client.list(virtualMachines)).items)
    await client.delete(virtualMachines, { namespace: 'default', name: machine.metadata.name ?? '' })
  const empty = await until(
    'all is gone',
    () => look(client),
    (picture) => picture.machines.length === 0 && isSettled(picture),
  )
  expect(empty.processes).toEqual([])
  await client.transport.close()
})

async function bystanderProcesses(client: Client): Promise<string[]> {
  const processes = await qemuProcesses(dataDir)
  const { items } = await client.list(virtualMachineInstances)
  return bystanders.map((name) => {
    const id = items.find((instance) => instance.metadata.name === name)?.metadata.uid ?? ''
    return `${id} ${processes.get(id)?.identity ?? 'gone'}`
  })
}
