import { silentLogger } from '@berth/base'
import type { Domain, GuestInfo, GuestInfoPart } from '@berth/hypervisor'
import { beforeEach, describe, expect, it } from 'vitest'
import { LeapingClock } from '../../testing/leaping-clock.ts'
import { instanceOf } from '../../testing/manifests.ts'
import { until } from '../../testing/until.ts'
import { AgentWatch } from './agent-watch.ts'

const nothing: GuestInfo = { agentVersion: '', supportedCommands: [], users: [], filesystems: [], interfaces: [] }
const known: Record<GuestInfoPart, Partial<GuestInfo>> = {
  version: { agentVersion: '9' },
  system: { hostname: 'web' },
  filesystems: { filesystems: [{ name: 'vda', mountPoint: '/', type: 'ext4', disks: [] }] },
  users: { users: [{ user: 'me', loginTimeSeconds: 1 }] },
}

describe('AgentWatch', () => {
  let asked: string[]
  let clock: LeapingClock
  let watch: AgentWatch
  let changes: number

  beforeEach(() => {
    asked = []
    changes = 0
    clock = new LeapingClock()
    watch = new AgentWatch({ clock, logger: silentLogger }, () => (changes += 1))
  })

  /** Only what the watch uses of a machine. */
  function domain(agentConnected = true): Domain {
    return {
      status: { state: 'running', agentConnected },
      agent: {
        info: async (parts: readonly GuestInfoPart[]) => {
          asked.push(parts.join())
          return parts.reduce((info, part) => ({ ...info, ...known[part] }), nothing)
        },
      },
    } as unknown as Domain
  }

  const rounds = (count: number): Promise<unknown> =>
    until(
      `${count} rounds`,
      () => asked.length,
      (found) => found >= count,
    )

  it('asks for all at once, and then for each part at its own pace', async () => {
    const machine = domain()
    const instance = instanceOf('web')
    expect(watch.observe(instance, machine)).toBeUndefined()
    await rounds(1)
    await until(
      'the answer',
      () => watch.observe(instance, machine),
      (info) => info?.hostname === 'web',
    )
    for (let round = 2; round <= 8; round += 1) {
      clock.leap(10_000)
      await rounds(round)
      // The next question is set when this one is answered.
      await until(
        'the answer',
        () => watch.observe(instance, machine),
        (info) => info?.users.length === 1,
      )
    }
    expect(asked.slice(0, 4)).toEqual([
      'version,system,filesystems,users',
      'version,system,filesystems,users',
      'users',
      'version,system,filesystems,users',
    ])
    expect(asked.filter((parts) => parts !== 'users').length).toBeLessThan(5)
    // What one round does not ask for stays, and what stays the same is no news.
    expect(watch.observe(instance, machine)).toMatchObject({ agentVersion: '9', hostname: 'web' })
    expect(changes).toBe(1)
    watch.stop()
  })

  it('forgets an agent that has gone', async () => {
    const instance = instanceOf('web')
    watch.observe(instance, domain())
    await rounds(1)
    expect(watch.observe(instance, domain(false))).toBeUndefined()
    clock.leap(600_000)
    expect(asked).toHaveLength(1)
  })

  it('leaves a guest alone whose file systems are held', async () => {
    const held = instanceOf('web')
    held.metadata.annotations = { 'berth.dev/unfreeze-at': 'never' }
    watch.observe(held, domain())
    clock.leap(30_000)
    await until(
      'a turn of the event loop',
      () => clock.now(),
      () => true,
    )
    expect(asked).toEqual([])
    watch.stop()
  })
})
