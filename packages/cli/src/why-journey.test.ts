/** `berth vm why` against the engine with simulated machines. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { virtualMachineInstances, virtualMachines, type VirtualMachine } from '@berth/api'
import { silentLogger } from '@berth/base'
import type { Engine } from '@berth/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { berth, type TestWorld } from './testing/test-context.ts'

let folder: string
let engine: Engine
let world: TestWorld

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-why-'))
  const { startEngine } = await import('@berth/engine')
  const dataDirectory = join(folder, 'data')
  engine = await startEngine({ dataDir: dataDirectory, port: 0, driver: 'simulated', logger: silentLogger })
  world = { dataDirectory, homeDirectory: join(folder, 'home') }
  await mkdir(world.homeDirectory)
})

afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

interface Wanted {
  name: string
  runStrategy?: 'Always' | 'Halted'
  memory?: string
  claim?: string
}

/** Makes a machine and waits for a state. */
async function machineThatIs(state: string, { name, runStrategy = 'Always', memory = '64Mi', claim }: Wanted) {
  const { client } = engine.services
  const machine: VirtualMachine = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace: 'default' },
    spec: {
      runStrategy,
      template: {
        spec: {
          domain: { devices: {}, memory: { guest: memory } },
          ...(claim === undefined ? {} : { volumes: [{ name: 'root', persistentVolumeClaim: { claimName: claim } }] }),
        },
      },
    },
  }
  await client.create(virtualMachines, machine)
  await expect
    .poll(async () => (await client.get(virtualMachines, { namespace: 'default', name })).status?.printableStatus)
    .toBe(state)
}

async function why(...words: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await berth(world, 'vm', 'why', ...words)
  return `${stdout}${stderr}exit ${exitCode}\n`
}

describe('berth vm why', () => {
  it('knows a machine that is as it should be', async () => {
    await machineThatIs('Stopped', { name: 'idle', runStrategy: 'Halted' })
    expect(await why('idle')).toMatchInlineSnapshot(`
      "VM "idle" is as it should be: Stopped, because its run strategy is Halted.
      next: \`berth vm start idle\`
      exit 0
      "
    `)
  })

  it('follows a disk to the claim that is not there', async () => {
    await machineThatIs('ErrorPvcNotFound', { name: 'lost', claim: 'nowhere' })
    expect(await why('lost')).toMatchInlineSnapshot(`
      "VM "lost" is ErrorPvcNotFound. It should be running, because its run strategy is Always.

      1. Volume root: The disk of volume "root" is not ready.
         └ PersistentVolumeClaim default/nowhere: There is no PersistentVolumeClaim "nowhere" in namespace "default".
           next: Create it, or correct the name in volume "root" of the VM.
      exit 0
      "
    `)
  })

  it('says why no node takes a machine', async () => {
    await machineThatIs('ErrorUnschedulable', { name: 'giant', memory: '3Ti' })
    expect(await why('giant')).toMatchInlineSnapshot(`
      "VM "giant" is ErrorUnschedulable. It should be running, because its run strategy is Always.

      1. VirtualMachineInstance default/giant: No node can take it: 0/1 nodes are available: 1 Insufficient memory.
         next: Stop another VM, or ask for less than 3Ti (spec.template.spec.domain.memory.guest).
      exit 0
      "
    `)
  })

  it('explains an instance without a VM, which the other commands know too', async () => {
    const { client } = engine.services
    const name = 'alone'
    await client.create(virtualMachineInstances, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      metadata: { name, namespace: 'default' },
      spec: { domain: { devices: {}, memory: { guest: '3Ti' } } },
    })
    const state = async () => (await berth(world, 'vm', 'describe', name)).stdout
    await expect.poll(state).toContain('Status:        ErrorUnschedulable')
    expect(await state()).toContain('Run strategy:  none: an instance without a VM\n')
    expect(await why(name)).toMatchInlineSnapshot(`
      "VM "alone" is ErrorUnschedulable. It should be running, because it is an instance without a VM, which runs once.

      1. VirtualMachineInstance default/alone: No node can take it: 0/1 nodes are available: 1 Insufficient memory.
         next: Stop another VM, or ask for less than 3Ti (spec.template.spec.domain.memory.guest).
      exit 0
      "
    `)
    expect((await berth(world, 'vm', 'list')).stderr).toBe(
      'Not in this table: one instance without a VM (`kubectl get vmi -n default`).\n',
    )
    expect(await berth(world, 'vm', 'stop', name)).toMatchObject({
      exitCode: 3,
      stderr: `error: "${name}" in namespace "default" is an instance without a VM
next: It runs until its guest ends; end it with \`kubectl delete vmi ${name} -n default\`.
`,
    })
    await client.delete(virtualMachineInstances, { namespace: 'default', name })
  })

  it('has nothing to say against an instance without a VM that is paused and goes on', async () => {
    const { client } = engine.services
    const name = 'lone'
    await client.create(virtualMachineInstances, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      metadata: { name, namespace: 'default' },
      spec: { domain: { devices: {}, memory: { guest: '64Mi' } } },
    })
    await expect.poll(() => why(name)).toContain('VM "lone" is as it should be: Running')
    expect((await berth(world, 'vm', 'pause', name)).stderr).toContain('VM "lone" is paused')
    expect(await why(name)).toContain('Let it go on with `berth vm unpause lone`.')
    expect((await berth(world, 'vm', 'unpause', name)).exitCode).toBe(0)
    await client.delete(virtualMachineInstances, { namespace: 'default', name })
  })

  it('is data, too', async () => {
    const explanation: unknown = JSON.parse((await berth(world, 'vm', 'why', 'lost', '-o', 'json')).stdout)
    expect(explanation).toMatchObject({ asWished: false, wished: 'running', status: 'ErrorPvcNotFound' })
  })

  it('knows no machine that is not there', async () => {
    expect(await why('nobody')).toMatchInlineSnapshot(`
      "error: there is no VM "nobody" in namespace "default"
      next: See what there is with \`berth vm list -A\`.
      exit 3
      "
    `)
  })
})
