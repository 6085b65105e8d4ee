// Volumes that come to a machine and leave it while it runs.
import { eventually } from '@berth/testkit'
import { describe, expect, it } from 'vitest'
import type { GuestWorld } from './world.ts'

export function volumes({ engine, virtctl, verbs: { instance }, guest }: GuestWorld): void {
  describe('virtctl addvolume and removevolume', () => {
    async function phaseOf(name: string): Promise<string> {
      const found = await instance(name)
      return found?.status?.volumeStatus?.find((volume) => volume.name === 'extra')?.phase ?? 'gone'
    }

    it('addvolume and removevolume plug a claim into a running machine and out of it', async () => {
      const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '16Mi' } } }
      const manifest = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'extra' }, spec: claim }
      await engine().kubectl.with(manifest, 'apply', '-f', '-')
      const name = guest()
      for (let round = 0; round < 2; round += 1) {
        await virtctl()('addvolume', name, '--volume-name=extra')
        await eventually(async () => expect(await phaseOf(name)).toBe('Ready'))
        const path = 'jsonpath={.spec.template.spec.domain.devices.disks[?(@.name=="extra")].serial}'
        expect(await engine().kubectl('get', 'vm', name, '-o', path)).toBe('extra')
        expect(await virtctl().fails('addvolume', name, '--volume-name=extra')).toContain('already exists')
        await virtctl()('removevolume', name, '--volume-name=extra')
        await eventually(async () => expect(await phaseOf(name)).toBe('gone'))
      }
      expect(await virtctl().fails('removevolume', name, '--volume-name=extra')).toContain('does not exist')
    })
  })
}
