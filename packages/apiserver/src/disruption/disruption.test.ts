import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { getPath, type JsonObject } from '@berth/meta'
import { createMemoryStore } from '@berth/store'
import type { Subresource } from '../resource/definition.ts'
import { coreServer, type Answer, type CoreServer } from '../testing/core-server.ts'
import type { Lifecycle } from '../lifecycle/lifecycle.ts'
import { budgetStatus } from './budget.ts'
import { budgetedEviction } from './eviction.ts'

let running: Lifecycle | undefined
afterEach(async () => {
  await running?.stop()
  running = undefined
})

const merge = { 'content-type': 'application/merge-patch+json' }
const pods = '/api/v1/namespaces/default/pods'
const budgets = '/apis/policy/v1/namespaces/default/poddisruptionbudgets'

async function started(): Promise<CoreServer> {
  const core = coreServer()
  running = core.lifecycle()
  await running.ready
  return core
}

async function ready(core: CoreServer, name: string): Promise<void> {
  const spec = { containers: [{ name: 'c', image: 'i' }], nodeName: 'n' }
  await core.call('POST', pods, { metadata: { name, labels: { app: 'x' } }, spec })
  const status = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }
  await core.call('PATCH', `${pods}/${name}/status`, { status }, merge)
}

function budget(core: CoreServer, spec: JsonObject): Promise<Answer> {
  return core.call('POST', budgets, {
    metadata: { name: 'b' },
    spec: { selector: { matchLabels: { app: 'x' } }, ...spec },
  })
}

function status(core: CoreServer): JsonObject {
  const text = core.store.get('policy/poddisruptionbudgets', 'default/b')?.value.toString() ?? '{}'
  return (getPath(JSON.parse(text) as JsonObject, ['status']) as JsonObject | undefined) ?? {}
}

describe('the status of a budget', () => {
  it.each<[JsonObject, number, number]>([
    [{ minAvailable: 2 }, 2, 1],
    [{ minAvailable: '50%' }, 2, 1],
    [{ minAvailable: '100%' }, 3, 0],
    [{ maxUnavailable: 1 }, 2, 1],
    [{ maxUnavailable: '34%' }, 1, 2],
    [{ maxUnavailable: 5 }, 0, 3],
  ])('%j of three wants %i healthy and allows %i to go', async (spec, desired, allowed) => {
    const core = await started()
    for (const name of ['p', 'q', 'r']) await ready(core, name)
    await budget(core, spec)
    await core.until(() => status(core)['expectedPods'] === 3)
    expect(status(core)).toMatchObject({ desiredHealthy: desired, disruptionsAllowed: allowed, currentHealthy: 3 })
  })

  it('follows its pods', async () => {
    const core = await started()
    await budget(core, { minAvailable: 1 })
    await core.until(() => status(core)['observedGeneration'] === 1)
    expect(status(core)['disruptionsAllowed']).toBe(0)
    await ready(core, 'p')
    await ready(core, 'q')
    await core.until(() => status(core)['disruptionsAllowed'] === 1)
    expect(status(core)['conditions']).toMatchObject([
      { type: 'DisruptionAllowed', status: 'True', reason: 'SufficientPods' },
    ])
    await core.call('DELETE', `${pods}/p?gracePeriodSeconds=0`)
    await core.until(() => status(core)['disruptionsAllowed'] === 0)
  })

  it('forgets an allowed eviction that never came about', () => {
    const now = new Date('2026-01-01T00:10:00Z')
    const metadata = { name: 'p', labels: { app: 'x' } }
    const pod = { apiVersion: 'v1', kind: 'Pod', metadata, status: { conditions: [{ type: 'Ready', status: 'True' }] } }
    const told = (at: string): JsonObject =>
      budgetStatus(
        {
          apiVersion: 'policy/v1',
          kind: 'PodDisruptionBudget',
          metadata: {},
          spec: { minAvailable: 0, selector: {} },
          status: { disruptedPods: { p: at } },
        },
        [pod],
        now,
      )
    expect(told('2026-01-01T00:09:00Z')).toMatchObject({ currentHealthy: 0, disruptedPods: { p: expect.any(String) } })
    expect(told('2026-01-01T00:07:00Z')).toMatchObject({ currentHealthy: 1 })
    expect(told('2026-01-01T00:07:00Z')).not.toHaveProperty('disruptedPods')
  })
})

describe('an eviction', () => {
  const done: Subresource = { methods: ['POST'], handle: async () => ({ kind: 'empty', code: 201 }) }

  function evicting(name: string, dryRun = false): Parameters<Subresource['handle']>[0] {
    return {
      method: 'POST',
      version: 'v1',
      namespace: 'default',
      name,
      rest: [],
      query: new URLSearchParams(),
      body: undefined,
      upgrade: false,
      signal: new AbortController().signal,
      user: { name: 'u', groups: [] },
      dryRun,
      now: new Date(),
      warn: () => undefined,
    }
  }

  it('takes from the budget, and waits when nothing is left', async () => {
    const core = await started()
    for (const name of ['p', 'q', 'r']) await ready(core, name)
    await budget(core, { minAvailable: 2 })
    await core.until(() => status(core)['disruptionsAllowed'] === 1)
    const eviction = budgetedEviction(done, core.store)
    expect(await eviction.handle(evicting('p', true))).toMatchObject({ code: 201 })
    const outcomes = await Promise.allSettled(['p', 'q', 'r'].map((name) => eviction.handle(evicting(name))))
    expect(outcomes.filter((each) => each.status === 'fulfilled')).toHaveLength(1)
    const [refused] = outcomes.flatMap((each) => (each.status === 'rejected' ? [each.reason as unknown] : []))
    expect(refused).toMatchObject({
      code: 'TooManyRequests',
      message: "Cannot evict pod as it would violate the pod's disruption budget.",
      status: { details: { causes: [{ reason: 'DisruptionBudget' }] } },
    })
    await core.until(() => status(core)['currentHealthy'] === 2)
    expect(Object.keys(status(core)['disruptedPods'] ?? {})).toHaveLength(1)
  })

  it('goes on for pods that serve nobody, and for those of no budget', async () => {
    const core = await started()
    const eviction = budgetedEviction(done, core.store)
    await ready(core, 'p')
    expect(await eviction.handle(evicting('p'))).toMatchObject({ code: 201 })
    await budget(core, { minAvailable: 1 })
    await core.until(() => status(core)['expectedPods'] === 1)
    await expect(eviction.handle(evicting('p'))).rejects.toMatchObject({ code: 'TooManyRequests' })
    await core.call('PATCH', `${pods}/p/status`, { status: { phase: 'Failed' } }, merge)
    expect(await eviction.handle(evicting('p'))).toMatchObject({ code: 201 })
  })

  it('of a pod that is not there is left to whoever runs pods', async () => {
    const store = createMemoryStore()
    expect(await budgetedEviction(done, store).handle(evicting(randomUUID()))).toMatchObject({ code: 201 })
  })
})
