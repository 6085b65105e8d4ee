import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { isFinal, runStrategies, type RunStrategy } from '@berth/api'
import { isConditionTrue, StatusError } from '@berth/meta'
import { persistentVolumes, pods } from '@berth/kube'
import { expect, it } from 'vitest'
import { virtualMachineInstances, virtualMachines } from '@berth/api'
import { dataVolumeOf, machineOf } from './testing/manifests.ts'
import { randomFrom } from './testing/random.ts'
import { namespace, TestEngine } from './testing/test-engine.ts'
import { until } from './testing/until.ts'

const names = ['a', 'b', 'c']
const clients = 6
const requestsEach = 80
const strategies = runStrategies.filter((strategy) => strategy !== 'WaitAsReceiver')

/** Clients that do not know of each other press every button; whatever they are answered, nothing may break. */
it.each([1, 2])('stays consistent under many hands (seed %i)', { timeout: 180_000 }, async (seed) => {
  const random = randomFrom(seed)
  await using cluster = await TestEngine.start({ simulated: { bootDelayMs: 3, shutdownDelayMs: 5 } })
  const { driver } = cluster.engine.services
  const broken: string[] = []
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T

  // At no moment may two machines run for one name.
  const stop = driver.on(() => {
    for (const name of names) {
      const alive = driver
        .list()
        .filter((domain) => domain.spec.tags['name'] === name && domain.status.state !== 'stopped')
      if (alive.length > 1) broken.push(`${alive.length} machines run for ${name}`)
    }
  })

  const requests: Record<string, (name: string) => Promise<unknown>> = {
    create: (name) => cluster.create(withDisk(name, pick(strategies))),
    delete: (name) => cluster.client.delete(virtualMachines, { namespace, name }),
    deleteInstance: (name) => cluster.client.delete(virtualMachineInstances, { namespace, name }),
    start: (name) => cluster.act(name, 'start', random() < 0.2 ? { paused: true } : {}),
    stop: (name) => cluster.act(name, 'stop', random() < 0.5 ? { gracePeriod: 0 } : {}),
    restart: (name) => cluster.act(name, 'restart', random() < 0.5 ? { gracePeriodSeconds: 0 } : {}),
    pause: (name) => cluster.act(name, 'pause'),
    unpause: (name) => cluster.act(name, 'unpause'),
    reset: (name) => cluster.act(name, 'reset'),
    strategy: (name) =>
      cluster.client.patch(
        virtualMachines,
        { namespace, name },
        { type: 'merge', patch: { spec: { runStrategy: pick(strategies), running: null } } },
      ),
    kill: async (name) => {
      const mine = driver.list().find((domain) => domain.spec.tags['name'] === name)
      await mine?.destroy()
    },
    evict: async (name) => {
      const { items } = await cluster.client.list(pods, { namespace, labelSelector: `vm.kubevirt.io/name=${name}` })
      const [pod] = items
      if (pod !== undefined) await cluster.client.delete(pods, { namespace, name: pod.metadata.name ?? '' })
    },
  }

  await Promise.all(
    Array.from({ length: clients }, async () => {
      for (let count = 0; count < requestsEach; count += 1) {
        const name = pick(names)
        const verb = pick(random() < 0.3 ? ['create'] : Object.keys(requests))
        try {
          await requests[verb]?.(name)
        } catch (error) {
          if (!(error instanceof StatusError)) throw error
          // KubeVirt's own answers for a busy machine are 500s with these words; nothing else may be.
          const known =
            /stop\/start already underway|Failed to reset non-running VMI|is (stopped|starting|paused|running), not/
          if (error.httpCode >= 500 && !known.test(error.message)) broken.push(`${verb} ${name}: ${error.message}`)
        }
        if (random() < 0.3) await pause(random() * 10)
      }
    }),
  )
  cluster.clock.leap(120_000)
  stop()
  expect(broken).toEqual([])

  // Then everything comes to rest where it was told to.
  for (const name of names) {
    if ((await cluster.machine(name)) === undefined) continue
    await until(
      `${name} rests`,
      async () => {
        cluster.clock.leap(1000)
        return { machine: await cluster.machine(name), instance: await cluster.instance(name) }
      },
      ({ machine, instance }) => {
        const live = instance !== undefined && !isFinal(instance) && instance.metadata.deletionTimestamp === undefined
        const running = instance?.status?.phase === 'Running'
        const shown = machine?.status?.printableStatus
        if (machine === undefined) return instance === undefined
        const { runStrategy } = machine.spec
        // A start that was asked for under another strategy stays, without effect, in a halted machine (as in KubeVirt).
        if (runStrategy === 'Halted') return instance === undefined && shown === 'Stopped'
        if ((machine.status?.stateChangeRequests ?? []).length > 0) return false
        const up = running && (shown === 'Running' || shown === 'Paused')
        return up || (runStrategy !== 'Always' && !live && shown === 'Stopped')
      },
    )
    const instance = await cluster.instance(name)
    if (instance?.status?.phase === 'Running') {
      expect(isConditionTrue(instance.status.conditions, 'Paused')).toBe(
        cluster.domain(instance).status.state === 'paused',
      )
    }
  }

  // And can be taken away whole.
  for (const name of names) {
    await cluster.client.delete(virtualMachines, { namespace, name }).catch((error: unknown) => {
      if (!(error instanceof StatusError && error.code === 'NotFound')) throw error
    })
  }
  const { paths } = cluster.engine
  await until(
    'nothing is left',
    async () => {
      cluster.clock.leap(1000)
      return {
        machines: (await cluster.client.list(virtualMachines)).items.map((each) => each.metadata),
        instances: (await cluster.client.list(virtualMachineInstances)).items.map((each) => each.metadata),
        pods: (await cluster.client.list(pods)).items.map((each) => each.metadata),
        volumes: (await cluster.client.list(persistentVolumes)).items.map((each) => each.metadata),
        domains: driver.list().map((domain) => domain.id),
        files: [...(await readdir(paths.ephemeral)), ...(await readdir(join(paths.volumes, 'images')))],
      }
    },
    (left) => Object.values(left).every((list) => list.length === 0),
  )
  expect(broken).toEqual([])
})

function withDisk(name: string, runStrategy: RunStrategy) {
  return machineOf(name, {
    runStrategy,
    spec: {
      terminationGracePeriodSeconds: 5,
      volumes: [
        { name: 'root', dataVolume: { name: `${name}-root` } },
        { name: 'seed', cloudInitNoCloud: { userData: '#cloud-config\n' } },
      ],
    },
    dataVolumeTemplates: [{ metadata: { name: `${name}-root` }, spec: dataVolumeOf('').spec }],
  })
}
