import { virtualMachineInstances, virtualMachines, type VirtualMachine } from '@berth/api'
import { silentLogger } from '@berth/base'
import { systemClock } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import { startTestEngine, type TestEngine } from '@berth/testkit'
import { actionOf, referenceOfKey, type ActionId, type Selection, type Task, type TasksUpdate } from '@berth/view'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import { clusterOf } from '../clusters/testing/cluster-of.ts'
import { tasksChannel } from '../channels/tasks/tasks-channel.ts'
import { createParts, type Parts } from '../parts.ts'
import { keysOfQuery } from '../plans/keys-of-query.ts'
import { makePlan, type FrozenPlan } from '../plans/make-plan.ts'
import { parsePlanRequest } from '../plans/parse-plan.ts'
import { plans } from '../plans/plans.ts'
import type { Reference } from '../plans/read-states.ts'
import type { Session } from '../sessions/session.ts'
import { watches } from '../watches/registry.ts'
import { runPlan } from './run-task.ts'
import { taskOf, type TaskRecord } from './task-book.ts'
import { tasks } from './tasks.ts'

/** A busy machine only makes these slower. */
const patient = { timeout: 30_000 }

let engine: TestEngine
let parts: Parts
let clusters: Cluster[]

beforeAll(async () => {
  engine = await startTestEngine({ driver: 'simulated' })
  clusters = [clusterOf(engine)]
  parts = createParts({ clusters, clock: systemClock, logger: silentLogger, dataDirectory: engine.scratch })
})
afterAll(async () => {
  await parts.close()
  await engine.stop()
})

function sessionOf(owner: string, signal = new AbortController().signal): Session {
  const identities = new Map<string, Identity>([['here', { kind: 'context' }]])
  return { id: 's', owner, displayName: owner, identities, admin: true, signal }
}
const admin = sessionOf('local:admin')

async function create(name: string, runStrategy: 'Always' | 'Halted'): Promise<VirtualMachine> {
  return engine.client.create(virtualMachines, {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace: 'default' },
    spec: {
      runStrategy,
      template: { spec: { domain: { devices: {}, memory: { guest: '64Mi' } }, terminationGracePeriodSeconds: 1 } },
    },
  })
}

const keyOf = (name: string): string => `here/VirtualMachine/default/${name}`

async function plan(action: ActionId, names: string[], options = {}): Promise<FrozenPlan> {
  const parsed = parsePlanRequest({ action, selection: { kind: 'keys', keys: names.map(keyOf) }, options })
  const references = names
    .map((name) => referenceOfKey(keyOf(name)))
    .filter((found): found is Reference => found !== undefined)
  return makePlan(parsed, references, { session: admin, clusters, rights: parts.part(watches).rights })
}

const ended = (task: TaskRecord): Promise<Task> => vi.waitUntil(() => task.state !== 'running' && taskOf(task), patient)

const names = (found: FrozenPlan): string[] => found.targets.map(({ target }) => target.name)

describe('plans', () => {
  it('freeze what is there, and say of the rest why not', async () => {
    await create('off-1', 'Halted')
    const found = await plan('start', ['off-1', 'nowhere'])
    expect(names(found)).toEqual(['off-1'])
    expect(found.targets[0]?.effects).toEqual([{ effect: 'starts' }])
    expect(found.refused).toMatchObject([{ target: { name: 'nowhere' }, why: 'It is not there any more.' }])
    const stop = await plan('stop', ['off-1'])
    expect(stop.refused).toMatchObject([{ why: 'VM is not running' }])
  })

  it('take a query as what matches it now, but the exceptions', async () => {
    for (const name of ['q-1', 'q-2', 'q-3']) await create(name, 'Halted')
    const find = async (): Promise<string[]> => {
      const selection: Extract<Selection, { kind: 'query' }> = {
        kind: 'query',
        table: 'workloads',
        query: 'name:q-*',
        except: [keyOf('q-2')],
      }
      return keysOfQuery(selection, admin, { clusters, part: (part) => parts.part(part) })
    }
    await expect.poll(async () => (await find()).toSorted()).toEqual([keyOf('q-1'), keyOf('q-3')])
  })

  it('are carried out once, by the one who asked', async () => {
    const kept = parts.part(plans).keep('local:admin', await plan('start', ['off-1']))
    expect(() => parts.part(plans).take('local:eve', kept.id)).toThrow('not there any more')
    expect(names(parts.part(plans).take('local:admin', kept.id))).toEqual(['off-1'])
    expect(() => parts.part(plans).take('local:admin', kept.id)).toThrow('not there any more')
  })

  it.each<[unknown, string]>([
    [null, 'must be an object'],
    [{ action: 'explode' }, 'action:'],
    [{ action: 'vnc', selection: { kind: 'keys', keys: [] } }, 'action:'],
    [{ action: 'stop', selection: { kind: 'keys', keys: [1] } }, 'selection.keys'],
    [{ action: 'stop', selection: { kind: 'query', query: 1 } }, 'selection.query'],
    [{ action: 'stop', selection: { kind: 'keys', keys: [] }, options: { gracePeriod: -1 } }, 'options.gracePeriod'],
    [{ action: 'delete', selection: { kind: 'keys', keys: [] }, options: { keepDisks: 'no' } }, 'options.keepDisks'],
  ])('refuse %j', (body, message) => {
    expect(() => parsePlanRequest(body)).toThrow(message)
  })
})

