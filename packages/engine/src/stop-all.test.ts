import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { virtualMachineInstances, virtualMachines } from '@berth/api'
import { silentLogger } from '@berth/base'
import { connectionOf, createClient, createHttpTransport, loadKubeconfig, type Client } from '@berth/kube'
import { freePort } from '@berth/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startEngine } from './engine.ts'
import { engineStatus, stopAll } from './stop-all.ts'
import { loadMachine } from './testing/crash-load.ts'
import { qemuProcesses, spawnEngine, type EngineChild } from './testing/engine-child.ts'
import { temporaryFolder, TestEngine } from './testing/test-engine.ts'
import { until } from './testing/until.ts'

let dataDir = ''
let port = 0
let engine: EngineChild

beforeAll(async () => {
  dataDir = await temporaryFolder()
  port = await freePort()
  engine = spawnEngine(dataDir, port)
  await engine.ready
})

afterAll(async () => {
  await engine.kill()
  for (const { pid } of (await qemuProcesses(dataDir)).values()) process.kill(pid, 'SIGKILL')
  await rm(dataDir, { recursive: true, force: true })
})

async function connect(): Promise<Client> {
  const { connection } = await connectionOf(await loadKubeconfig([join(dataDir, 'admin.kubeconfig')]))
  return createClient(createHttpTransport(connection))
}

it('looks at machines without touching them, whatever the engine does at the time', async () => {
  const client = await connect()
  await client.create(virtualMachines, loadMachine('web', '0'))
  await until(
    'it runs',
    () => client.list(virtualMachineInstances),
    ({ items }) => items[0]?.status?.phase === 'Running',
  )
  await client.transport.close()
  const before = await qemuProcesses(dataDir)
  expect(before.size).toBe(1)
  expect(await engineStatus(dataDir)).toMatchObject({ state: 'running', machines: ['default/web'] })

  await engine.kill()
  expect(await engineStatus(dataDir)).toEqual({ state: 'stopped', machines: ['default/web'] })
  for (let round = 0; round < 2; round += 1) {
    engine = spawnEngine(dataDir, port)
    const looks = await Promise.all([1, 2, 3].map(() => engineStatus(dataDir)))
    for (const { machines } of looks) expect(machines).toEqual(['default/web'])
    await engine.ready
    await engine.kill()
  }
  expect(await qemuProcesses(dataDir)).toEqual(before)
})

it('stops the engine, then the machines', async () => {
  engine = spawnEngine(dataDir, port)
  await engine.ready
  const told: string[] = []
  const result = await stopAll({
    dataDir,
    signal: new AbortController().signal,
    onProgress: (event) => {
      if ('text' in event) told.push(event.text)
    },
  })
  expect(result).toEqual({ engineWasRunning: true, stoppedMachines: 1 })
  expect(told[0]).toBe('Stopping the engine')
  expect((await qemuProcesses(dataDir)).size).toBe(0)
  expect(await engineStatus(dataDir)).toEqual({ state: 'stopped', machines: [] })
  expect(await stopAll({ dataDir, signal: new AbortController().signal, onProgress: () => {} })).toEqual({
    engineWasRunning: false,
    stoppedMachines: 0,
  })
})

it('lets only one engine have a data directory', async () => {
  await using cluster = await TestEngine.start()
  const second = startEngine({ dataDir: cluster.dataDir, port: 0, driver: 'simulated', logger: silentLogger })
  await expect(second).rejects.toMatchObject({ code: 'AlreadyRunning' })
})
