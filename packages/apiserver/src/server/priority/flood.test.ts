import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { UserInfo } from '../../auth/user.ts'
import { boat, boatsPath, openHarbour, type Harbour } from '../testing/harbour.ts'

let harbour: Harbour

/**
 * 30 seats in all, so that a test need not start hundreds of requests: the flood's level has 3 and may borrow. On a busy machine the
 * last of them wait long for their turn.
 */
beforeEach(async () => {
  harbour = await openHarbour({
    limits: { readonlyInFlight: 20, mutatingInFlight: 10, queueMs: 600_000, requestMs: 600_000 },
  })
  await harbour.store.write(
    Array.from({ length: 1_000 }, (_, index) => ({
      op: 'put',
      collection: 'harbour.example/boats',
      key: `default/boat-${index}`,
      encode: (revision: number) =>
        Buffer.from(
          JSON.stringify({
            ...boat(`boat-${index}`),
            metadata: { name: `boat-${index}`, namespace: 'default', resourceVersion: String(revision) },
          }),
        ),
    })),
  )
})
afterEach(() => harbour.close())

const authenticated = 'system:authenticated'
const tenant: UserInfo = { name: 'tenant', groups: [authenticated] }
const alice: UserInfo = { name: 'alice', groups: [authenticated] }
const node: UserInfo = { name: 'system:node:n1', groups: ['system:nodes', authenticated] }
const probe: UserInfo = { name: 'system:anonymous', groups: ['system:unauthenticated'] }

describe('a flood of lists', () => {
  it('delays neither health nor nodes, and other users only a little', async () => {
    const order: string[] = []
    const ask = async (name: string, method: string, path: string, user: UserInfo): Promise<number> => {
      const { code } = await harbour.ask(method, path, {
        user,
        ...(method === 'POST' ? { body: { apiVersion: 'v1', kind: 'Tug', metadata: { name: 'n1' } } } : {}),
      })
      order.push(name)
      return code
    }
    // A selector that only reading each object can answer.
    const flood = Array.from({ length: 200 }, () => ask('flood', 'GET', `${boatsPath}?labelSelector=a%21%3Db`, tenant))
    await turn()
    const others = [
      ask('health', 'GET', '/healthz', probe),
      ask('node', 'POST', '/api/v1/namespaces/default/tugs', node),
      ask('get', 'GET', `${boatsPath}/boat-7`, alice),
    ]
    expect(await Promise.all(others)).toEqual([200, 201, 200])
    // Whoever is served while the flood runs is served before most of it.
    expect(order.filter((name) => name === 'flood').length).toBeLessThan(20)
    const codes = await Promise.all(flood)
    expect(new Set(codes)).toEqual(new Set([200]))
    const { body } = await harbour.server.metrics.render()
    expect(body).toMatch(/apiserver_flowcontrol_dispatched_requests_total\{flow_schema="global-default",.*\} 20[0-9]/)
    expect(body).toContain('apiserver_flowcontrol_current_executing_seats{priority_level="global-default"} 0')
    expect(body).toContain('apiserver_flowcontrol_current_inqueue_requests{priority_level="global-default"} 0')
  })

  it('is refused where it is too much, with a time to come back', async () => {
    const flood = await Promise.all(
      Array.from({ length: 600 }, () => harbour.ask('GET', `${boatsPath}?labelSelector=a%21%3Db`, { user: tenant })),
    )
    const refused = flood.filter(({ code }) => code === 429)
    expect(refused.length).toBeGreaterThan(100)
    expect(refused[0]).toMatchObject({ headers: { 'retry-after': '1' }, json: { reason: 'TooManyRequests' } })
    expect(flood.length - refused.length).toBeGreaterThanOrEqual(300)
  })
})
