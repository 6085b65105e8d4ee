// Commands of what the engine has not: each ends at once and says what is missing.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import type { World } from './world.ts'

export function refused({ engine, virtctl, verbs: { becomes, create } }: World): void {
  describe('virtctl commands of what is not there', () => {
    let name = ''
    beforeAll(async () => {
      name = await create('fixed')
      await becomes(name, 'Running')
      const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
      const manifest = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'extra' }, spec: claim }
      await engine().kubectl.with(manifest, 'apply', '-f', '-')
    })

    it('guestfs needs containers', async () => {
      expect(await virtctl().fails('guestfs', 'extra')).toContain('runs no containers')
    })

    it('template convert works on files alone', async () => {
      const template = join(engine().scratch, 'template.json')
      await writeFile(
        template,
        JSON.stringify({ apiVersion: 'template.openshift.io/v1', kind: 'Template', metadata: { name: 't' } }),
      )
      expect((await virtctl().run('template', 'convert', '--file', template)).code).toBeGreaterThanOrEqual(0)
    })

    it('objectgraph is behind a gate, as with KubeVirt, and prints the tree when it is open', async () => {
      for (const more of [[], ['--vmi']])
        expect(await virtctl().fails('objectgraph', name, ...more)).toContain('ObjectGraph feature gate not enabled')
      const gates = (...featureGates: string[]): Promise<string> => {
        const patch = { spec: { configuration: { developerConfiguration: { featureGates } } } }
        return engine().kubectl(
          'patch',
          'kv',
          'kubevirt',
          '-n',
          'kubevirt',
          '--type=merge',
          '-p',
          JSON.stringify(patch),
        )
      }
      await gates('ObjectGraph')
      const graph = await eventually(() => virtctl()('objectgraph', name, '--exclude-optional'))
      expect(JSON.parse(graph)).toMatchObject({
        objectReference: { kind: 'VirtualMachine', name },
        children: [
          { objectReference: { kind: 'VirtualMachineInstance' }, children: [{ objectReference: { kind: 'Pod' } }] },
        ],
      })
      expect(
        await virtctl()('objectgraph', name, '--vmi', '--selector=kubevirt.io/dependency-type=storage'),
      ).not.toContain('Pod')
      await gates()
    })
  })
}
