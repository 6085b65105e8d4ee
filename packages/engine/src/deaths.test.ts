/** Real machines whose QEMU, whose engine, or both are killed: each run strategy does what it does, and nothing runs twice or stays behind. */

import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import {
  isFinal,
  virtualMachineInstances,
  virtualMachines,
  type RunStrategy,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { connectionOf, createClient, createHttpTransport, loadKubeconfig, type Client } from '@berth/kube'
import { freePort } from '@berth/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { qemuProcesses, spawnEngine, type EngineChild } from './testing/engine-child.ts'
import { machineOf } from './testing/manifests.ts'
import { randomFrom } from './testing/random.ts'
import { temporaryFolder } from './testing/test-engine.ts'
import { until } from './testing/until.ts'

const rounds = Number(process.env['BERTH_DEATH_ROUNDS'] ?? 2)
/** Machines under test share the host with those of other tests. */
const patienceMs = 120_000
const names = { again: 'Always', failure: 'RerunOnFailure', once: 'Once' } as const satisfies Record<
  string,
  RunStrategy
>
type Name = keyof typeof names
const all = Object.keys(names) as Name[]

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
}

async function look(client: Client): Promise<Picture> {
  const [machines, instances, processes, folders] = await Promise.all([
    client.list(virtualMachines),
    client.list(virtualMachineInstances),
    qemuProcesses(dataDir),
    readdir(join(dataDir, 'machines')),
  ])
  return {
    machines: machines.items,
    instances: instances.items,
    processes: [...processes.keys()].sort(),
    folders: folders.filter((name) => !name.startsWith('.')).sort(),
  }
}

/** @param killed machines that must not be the instance they were */
function isSettled({ machines, instances, processes, folders }: Picture, killed: ReadonlyMap<string, string>): boolean {
  const live = instances
    .filter((instance) => !isFinal(instance))
    .map(({ metadata }) => metadata.uid ?? '')
    .sort()
  const asAsked = machines.every((machine) => {
    const { name = '' } = machine.metadata
    const instance = instances.find(({ metadata }) => metadata.name === name)
    const shown = machine.status?.printableStatus
    if (instance?.metadata.deletionTimestamp !== undefined) return false
    const wasKilled = killed.get(name) !== undefined && killed.get(name) === instance?.metadata.uid
    // What ended stays ended with Once; the others get another instance.
    if (machine.spec.runStrategy === 'Once' && instance?.status?.phase === 'Failed') return shown === 'Stopped'
    return !wasKilled && instance?.status?.phase === 'Running' && shown === 'Running'
  })
  return asAsked && live.join() === processes.join() && live.join() === folders.join()
}

it(
  'machines and engines that die leave things as their strategy says',
  { timeout: 120_000 + rounds * patienceMs },
  async () => {
    const random = randomFrom(7)
    engine = spawnEngine(dataDir, port)
    await engine.ready
    let client = await connect()
    for (const name of all)
      await client.create(
        virtualMachines,
        machineOf(name, {
          runStrategy: names[name],
          spec: { domain: { memory: { guest: '64Mi' }, devices: { autoattachPodInterface: false } } },
        }),
      )
    await until(
      'all run',
      () => look(client),
      (picture) => picture.processes.length === all.length && isSettled(picture, new Map()),
      patienceMs,
    )

    for (let round = 0; round < rounds; round += 1) {
      const { instances } = await look(client)
      const processes = await qemuProcesses(dataDir)
      const chosen = all.filter(() => random() < 0.6)
      const withEngine = round % 2 === 1
      if (withEngine) {
        await client.transport.close()
        await engine.kill()
      }
      const killed = new Map<string, string>()
      for (const name of chosen) {
        const uid = instances.find(({ metadata }) => metadata.name === name)?.metadata.uid ?? ''
        const pid = processes.get(uid)?.pid
        if (pid === undefined) continue
        process.kill(pid, 'SIGKILL')
        killed.set(name, uid)
      }
      if (withEngine) {
        engine = spawnEngine(dataDir, port)
        await engine.ready
        client = await connect()
      }
      await until(
        `round ${round} settles after ${[...killed.keys()].join(', ') || 'nobody'} died`,
        () => look(client),
        (picture) => isSettled(picture, killed),
        patienceMs,
      )
      // Whoever was not killed runs on in the very process it was.
      const after = await qemuProcesses(dataDir)
      for (const [uid, { identity }] of processes)
        if (![...killed.values()].includes(uid)) expect(after.get(uid)?.identity).toBe(identity)
    }

    for (const name of all) await client.delete(virtualMachines, { namespace: 'default', name })
    const empty = await until(
      'all is gone',
      () => look(client),
      ({ machines, instances, processes, folders }) =>
        machines.length + instances.length + processes.length + folders.length === 0,
      patienceMs,
    )
    expect(empty.processes).toEqual([])
    await client.transport.close()
  },
)
