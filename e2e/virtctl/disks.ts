// Disks that are sent to the engine and fetched from it: uploads, exports, memory dumps.
import { createHash, randomBytes } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { eventually } from '@berth/testkit'
import { beforeAll, describe, expect, it } from 'vitest'
import type { World } from './world.ts'

const MiB = 1024 ** 2
const size = ['--size=32Mi', '--insecure', '--wait-secs=30']
const hash = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

export function disks({ engine, virtctl, verbs: { becomes, create } }: World): void {
  describe('virtctl commands that carry disks', () => {
    const content = Buffer.alloc(16 * MiB)
    randomBytes(2 * MiB).copy(content, 5 * MiB + 7)
    const at = (name: string): string => join(engine().scratch, name)
    /** A whole disk of 32 MiB that begins with what was sent. */
    const same = (disk: Buffer): void => {
      expect(disk.length).toBe(32 * MiB)
      expect(hash(disk.subarray(0, content.length))).toBe(hash(content))
      expect(disk.subarray(content.length).some((byte) => byte !== 0)).toBe(false)
    }
    async function halted(name: string, claim: string): Promise<void> {
      const template = {
        spec: {
          domain: { devices: { disks: [{ name: 'disk', disk: {} }] }, memory: { guest: '64Mi' } },
          volumes: [{ name: 'disk', persistentVolumeClaim: { claimName: claim } }],
        },
      }
      const spec = { runStrategy: 'Halted', template }
      const manifest = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: { name }, spec }
      await engine().kubectl.with(manifest, 'apply', '-f', '-')
    }
    beforeAll(async () => {
      await writeFile(at('disk.img'), content)
      await writeFile(at('page.img'), '<html>no disk</html>'.repeat(100))
    })

    it('image-upload of a dv and of a pvc, bit for bit', async () => {
      await virtctl()('image-upload', 'dv', 'sent', ...size, `--image-path=${at('disk.img')}`, '--datasource')
      await virtctl()('image-upload', 'pvc', 'sent-too', ...size, `--image-path=${at('disk.img')}`)
      for (const claim of ['sent', 'sent-too']) {
        const output = at(`${claim}.raw`)
        await virtctl()('vmexport', 'download', claim, `--pvc=${claim}`, `--output=${output}`, '--format=raw')
        same(await readFile(output))
      }
      expect(await engine().kubectl('get', 'datasource', 'sent', '-o', 'name')).toContain('sent')
    })

    it('image-upload says what is no disk, and takes another in its place', async () => {
      const target = ['image-upload', 'dv', 'again', ...size, '--retry=1']
      expect(await virtctl().fails(...target, `--image-path=${at('page.img')}`)).toContain('400')
      await virtctl()(...target, `--image-path=${at('disk.img')}`)
    })

    it('vmexport download of a claim, a machine and its manifest', async () => {
      await virtctl()('image-upload', 'pvc', 'whole', ...size, `--image-path=${at('disk.img')}`)
      await halted('whole', 'whole')
      await virtctl()('vmexport', 'download', 'of-machine', '--vm=whole', `--output=${at('whole.gz')}`)
      same(gunzipSync(await readFile(at('whole.gz'))))
      const manifest = await virtctl()('vmexport', 'download', 'for-manifest', '--vm=whole', '--manifest')
      expect(manifest).toContain('kind: "VirtualMachine"')
      expect(manifest).toContain('/volumes/whole/disk.img.gz')
      expect(manifest).not.toContain('x-kubevirt-export-token')
    })

    it('vmexport create waits for a running machine, and delete takes it back', async () => {
      const phase = (): Promise<string> => engine().kubectl('get', 'vmexport', 'out', '-o', 'jsonpath={.status.phase}')
      const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } }
      const manifest = { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'busy' }, spec: claim }
      await engine().kubectl.with(manifest, 'apply', '-f', '-')
      await halted('busy', 'busy')
      await virtctl()('start', 'busy')
      await becomes('busy', 'Running')
      await virtctl()('vmexport', 'create', 'out', '--vm=busy')
      await eventually(async () => expect(await phase()).toBe('Pending'))
      await virtctl()('stop', 'busy')
      await eventually(async () => expect(await phase()).toBe('Ready'))
      for (const words of ['deleted', 'does not exist']) {
        const { code, stdout, stderr } = await virtctl().run('vmexport', 'delete', 'out')
        expect([code, stdout + stderr]).toEqual([0, expect.stringContaining(words)])
      }
    })

    it('memory-dump get makes a claim and a dump, download fetches it, remove lets it go', async () => {
      const name = await create('dumped')
      await becomes(name, 'Running')
      await virtctl()('memory-dump', 'get', name, '--claim-name=dump', '--create-claim')
      await virtctl()('memory-dump', 'download', name, `--output=${at('dump.tgz')}`)
      const archive = gunzipSync(await readFile(at('dump.tgz')))
      expect(archive.toString('latin1', 0, 100)).toMatch(/^dumped-\w+-dump-\d{8}-\d{6}\.memory\.dump\0/)
      expect(archive.toString('latin1', 513, 516)).toBe('ELF')
      await virtctl()('memory-dump', 'remove', name)
      const request = ['get', 'vm', name, '-o', 'jsonpath={.status.memoryDumpRequest}']
      await eventually(async () => expect(await engine().kubectl(...request)).toBe(''))
    })
  })
}
