// The bundled berth as a person uses it on one host, from the first start to the last: each test goes on where the one before ended.
import {
  berthWith,
  eventually,
  installBerth,
  putGuestInto,
  qemuProcesses,
  type Berth,
  type BerthSession,
} from '@berth/testkit'
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let root = ''
let dataDir = ''
let berth: Berth
let engine: BerthSession | undefined
const listening = 'Ctrl-C stops the engine; VMs keep running.'

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'berth-cli-'))
  dataDir = join(root, 'data')
  // Made beforehand only to save time; `npm start` makes it too.
  await putGuestInto(join(dataDir, 'images'))
  const program = await installBerth(join(root, 'bin'))
  berth = berthWith({ program, home: root, environment: { BERTH_DATA_DIR: dataDir, BERTH_COMMAND: './berth' } })
})

afterAll(async () => {
  await berth.run('down')
  await engine?.ended
  await rm(root, { recursive: true, force: true })
  expect(await qemuProcesses(dataDir)).toEqual([])
})

async function up(): Promise<BerthSession> {
  const session = berth.start('up', '--listen', '127.0.0.1:0', '--console-listen', '127.0.0.1:0')
  await session.said(listening)
  return session
}

async function interrupt(session: BerthSession): Promise<string> {
  session.signal('SIGINT')
  const { code, stderr } = await session.ended
  expect(code).toBe(0)
  return stderr
}

async function json(...args: string[]): Promise<unknown> {
  return JSON.parse(await berth(...args, '-o', 'json'))
}

async function statusOf(name: string): Promise<string | undefined> {
  const machine = (await json('vm', 'describe', name)) as { status?: { printableStatus?: string } }
  return machine.status?.printableStatus
}

describe('the first start', () => {
  it('tells every step, and ends with a guest that greets and what to try next', async () => {
    engine = await up()
    expect(engine.stderr()).toMatch(/✓ "hello" says: berth guest ready \(.*s\)/)
    expect(engine.stdout()).toMatch(/^API: +https:\/\/127\.0\.0\.1:\d+$/m)
    expect(engine.stdout()).toContain(`Kubeconfig:        ${dataDir}/admin.kubeconfig\n`)
    expect(engine.stdout()).toMatch(/^API ready: +[\d.]+ m?s$/m)
    expect(engine.stdout()).toContain(
      `Try next, in another terminal:\n  ./berth vm list\n  ./berth vm console hello\n  kubectl --kubeconfig ${dataDir}/admin.kubeconfig get vms\n`,
    )
  })

  it('leaves a kubeconfig that nobody else reads', async () => {
    const path = (await berth('kubeconfig', '--path')).trim()
    expect(path).toBe(join(dataDir, 'admin.kubeconfig'))
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect(await berth('kubeconfig')).toContain('current-context: berth')
  })

  it('shows in status', async () => {
    expect(await berth('status')).toMatch(
      /^Engine: +running \(process \d+\), \S+\nAPI: .*\nUp for: .*\nConsole: +http:\/\/127\.0\.0\.1:\d+\nServer: .*\nVMs: +1 Running\n\nNODE +STATUS\nnode-1 +Ready\n$/,
    )
    expect(await json('status')).toMatchObject({
      engine: { state: 'running', pid: engine?.pid },
      machines: { Running: 1 },
    })
  })

  it('is all that may run on its data directory', async () => {
    const { code, stderr } = await berth.run('up', '--listen', '127.0.0.1:0')
    expect([code, stderr]).toEqual([
      4,
      expect.stringMatching(/^error: an engine runs on .* already.*\nnext: .*`\.\/berth down`/m),
    ])
  })
})

describe('doctor', () => {
  it('succeeds here, and has a remedy for whatever is not as it should be', async () => {
    const found = (await json('doctor')) as { title: string; verdict: string; detail: string; remedy?: string }[]
    expect(found.length).toBeGreaterThan(10)
    expect(found.filter(({ verdict, remedy }) => verdict !== 'ok' && (remedy ?? '') === '')).toEqual([])
    expect(found.find(({ title }) => title === 'Engine')?.verdict).toBe('ok')
    expect(await berth('doctor')).toMatch(/^ok +QEMU +\d/m)
  })

  it('fails when a check fails', async () => {
    const { code, stdout, stderr } = await berth.with({ PATH: root }).run('doctor')
    expect(code).toBe(1)
    expect(stdout).toMatch(/^FAIL +QEMU .*\n +next: .*apt/m)
    expect(stderr).toMatch(/^error: \d+ of \d+ checks failed\nnext: /)
  })
})

