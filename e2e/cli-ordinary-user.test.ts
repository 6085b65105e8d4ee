// berth as somebody who may do nothing special: the data directory at home, user-mode networking, a guest built and booted.
import { berthWith, eventually, installBerth, qemuProcesses, type Berth } from '@berth/testkit'
import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** `nobody` and `nogroup` of every Debian. */
const nobody = { uid: 65_534, gid: 65_534 }
const isRoot = process.getuid?.() === 0

/** As an ordinary user, every other test of `berth` shows this already. */
describe.skipIf(!isRoot)(
  'berth as an ordinary user (skipped when the tests do not run as root: all of them show it then)',
  () => {
    let root = ''
    let berth: Berth

    beforeAll(async () => {
      root = await mkdtemp(join(tmpdir(), 'berth-nobody-'))
      const home = join(root, 'home')
      await mkdir(home, { mode: 0o700 })
      await Promise.all([chmod(root, 0o755), chown(home, nobody.uid, nobody.gid)])
      const program = await installBerth(join(root, 'bin'))
      // The clone may lie where others cannot look.
      const node = join(root, 'bin', 'node')
      await copyFile(process.execPath, node)
      berth = berthWith({ program, home, node, user: nobody })
    })

    afterAll(async () => {
      await berth.run('down')
      await rm(root, { recursive: true, force: true })
    })

    it('makes the built-in guest and boots it', async () => {
      const session = berth.start('up', '--listen', '127.0.0.1:0', '--console-listen', '127.0.0.1:0')
      await session.said('Ctrl-C stops the engine; VMs keep running.')
      expect(session.stderr()).toMatch(/Preparing the built-in guest \.\.\.\n(.*\n)*✓ Built-in guest ready/)
      expect(session.stderr()).toMatch(/✓ "hello" says: berth guest ready/)
      const dataDir = join(root, 'home', '.local', 'share', 'berth')
      expect(session.stdout()).toContain(`Kubeconfig:        ${dataDir}/admin.kubeconfig\n`)
      const { uid, mode } = await stat(dataDir)
      expect([uid, mode & 0o066]).toEqual([nobody.uid, 0])
      const [pid, ...others] = await qemuProcesses(dataDir)
      expect(others).toEqual([])
      expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^Uid:\t65534\t65534\t65534\t65534$/m)
    })

    it('gives the guest a network of its own', async () => {
      const console = berth.start('vm', 'console', 'hello')
      await console.said('Connected to the console')
      // The address comes by DHCP, a moment after the greeting; each look types anew.
      await eventually(
        () => {
          console.write('ip -4 -o addr show dev eth0\n')
          return /inet 10\.0\.2\.2\//.test(console.stdout())
        },
        { everyMs: 1000 },
      )
      console.write('exit\n')
      console.signal('SIGINT')
      expect((await console.ended).code).toBe(128 + constants.signals.SIGINT)
    })

    it('finds nothing broken', async () => {
      const { code, stdout } = await berth.run('doctor')
      expect([code, stdout]).toEqual([0, expect.not.stringContaining('FAIL')])
    })

    it('stops all', async () => {
      expect(await berth('down')).toBe('Engine stopped. 1 VM stopped.\n')
    })
  },
)
