import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { driverConformance } from '../driver.conformance.ts'
import { EventLog } from '../testing/event-log.ts'
import { plainSpec } from '../testing/spec.ts'
import { createSimulatedDriver } from './create.ts'

driverConformance('simulated', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'berth-simulated-'))
  const stateFile = join(folder, 'machines')
  return {
    open: () => createSimulatedDriver({ stateFile }),
    spec: plainSpec,
    marker: 'berth guest ready',
    async disk(name) {
      return { name, path: `/simulated/${name}`, format: 'qcow2', device: 'disk', bus: 'virtio', readOnly: false }
    },
    overlay: async (_, name) => `/simulated/${name}`,
    online: async () => {},
    async remains() {
      const last = new Map<string, boolean>()
      for (const line of (await readFile(stateFile, 'utf8').catch(() => '')).split('\n').slice(0, -1)) {
        const { id, forgotten = false } = JSON.parse(line)
        last.set(id, forgotten)
      }
      return [...last].flatMap(([id, forgotten]) => (forgotten ? [] : [id]))
    },
    dispose: () => rm(folder, { recursive: true }),
  }
})

describe('simulated driver', () => {
  /** A clock that stands still until told. */
  function manualClock() {
    let time = 0
    let timers: { at: number; callback: () => void }[] = []
    return {
      now: () => new Date(time),
      after(ms: number, callback: () => void) {
        const timer = { at: time + ms, callback }
        timers.push(timer)
        return () => {
          timers = timers.filter((each) => each !== timer)
        }
      },
      advance(ms: number) {
        time += ms
        const due = timers.filter(({ at }) => at <= time)
        timers = timers.filter(({ at }) => at > time)
        for (const { callback } of due) callback()
      },
    }
  }

  it('boots and shuts down in the time it is given, by the clock it is given', async () => {
    const clock = manualClock()
    const driver = await createSimulatedDriver({ clock, bootDelayMs: 1000, shutdownDelayMs: 500 })
    const log = new EventLog(driver)
    const domain = await driver.start({ ...plainSpec('a'), guestAgent: true })
    await expect(domain.agent.info()).rejects.toMatchObject({ code: 'AgentUnavailable' })
    clock.advance(1000)
    expect(domain.status).toEqual({ state: 'running', agentConnected: true })
    expect((await domain.agent.info()).interfaces[0]?.addresses).toEqual([
      { ip: '10.0.2.2', prefix: 24, family: 'ipv4' },
    ])
    await domain.powerDown()
    expect(domain.status.state).toBe('running')
    clock.advance(500)
    expect(domain.status).toEqual({ state: 'stopped', reason: 'guest-shutdown', agentConnected: false })
    expect(log.events.map(({ type }) => type)).toEqual(['state', 'state', 'agent', 'state'])
    await driver.close()
  })

  it('keeps a thousand machines apart', async () => {
    const driver = await createSimulatedDriver()
    await Promise.all(Array.from({ length: 1000 }, (_, index) => driver.start(plainSpec(`m${index}`))))
    await driver.get('m7')?.destroy()
    expect(driver.list().filter(({ status }) => status.state === 'running')).toHaveLength(999)
    await driver.close()
  })
})