describe('a VM', () => {
  it('is made and started', async () => {
    const { code, stdout, stderr } = await berth.run('vm', 'create', 'web', '--disk', '64Mi')
    expect([code, stdout]).toEqual([0, 'VM "web" created in namespace "default"\n'])
    expect(stderr).toMatch(
      /^Starting VM "web" \.\.\.\n(.*\.\.\.\n)*✓ VM "web" is running.*\nnext: \.\/berth vm console web\n$/,
    )
  })

  it('is listed for people and for programs', async () => {
    expect(await berth('vm', 'list')).toMatch(
      /^NAME +STATUS +AGE +CPU +MEMORY +NODE +ADDRESS\nhello +Running +\S+ +1 +128Mi +node-1 +10\.0\.2\.2\nweb +Running +\S+ +1 +256Mi .*\n$/,
    )
    expect(await berth('vm', 'list', '-o', 'wide')).toMatch(/ STRATEGY +TYPE +GUEST\n/)
    expect(await berth('vm', 'list', '-o', 'name')).toBe(
      'virtualmachines.kubevirt.io/hello\nvirtualmachines.kubevirt.io/web\n',
    )
    expect(await json('vm', 'list')).toMatchObject({
      items: [{ metadata: { name: 'hello' } }, { metadata: { name: 'web' } }],
    })
    expect(await berth('vm', 'list', '-o', 'yaml')).toMatch(/^apiVersion: /)
    const elsewhere = await berth.run('vm', 'list', '-n', 'kube-system')
    expect(elsewhere).toEqual({
      code: 0,
      stdout: '',
      stderr:
        'No VMs in namespace "kube-system". Look everywhere with -A, or make one with `./berth vm create NAME --namespace kube-system`.\n',
    })
  })

  it('is described', async () => {
    const text = await berth('vm', 'describe', 'web')
    expect(text).toMatch(/^Name: +web\nNamespace: +default\nStatus: +Running\n/)
    for (const part of ['Conditions', 'Volumes', 'DataVolume web-root', 'Network', 'Events', 'SuccessfulCreate'])
      expect(text).toContain(part)
  })

  it('shows its serial log, whole or the end', async () => {
    // A program that is started again and again takes the guest's time.
    await eventually(async () => (await berth('vm', 'logs', 'web')).includes('root@web'), { everyMs: 1000 })
    const log = await berth('vm', 'logs', 'web')
    expect(log).toContain('berth guest ready')
    expect(await berth('vm', 'logs', 'web', '--tail', '3')).toBe(log.split('\n').slice(-3).join('\n'))
  })

  it('takes commands on its console', async () => {
    const session = berth.start('vm', 'console', 'web')
    await session.said('Connected to the console of VM "web". Ctrl+] leaves it.')
    session.write('echo the answer is $((6 * 7))\n')
    await session.said('the answer is 42')
    // The session is a client's: the VM does not care how it ends.
    session.signal('SIGINT')
    expect((await session.ended).code).toBe(130)
  })

  it('is frozen and goes on', async () => {
    await berth('vm', 'pause', 'web')
    expect(await statusOf('web')).toBe('Paused')
    await berth('vm', 'unpause', 'web')
    expect(await statusOf('web')).toBe('Running')
  })

  it('is restarted as another instance', async () => {
    const before = await qemuProcesses(dataDir)
    await berth('vm', 'restart', 'web')
    const after = await qemuProcesses(dataDir)
    expect(after).toHaveLength(before.length)
    expect(after).not.toEqual(before)
  })

  it('is stopped, which some commands do not go with, and started', async () => {
    const stopped = await berth.run('vm', 'stop', 'web')
    expect(stopped.stderr).toMatch(/✓ VM "web" is stopped; its disks are kept.*\nnext: \.\/berth vm start web\n$/)
    expect(await qemuProcesses(dataDir)).toHaveLength(1)
    expect(await statusOf('web')).toBe('Stopped')
    for (const action of ['pause', 'unpause', 'console', 'logs', 'ssh']) {
      const { code, stderr } = await berth.run('vm', action, 'web')
      expect([action, code, stderr]).toEqual([
        action,
        4,
        'error: VM "web" does not run: it is Stopped\nnext: Start it with `./berth vm start web`.\n',
      ])
    }
    await berth('vm', 'start', 'web')
    expect(await statusOf('web')).toBe('Running')
  })
})

