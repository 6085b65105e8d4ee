// Commands of what the engine has not: each ends at once and says what is missing.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventually } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import type { World } from './world.ts'

export function refused({ engine, virtctl, verbs: { becomes, create } }: World): void {
  describe('virtctl commands of what is not there', () => {
    let name = ''
    let file = ''
    beforeAll(async () => {
      name = await create('fixed')
      await becomes(name, 'Running')
      file = join(engine().scratch, 'disk.img')
      await writeFile(file, Buffer.alloc(1024 * 1024))
      const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
      const manifest = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'extra' }, spec: claim }
      await engine().kubectl.with(manifest, 'apply', '-f', '-')
    })

    it('memory-dump get and remove', async () => {
      expect(await virtctl().fails('memory-dump', 'get', name, '--claim-name=extra')).toContain('no memory dumps')
      expect(await virtctl().fails('memory-dump', 'remove', name)).toContain('no memory dumps')
    })

    it('memory-dump download waits for a dump, as with any server', async () => {
      // It asks every two seconds whether there is one, and ends only when the machine is gone.
      const waiting = await create('undumped')
      const session = virtctl().start('memory-dump', 'download', waiting, `--output=${file}.gz`)
      await engine().kubectl('delete', 'vm', waiting, '--cascade=foreground')
      expect((await session.ended).code).not.toBe(0)
    })

    it('image-upload of a dv and of a pvc', async () => {
      const args = ['--size=10Mi', `--image-path=${file}`, '--insecure', '--wait-secs=10']
      for (const kind of ['dv', 'pvc'])
        expect(await virtctl().fails('image-upload', kind, `upload-${kind}`, ...args)).toContain('takes no uploads')
    })

    it('vmexport create and download', async () => {
      expect(await virtctl().fails('vmexport', 'create', 'out', `--vm=${name}`)).toContain('VirtualMachineExport')
      const output = join(engine().scratch, 'out.img.gz')
      const download = ['vmexport', 'download', 'out', `--vm=${name}`, `--output=${output}`]
      expect(await virtctl().fails(...download)).toContain('VirtualMachineExport')
    })

    it('vmexport delete finds none', async () => {
      const { code, stdout, stderr } = await virtctl().run('vmexport', 'delete', 'out')
      expect([code, stdout + stderr]).toEqual([0, expect.stringContaining('does not exist')])
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
