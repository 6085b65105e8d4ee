/** Random creates, deletes and changes at the same time: no moment shows more than the quota allows, and the sum is right in the end. */

import { describe, expect, it } from 'vitest'
import { quantityToNumber, type JsonObject } from '@berth/meta'
import { objectAt, textAt } from '../core/fields.ts'
import { decodeStored } from '../rest/stored-form.ts'
import { coreServer, type CoreServer } from '../testing/core-server.ts'

/** A small generator of our own, so that a failing round can be run again. */
function generator(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

const limit = { claims: 6, gibibytes: 20, services: 4, nodePorts: 5 }
const base = '/api/v1/namespaces/default'
const merge = { 'content-type': 'application/merge-patch+json' }

interface Totals {
  claims: number
  gibibytes: number
  services: number
  nodePorts: number
}

function totals(core: CoreServer): Totals {
  const sum: Totals = { claims: 0, gibibytes: 0, services: 0, nodePorts: 0 }
  for (const { value } of core.store.list('core/persistentvolumeclaims').items) {
    const resources = objectAt(objectAt(decodeStored(value), 'spec'), 'resources')
    sum.claims += 1
    sum.gibibytes += quantityToNumber(textAt(objectAt(resources, 'requests'), 'storage')) / 2 ** 30
  }
  for (const { value } of core.store.list('core/services').items) {
    const spec = objectAt(decodeStored(value), 'spec')
    sum.services += 1
    if (spec?.['type'] === 'NodePort') sum.nodePorts += (spec['ports'] as JsonObject[]).length
  }
  return sum
}

async function prepared(): Promise<CoreServer> {
  const core = coreServer()
  await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  const classBody = { metadata: { name: 'c' }, provisioner: 'x', allowVolumeExpansion: true }
  await core.call('POST', '/apis/storage.k8s.io/v1/storageclasses', classBody)
  const quotas: JsonObject[] = [
    { persistentvolumeclaims: String(limit.claims), 'requests.storage': `${limit.gibibytes}Gi` },
    { services: String(limit.services), 'services.nodeports': String(limit.nodePorts) },
  ]
  for (const [index, hard] of quotas.entries()) {
    await core.call('POST', `${base}/resourcequotas`, { metadata: { name: `q${index}` }, spec: { hard } })
  }
  return core
}

describe.each([1, 2, 3, 4, 5, 6])('round %i', (seed) => {
  it('never exceeds, and ends with the right sum', async () => {
    const core = await prepared()
    const random = generator(seed)
    const pick = (count: number): number => Math.floor(random() * count)
    let most: Totals = totals(core)
    const handle = core.store.onRevision(() => {
      const now = totals(core)
      for (const key of ['claims', 'gibibytes', 'services', 'nodePorts'] as const) {
        expect(now[key], `${key} in round ${seed}`).toBeLessThanOrEqual(limit[key])
      }
      most = now
    })
    const actions: (() => Promise<{ code: number }>)[] = [
      () =>
        core.call('POST', `${base}/persistentvolumeclaims`, {
          metadata: { name: `p${pick(9)}` },
          spec: {
            accessModes: ['ReadWriteOnce'],
            storageClassName: 'c',
            resources: { requests: { storage: `${1 + pick(6)}Gi` } },
          },
        }),
      () => core.call('DELETE', `${base}/persistentvolumeclaims/p${pick(9)}`),
      async () => {
        const path = `${base}/persistentvolumeclaims/p${pick(9)}`
        await core.call('PATCH', `${path}/status`, { status: { phase: 'Bound' } }, merge)
        const grow = { spec: { resources: { requests: { storage: `${1 + pick(9)}Gi` } } } }
        return core.call('PATCH', path, grow, merge)
      },
      () =>
        core.call('POST', `${base}/services`, {
          metadata: { name: `s${pick(7)}` },
          spec: {
            type: pick(2) === 0 ? 'NodePort' : 'ClusterIP',
            ports: [
              { port: 80, name: 'a' },
              { port: 81, name: 'b' },
            ],
          },
        }),
      () => core.call('DELETE', `${base}/services/s${pick(7)}`),
      () => {
        const type = pick(2) === 0 ? 'NodePort' : 'ClusterIP'
        return core.call('PATCH', `${base}/services/s${pick(7)}`, { spec: { type } }, merge)
      },
    ]
    const codes = new Map<number, number>()
    async function client(): Promise<void> {
      for (let step = 0; step < 40; step += 1) {
        const { code } = (await actions[pick(actions.length)]?.()) ?? { code: 0 }
        codes.set(code, (codes.get(code) ?? 0) + 1)
      }
    }
    await Promise.all(Array.from({ length: 12 }, client))
    handle.close()

    // The round meant something: writes were let in, and others refused.
    expect(codes.get(201) ?? 0).toBeGreaterThan(10)
    expect(codes.get(403) ?? 0).toBeGreaterThan(10)
    expect([...codes.keys()].filter((code) => code >= 500)).toEqual([])
    expect(totals(core)).toEqual(most)
    const [claims, services] = [core.quotas.account('default/q0')?.used, core.quotas.account('default/q1')?.used]
    const sum = totals(core)
    expect(quantityToNumber(claims?.get('persistentvolumeclaims') ?? -1)).toBe(sum.claims)
    expect(quantityToNumber(claims?.get('requests.storage') ?? -1) / 2 ** 30).toBe(sum.gibibytes)
    expect(quantityToNumber(services?.get('services') ?? -1)).toBe(sum.services)
    expect(quantityToNumber(services?.get('services.nodeports') ?? -1)).toBe(sum.nodePorts)
    // Nothing of what was promised is left: the rest of the room can be filled to the last.
    for (let left = limit.services - sum.services; left >= 0; left -= 1) {
      const body = { metadata: { name: `rest${left}` }, spec: { ports: [{ port: 80 }] } }
      expect((await core.call('POST', `${base}/services`, body)).code).toBe(left > 0 ? 201 : 403)
    }
  })
})

it('fills to the very last place, and no further, when all ask at once', async () => {
  const core = coreServer()
  await core.call('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })
  await core.call('POST', `${base}/resourcequotas`, { metadata: { name: 'q' }, spec: { hard: { configmaps: '37' } } })
  const answers = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      core.call('POST', `${base}/configmaps`, { metadata: { name: `c${index}` } }),
    ),
  )
  expect(answers.filter(({ code }) => code === 201)).toHaveLength(37)
  expect(answers.filter(({ code }) => code === 403)).toHaveLength(163)
  expect(core.store.count('core/configmaps')).toBe(37)
})