describe('what cannot be done', () => {
  it.each([
    [
      'vm describe nope',
      3,
      'error: there is no VM "nope" in namespace "default"\nnext: See what there is with `./berth vm list -A`.\n',
    ],
    [
      'vm start web',
      4,
      'error: cannot start VM "web": VM is already running\nnext: See its present state with `./berth vm describe web`.\n',
    ],
    ['vm unpause web', 4, /^error: cannot unpause VM "web": .*\nnext: See its present state/],
    [
      'vm create web',
      4,
      'error: virtualmachines.kubevirt.io "web" already exists\nnext: Choose another name, or delete the old one first.\n',
    ],
    [
      'vm create Web',
      4,
      /^error: .*"Web" is invalid: metadata\.name: .*\nnext: Names have small letters, digits and "-" between them, .*\n$/,
    ],
    ['vm create web2 --memory lots', 4, /^error: .*memory.*\nnext: Correct the named field/],
    ['vm crate web', 2, "error: unknown command 'crate'\nnext: Did you mean `create`?\n"],
    ['vm list --context none', 2, /^error: .*"none".*\nnext: /],
    ['vm list --kubeconfig /none', 2, /^error: .*\/none.*\n/],
    [
      'image remove none',
      3,
      'error: there is no image "none"\nnext: See `./berth image list` and `./berth image containers`.\n',
    ],
    ['image build none', 2, /^error: there is no recipe for an image "none"\nnext: There are: /],
  ])('berth %s: exit code %i', async (words, code, stderr) => {
    const outcome = await berth.run(...words.split(' '))
    expect(outcome).toEqual({
      code,
      stdout: expect.any(String),
      stderr: typeof stderr === 'string' ? stderr : expect.stringMatching(stderr),
    })
  })

  it('is told with its reason, when it shows only later', async () => {
    const reason =
      'DataSource "berth-images/debian-13" has no image on this host. See what there is with `./berth image list`'
    const { code, stderr } = await berth.run('vm', 'create', 'lost', '--image', 'debian-13')
    expect(code).toBe(1)
    expect(stderr).toContain('note: no SSH key in ~/.ssh and no --password: nobody will be able to log in\n')
    expect(stderr).toContain(`error: VM "lost" will not be Running: DataVolumeError: ${reason}`)
    expect(stderr).toMatch(/\nnext: See `\.\/berth vm why lost`\.\n$/)
    expect(await berth('vm', 'describe', 'lost')).toMatch(
      /^Disks in the making\n.*\n +lost-root +Pending +- +DataSource "berth-images\/debian-13" has no image/m,
    )
    await berth('vm', 'delete', 'lost')
  })

  it('says so without a server', async () => {
    const lost = berth.with({ BERTH_DATA_DIR: join(root, 'none') })
    expect(await lost.run('vm', 'list')).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('Start the local engine with `./berth up`'),
    })
    expect(await lost.run('status')).toMatchObject({ code: 0, stdout: expect.stringContaining('not running') })
    expect(await lost.run('down')).toEqual({ code: 0, stdout: 'Nothing was running.\n', stderr: '' })
  })
})

describe('words around', () => {
  it('lists images', async () => {
    expect(await berth.run('image', 'list')).toEqual({
      code: 0,
      stdout: '',
      stderr: 'No images. Build one with `./berth image build debian-12`.\n',
    })
    expect(await json('image', 'list')).toEqual([])
  })

  it('completes in bash', async () => {
    const script = await berth('completion', 'bash')
    // What bash does when a person types `berth vm des` and the Tab key.
    const typed = `
      berth() { "$NODE" "$PROGRAM" "$@"; }
      ${script}
      handler=$(complete -p berth | sed 's/.*-F \\([^ ]*\\).*/\\1/')
      COMP_WORDS=(berth vm "$1"); COMP_CWORD=2; COMP_LINE="berth vm $1"; COMP_POINT=\${#COMP_LINE}
      "$handler" berth "$1" vm
      printf '%s\\n' "\${COMPREPLY[@]}"`
    const env = { PATH: process.env['PATH'], NODE: process.execPath, PROGRAM: join(root, 'bin', 'berth.js') }
    const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', typed, 'bash', 'de'], { env })
    expect(stdout.trim().split(/\s+/)).toEqual(['delete', 'describe'])
  })

  it('helps, with commands to paste', async () => {
    const help = await berth('vm', 'create', '--help')
    expect(help).toMatch(/^Usage: \.\/berth vm create /)
    expect(help).toContain('\n  ./berth vm create hello\n')
    expect(await berth('version')).toMatch(/\d+\.\d+\.\d+/)
  })
})