describe('tasks', () => {
  it('start machines and end when they run', async () => {
    await Promise.all(['web-1', 'web-2', 'web-3'].map((name) => create(name, 'Halted')))
    const updates: TasksUpdate[] = []
    const channel = tasksChannel.open({
      context: {
        session: admin,
        clusters,
        clock: systemClock,
        logger: silentLogger,
        dataDirectory: engine.scratch,
        part: (part) => parts.part(part),
      },
      request: {},
      send: (update) => updates.push(update),
      refuse: () => {},
    })
    const task = await ended(runPlan(await plan('start', ['web-1', 'web-2', 'web-3']), admin, parts.part(tasks)))
    expect(task).toMatchObject({ action: 'start', count: 3, done: 3, failed: 0, state: 'done' })
    for (const name of ['web-1', 'web-2', 'web-3']) {
      const { status } = await engine.client.get(virtualMachines, { namespace: 'default', name })
      expect(status?.printableStatus).toBe('Running')
    }
    await vi.waitUntil(
      () => updates.some(({ tasks: told }) => told.some(({ id, state }) => id === task.id && state === 'done')),
      patient,
    )
    channel.close()
  })

  it('delete exactly what was planned, and nothing that came under its name since', async () => {
    await Promise.all(['old-1', 'old-2', 'old-3'].map((name) => create(name, 'Halted')))
    const frozen = await plan('delete', ['old-1', 'old-2'])
    await engine.client.delete(virtualMachines, { namespace: 'default', name: 'old-2' })
    await vi.waitUntil(
      async () =>
        (await unlessMissing(engine.client.get(virtualMachines, { namespace: 'default', name: 'old-2' }))) ===
        undefined,
      patient,
    )
    const newcomer = await create('old-2', 'Halted')
    const task = await ended(runPlan(frozen, admin, parts.part(tasks)))
    expect(task).toMatchObject({ done: 1, failed: 1, state: 'failed' })
    expect(task.items[0]).toMatchObject({ target: { name: 'old-2' }, state: 'failed' })
    expect(task.items[0]?.message).toContain('replaced by another')
    const left = await engine.client.list(virtualMachines, { namespace: 'default' })
    expect(left.items.map(({ metadata }) => metadata.name).filter((name) => name?.startsWith('old-'))).toEqual([
      'old-2',
      'old-3',
    ])
    expect(left.items.some(({ metadata }) => metadata.uid === newcomer.metadata.uid)).toBe(true)
  })

  it('repeat what failed, and only that', async () => {
    await create('flaky', 'Halted')
    await create('fine', 'Halted')
    const frozen = await plan('start', ['flaky', 'fine'])
    // Somebody else was quicker: the server refuses to start what runs.
    await engine.client.raw({
      method: 'PUT',
      path: '/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachines/flaky/start',
      body: {},
    })
    const running = async (): Promise<boolean> => {
      const instance = await unlessMissing(
        engine.client.get(virtualMachineInstances, { namespace: 'default', name: 'flaky' }),
      )
      return instance?.status?.phase === 'Running'
    }
    await vi.waitUntil(running, patient)
    const record = runPlan(frozen, admin, parts.part(tasks))
    const task = await ended(record)
    expect(task).toMatchObject({ done: 1, failed: 1 })
    expect(task.items.find(({ state }) => state === 'failed')?.message).toContain('VM is already running')
    await engine.client.raw({
      method: 'PUT',
      path: '/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachines/flaky/stop',
      body: { gracePeriod: 0 },
    })
    await vi.waitUntil(
      async () =>
        (await engine.client.get(virtualMachines, { namespace: 'default', name: 'flaky' })).status?.printableStatus ===
        'Stopped',
      patient,
    )
    const again = record.repeat?.([0], admin)
    expect(again?.items.map(({ target }) => target.name)).toEqual(['flaky'])
    expect(again && (await ended(again))).toMatchObject({ count: 1, done: 1, name: 'flaky' })
  })

  it('begin nothing more once they are cancelled', async () => {
    const many = Array.from({ length: 30 }, (_unused, index) => `many-${index}`)
    for (const name of many) await create(name, 'Halted')
    const record = runPlan(await plan('delete', many), admin, parts.part(tasks))
    record.cancel.abort()
    const task = await ended(record)
    expect(task.skipped).toBeGreaterThan(0)
    expect(task.done + task.skipped).toBe(30)
    const left = await engine.client.list(virtualMachines, { namespace: 'default' })
    expect(left.items.filter(({ metadata }) => metadata.name?.startsWith('many-'))).toHaveLength(task.skipped)
  })

  it('belong to one person', async () => {
    await create('mine', 'Halted')
    const record = runPlan(await plan('delete', ['mine']), admin, parts.part(tasks))
    await ended(record)
    const { book } = parts.part(tasks)
    expect(() => book.find('local:eve', record.id)).toThrow('no such task')
    expect(book.of('local:eve')).toEqual([])
    book.remove(record)
    expect(() => book.find('local:admin', record.id)).toThrow('no such task')
  })

  it('wait for a restart until the new run is there', async () => {
    await create('again', 'Always')
    const instanceOf = async (): Promise<string | undefined> => {
      const found = await unlessMissing(
        engine.client.get(virtualMachineInstances, { namespace: 'default', name: 'again' }),
      )
      return found?.status?.phase === 'Running' ? found.metadata.uid : undefined
    }
    const before = await vi.waitUntil(instanceOf, patient)
    const task = await ended(runPlan(await plan('restart', ['again']), admin, parts.part(tasks)))
    expect(task).toMatchObject({ state: 'done' })
    expect(await instanceOf()).not.toBe(before)
    expect(actionOf('restart').goal).toBe('restarted')
  })
})
