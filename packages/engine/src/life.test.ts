/**
 * Random sequences of what users, guests and hosts do. After each step the machines settle, and then the API says what is, nothing runs
 * twice, and nothing is left behind.
 */

import { readdir, rm } from 'node:fs/promises'
import {
  isFinal,
  isPaused,
  runStrategies,
  strategyOf,
  virtualMachineInstances,
  virtualMachines,
  type RunStrategy,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { guestActs, simulateGuest, type Domain } from '@berth/hypervisor'
import { StatusError, type Json } from '@berth/meta'
import { pods } from '@berth/kube'
import { describe, it } from 'vitest'
import { machineOf } from './testing/manifests.ts'
import { randomFrom } from './testing/random.ts'
import { namespace, temporaryFolder, TestEngine } from './testing/test-engine.ts'
import { until } from './testing/until.ts'

const rounds = Number(process.env['BERTH_LIFE_ROUNDS'] ?? 4)
const steps = 14
const names = ['a', 'b']
const strategies = runStrategies.filter((strategy) => strategy !== 'WaitAsReceiver')

interface World {
  cluster: TestEngine
  dataDir: string
  pick<T>(this: void, of: readonly T[]): T
  log: string[]
}

/** Refusals are part of life: a step may come at the wrong time. */
async function trying(step: () => Promise<unknown>): Promise<string> {
  try {
    await step()
    return 'done'
  } catch (error) {
    if (error instanceof StatusError && error.httpCode < 500) return `refused (${error.httpCode})`
    // KubeVirt answers so to a request that comes while another is being carried out.
    if (error instanceof StatusError && error.message.includes('already underway')) return 'refused (underway)'
    throw error
  }
}

const lifecycle = ['start', 'stop', 'restart', 'pause', 'unpause', 'reset', 'softreboot'] as const

const kinds: Record<string, (world: World, name: string) => Promise<string>> = {
  async act({ cluster, pick }, name) {
    const action = pick(lifecycle)
    const body: Json = action === 'stop' && pick([true, false]) ? { gracePeriod: 0 } : {}
    return `${action}: ${await trying(() => cluster.act(name, action, body))}`
  },
  async create({ cluster, pick }, name) {
    const runStrategy = pick(strategies)
    return `create ${runStrategy}: ${await trying(() => cluster.create(machineOf(name, { runStrategy })))}`
  },
  async delete({ cluster }, name) {
    return `delete: ${await trying(() => cluster.client.delete(virtualMachines, { namespace, name }))}`
  },
  async deleteInstance({ cluster }, name) {
    return `delete instance: ${await trying(() => cluster.client.delete(virtualMachineInstances, { namespace, name }))}`
  },
  async strategy({ cluster, pick }, name) {
    const runStrategy: RunStrategy = pick(strategies)
    const patch = { spec: { runStrategy } }
    return `strategy ${runStrategy}: ${await trying(() => cluster.client.patch(virtualMachines, { namespace, name }, { type: 'merge', patch }))}`
  },
  async template({ cluster, pick }, name) {
    const patch = { spec: { template: { spec: { hostname: pick(['x', 'y']) } } } }
    return `template: ${await trying(() => cluster.client.patch(virtualMachines, { namespace, name }, { type: 'merge', patch }))}`
  },
  async guest({ cluster, pick }, name) {
    const act = pick(guestActs)
    const domain = liveDomains(cluster, name)[0]
    if (domain?.status.state !== 'running') return `${act}: nobody there`
    simulateGuest(domain, act)
    return act
  },
  async engine(world) {
    await world.cluster.client.transport.close()
    await world.cluster.engine.close()
    world.cluster = await TestEngine.start({ dataDir: world.dataDir })
    return 'a new engine'
  },
}

function liveDomains(cluster: TestEngine, name: string): Domain[] {
  return cluster.engine.services.driver
    .list()
    .filter(({ spec, status }) => spec.tags['name'] === name && status.state !== 'stopped')
}

/** What is wrong with a machine that has settled; undefined when nothing is. */
function problem(
  machine: VirtualMachine | undefined,
  instance: VirtualMachineInstance | undefined,
  domains: readonly Domain[],
): string | undefined {
  if (domains.length > 1) return 'two domains'
  const [domain] = domains
  const shown = machine?.status?.printableStatus
  if (machine === undefined) return instance === undefined && domain === undefined ? undefined : 'not all is gone'
  if (machine.metadata.deletionTimestamp !== undefined) return 'still being deleted'
  if (instance === undefined || isFinal(instance)) {
    if (domain !== undefined) return 'a domain without a running instance'
    if (instance?.metadata.deletionTimestamp !== undefined) return 'an instance that does not go'
    const up = strategyOf(machine.spec) === 'Always' || (strategyOf(machine.spec) === 'Once' && instance === undefined)
    if (up) return 'does not run'
    // An instance that was deleted before it ran counts as a failed start, and RerunOnFailure does not start it again.
    const failed = machine.status?.startFailure !== undefined && shown === 'CrashLoopBackOff'
    return shown === 'Stopped' || failed ? undefined : `shows ${shown ?? ''} and is stopped`
  }
  if (instance.metadata.deletionTimestamp !== undefined) return 'an instance that does not end'
  if (domain === undefined) return 'an instance without a domain'
  if (strategyOf(machine.spec) === 'Halted') return 'runs and should not'
  if (instance.status?.phase !== 'Running') return `is ${instance.status?.phase ?? ''}`
  const paused = domain.status.state === 'paused'
  if (isPaused(instance) !== paused) return 'the instance does not know whether it is paused'
  if (shown !== (paused ? 'Paused' : 'Running')) return `shows ${shown ?? ''} and is ${domain.status.state}`
  return (machine.status?.stateChangeRequests ?? []).length > 0 ? 'requests that are not served' : undefined
}

async function settled({ cluster, log }: World): Promise<void> {
  for (const name of names) {
    let looks = 0
    await until(
      `${name} settles after ${log.join('; ')}`,
      async () => {
        looks += 1
        // Back-off and grace are over when nothing happens by itself.
        if (looks > 20) cluster.clock.leap(10_000)
        const [machine, instance] = await Promise.all([cluster.machine(name), cluster.instance(name)])
        return { problem: problem(machine, instance, liveDomains(cluster, name)), machine, instance }
      },
      (found) => found.problem === undefined,
    )
  }
}

/** Nothing is left of what does not run. */
async function cleanHost({ cluster, log }: World): Promise<void> {
  const { services, paths } = cluster.engine
  await until(
    `the host is clean after ${log.join('; ')}`,
    async () => {
      const { items } = await cluster.client.list(virtualMachineInstances, { namespace })
      const live = new Set(items.filter((instance) => !isFinal(instance)).map(({ metadata }) => metadata.uid ?? ''))
      const folders = (await readdir(paths.ephemeral)).filter((id) => !live.has(id))
      const domains = services.driver.list().filter(({ id }) => !live.has(id))
      const launchers = (await cluster.client.list(pods, { namespace })).items.filter(
        ({ metadata }) =>
          !items.some(({ metadata: owner }) => owner.uid === metadata.labels?.['kubevirt.io/created-by']),
      )
      return [...folders, ...domains.map(({ id }) => id), ...launchers.map(({ metadata }) => metadata.name)]
    },
    (left) => left.length === 0,
  )
}

describe('the life of machines', () => {
  it.each(Array.from({ length: rounds }, (_, seed) => seed))('settles whatever happens (seed %i)', async (seed) => {
    const random = randomFrom(seed + 1)
    const pick = <T>(of: readonly T[]): T => {
      const found = of[Math.floor(random() * of.length)]
      if (found === undefined) throw new Error('nothing to pick from')
      return found
    }
    const dataDir = await temporaryFolder()
    const world: World = { cluster: await TestEngine.start({ dataDir }), dataDir, pick, log: [] }
    try {
      for (const name of names) world.log.push(`${name}: ${(await kinds['create']?.(world, name)) ?? ''}`)
      for (let step = 0; step < steps; step += 1) {
        const name = pick(names)
        const kind = pick(Object.keys(kinds))
        world.log.push(`${name}: ${(await kinds[kind]?.(world, name)) ?? ''}`)
        // Often the next step comes before all is settled.
        if (pick([true, false])) await settled(world)
      }
      await settled(world)
      await cleanHost(world)
      for (const name of names) await kinds['delete']?.(world, name)
      world.log.push('all deleted')
      await settled(world)
      await cleanHost(world)
    } finally {
      await world.cluster[Symbol.asyncDispose]()
      await rm(dataDir, { recursive: true, force: true })
    }
  })
})