describe('the engine ends, the VMs go on', () => {
  let machines: number[] = []
  let revision = 0
  const backup = (): string => join(root, 'backup.db')

  it('is backed up while it runs', async () => {
    const told = await berth('backup', backup())
    expect(told).toMatch(/^.*backup\.db: .* [KM]iB, revision \d+\n$/)
    revision = Number(/revision (\d+)/.exec(told)?.[1])
    expect((await stat(backup())).mode & 0o077).toBe(0)
    expect(await berth.run('backup', backup())).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/exists\nnext: /),
    })
    await berth('vm', 'create', 'late', '--no-start', '--cpu', '2')
  })

  it('by Ctrl-C, and says so', async () => {
    machines = await qemuProcesses(dataDir)
    expect(machines).toHaveLength(2)
    if (engine === undefined) throw new Error('there is no engine')
    expect(await interrupt(engine)).toContain(
      'Engine stopped; 2 VMs keep running. `./berth up` finds them again; `./berth down` stops them too.\n',
    )
    expect(await qemuProcesses(dataDir)).toEqual(machines)
    expect(await berth('status')).toContain(`Engine:  not running in ${dataDir}; 2 VMs run on without it\n`)
    expect(await berth.run('vm', 'list')).toMatchObject({
      code: 5,
      stderr: expect.stringMatching(/^error: cannot reach .*\nnext: /),
    })
  })

  it('and a new one finds everything as it was', async () => {
    engine = await up()
    expect(engine.stdout()).toMatch(/^Found running: +2$/m)
    expect(engine.stderr()).not.toContain('hello')
    expect(await qemuProcesses(dataDir)).toEqual(machines)
    expect(await berth('vm', 'list', '-o', 'name')).toBe(
      ['hello', 'late', 'web'].map((name) => `virtualmachines.kubevirt.io/${name}\n`).join(''),
    )
    expect(await berth('vm', 'list')).toMatch(/^late +Stopped +\S+ +2 /m)
    const session = berth.start('vm', 'console', 'hello')
    session.write('echo still $((40 + 2))\n')
    await session.said('still 42')
    session.signal('SIGINT')
    await session.ended
  })

  it('until berth down stops both', async () => {
    const { code, stdout, stderr } = await berth.run('down')
    expect([code, stdout]).toEqual([0, 'Engine stopped. 2 VMs stopped.\n'])
    expect(stderr).toMatch(/✓ Engine stopped\n(.*\n)*✓ 2 VMs stopped/)
    expect(await engine?.ended).toMatchObject({ code: 0 })
    expect(await qemuProcesses(dataDir)).toEqual([])
  })

  it('and a restore brings back what the backup had', async () => {
    const told = await berth('restore', backup())
    expect(told).toMatch(/^Restored, revision \d+\nThe old store is kept as .*\.db\n$/)
    // Clients that watched the old store must see that theirs is another one.
    expect(Number(/revision (\d+)/.exec(told)?.[1])).toBeGreaterThan(revision + 1000)
    engine = await up()
    expect(await berth.run('restore', backup())).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('Stop it with Ctrl-C, or `./berth down`'),
    })
    expect(await berth('vm', 'list', '-o', 'name')).toBe(
      'virtualmachines.kubevirt.io/hello\nvirtualmachines.kubevirt.io/web\n',
    )
    const running = async (): Promise<boolean> =>
      (await statusOf('web')) === 'Running' && (await statusOf('hello')) === 'Running'
    await eventually(running, { everyMs: 500 })
  })

  it('and a VM that does not stop in time goes on by itself', async () => {
    expect(await berth.run('vm', 'stop', 'web', '--timeout', '1ms')).toMatchObject({
      code: 6,
      stderr: expect.stringMatching(
        /error: VM "web" is (\w+, )?not Stopped after .*\nnext: It goes on by itself; .*\n$/,
      ),
    })
    await eventually(async () => (await statusOf('web')) === 'Stopped', { everyMs: 500 })
  })

  it('and a VM that is deleted leaves nothing', async () => {
    const left = async (): Promise<string[]> =>
      (await Promise.all(['images', 'volumes'].map((name) => readdir(join(dataDir, 'volumes', name))))).flat()
    expect(await left()).toHaveLength(2)
    await berth('vm', 'delete', 'web')
    // Its guest may still boot, and then does not hear that it should end.
    await berth('vm', 'stop', 'hello', '--force')
    await berth('vm', 'delete', 'hello')
    expect(await berth.run('vm', 'delete', 'web', '--ignore-not-found')).toMatchObject({ code: 0 })
    await eventually(async () => (await left()).length === 0)
    expect(await qemuProcesses(dataDir)).toEqual([])
  })
})
