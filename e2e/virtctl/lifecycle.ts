// Commands that change how a machine runs.
import { withoutKernel } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import type { GuestWorld } from './world.ts'

export function lifecycle({
  engine,
  virtctl,
  verbs: { becomes, create, instance, instanceBecomes },
  guest,
}: GuestWorld): void {
  describe('virtctl start, stop, restart, pause', () => {
    let name = ''
    beforeAll(async () => {
      name = await create('on-and-off', { runStrategy: 'Halted', spec: withoutKernel })
    })

    it('start --dry-run changes nothing', async () => {
      expect(await virtctl()('start', name, '--dry-run')).toContain('Dry Run execution')
      expect(await instance(name)).toBeUndefined()
    })

    it('start --paused holds the machine before its first instruction', async () => {
      expect(await virtctl()('start', name, '--paused')).toContain(`VM ${name} was scheduled to start`)
      await becomes(name, 'Paused')
    })

    it('unpause vm and pause vmi, and what is so already', async () => {
      await virtctl()('unpause', 'vm', name)
      await becomes(name, 'Running')
      expect(await virtctl().fails('unpause', 'vmi', name)).toContain('VMI is not paused')
      await virtctl()('pause', 'vmi', name)
      await becomes(name, 'Paused')
      expect(await virtctl().fails('pause', 'vm', name)).toContain('VMI is already paused')
      await virtctl()('unpause', 'vmi', name)
      await becomes(name, 'Running')
    })

    it('start refuses a machine that runs', async () => {
      expect(await virtctl().fails('start', name)).toContain('VM is already running')
    })

    it('restart --force makes a new instance', async () => {
      const before = await instance(name)
      expect(await virtctl()('restart', name, '--force', '--grace-period=0')).toContain('was scheduled to restart')
      await instanceBecomes(name, 'Running', before)
    })

    it('stop ends it, and refuses what is stopped', async () => {
      expect(await virtctl()('stop', name)).toContain(`VM ${name} was scheduled to stop`)
      await becomes(name, 'Stopped')
      expect(await virtctl().fails('stop', name)).toContain('VM is not running')
      expect(await virtctl().fails('restart', name)).toContain('Halted does not support manual restart requests')
    })

    it('pause explains a machine that does not run', async () => {
      expect(await virtctl().fails('pause', 'vm', name)).toMatch(/is not set to run/)
    })

    it('a machine that is not there is not found', async () => {
      for (const command of ['start', 'stop', 'restart'])
        expect(await virtctl().fails(command, 'nobody')).toContain('"nobody" not found')
    })
  })

  describe('virtctl reset, soft-reboot, migrate', () => {
    it('reset starts the guest over', async () => {
      expect(await virtctl()('reset', guest())).toContain('was scheduled to reset')
    })

    it('soft-reboot asks the guest', async () => {
      expect(await virtctl()('soft-reboot', guest())).toContain('was scheduled to soft-reboot')
    })

    it('migrate says that there is nowhere to go', async () => {
      expect(await virtctl().fails('migrate', guest())).toMatch(/migrat/i)
      expect(await virtctl().fails('migrate', 'nobody')).toContain('"nobody" not found')
    })

    it('migrate-cancel finds no migration', async () => {
      expect(await virtctl().fails('migrate-cancel', guest())).toMatch(/migration/i)
    })

    it('evacuate-cancel has nothing to cancel', async () => {
      for (const kind of ['vm', 'vmi']) expect((await virtctl().run('evacuate-cancel', kind, guest())).code).toBe(0)
      expect(await virtctl().fails('evacuate-cancel', 'vmi', 'nobody')).toContain('not found')
      expect(engine().log()).not.toContain('evacuationNodeName')
    })
  })
}
