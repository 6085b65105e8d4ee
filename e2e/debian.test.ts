/**
 * The whole way of a real guest: an image from Debian's packages, a manifest, cloud-init, the guest agent, ssh, and a disk that outlives a
 * stop. One boot takes a minute or more by emulation, so there are two, which the tests share in order: the guest with two disks that
 * starts by UEFI, and, from the disk it left, a builder that starts by BIOS.
 */

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { imageBuilds, virtualMachineInstances, type VirtualMachine, type VirtualMachineInstance } from '@berth/api'
import { startControllers, type RunningController } from '@berth/controllers'
import {
  berthWith,
  buildDebian,
  eventually,
  installBerth,
  useEngine,
  type Berth,
  type BerthSession,
} from '@berth/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildVirtctl, virtctlOf } from './virtctl/program.ts'

const examples = resolve(import.meta.dirname, '../examples')
const guest = 'debian-two-disks'

const engine = useEngine({ driver: 'qemu' })
let berth: Berth
let keyFile = ''

/** A first boot on two busy cores without KVM. */
const bootMs = 15 * 60_000
/** More than the wait inside, so that it is the wait that tells what it waited for. */
const testMs = bootMs + 60_000

beforeAll(async () => {
  const { kubectl, paths, scratch } = engine()
  keyFile = join(scratch, 'key')
  await promisify(execFile)('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', keyFile])
  const program = await installBerth(join(scratch, 'bin'))
  berth = berthWith({ program, home: scratch, environment: { KUBECONFIG: paths.adminKubeconfig } })
  await buildDebian(berth, paths.images)
  await eventually(async () => (await kubectl('get', 'datasources', '-n', 'berth-images')).includes('debian-12'))
}, 30 * 60_000)

/** As examples/README.md tells to put in a key. */
async function exampleWithKey(name: string): Promise<VirtualMachine> {
  const key = (await readFile(`${keyFile}.pub`, 'utf8')).trim()
  const withKey = `s|# ssh_authorized_keys: .*|ssh_authorized_keys: [${key}]|`
  const { stdout } = await promisify(execFile)('sed', [withKey, join(examples, `${name}.yaml`)])
  // What kubectl makes of an example, which examples.test.ts checks.
  return JSON.parse(
    await engine().kubectl.with(stdout, 'create', '--dry-run=client', '-o', 'json', '-f', '-'),
  ) as VirtualMachine
}

async function manifestByUefi(): Promise<VirtualMachine> {
  const machine = await exampleWithKey(guest)
  const { firmware } = (await exampleWithKey('debian-uefi')).spec.template.spec.domain
  expect(firmware).toMatchObject({ bootloader: { efi: {} } })
  machine.spec.template.spec.domain.firmware = firmware
  return machine
}

let controllers: RunningController | undefined
afterAll(() => controllers?.stop())

const rootFileSystem = { mountPoint: '/', fileSystemType: 'ext4' }

/** What the guest leaves, by a name that builds begin with. */
const leftDisk = {
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'DataSource',
  metadata: { name: 'left', namespace: 'default' },
  spec: { source: { pvc: { namespace: 'default', name: `${guest}-root` } } },
}

const sshCommand = (...command: string[]): string[] => ['vm', 'ssh', '-i', keyFile, guest, '--', ...command]

/** An emulated guest takes seconds to let somebody in: one session stays for nearly all that is asked. */
let shell: BerthSession | undefined
let asked = 0

/** @returns what the command printed */
async function ssh(command: string): Promise<string> {
  const session = (shell ??= berth.start(...sshCommand('sh')))
  const before = session.stdout().length
  asked += 1
  const end = new RegExp(`end ${asked}: (\\d+)\n`)
  session.write(`( ${command}\n) </dev/null; echo "end ${asked}: $?"\n`)
  await session.said(end)
  const [printed = ''] = session.stdout().slice(before).split(end)
  if (end.exec(session.stdout())?.[1] !== '0') throw new Error(`${command} failed: ${session.stderr()}`)
  return printed
}

function instanceNow(): Promise<VirtualMachineInstance> {
  return engine().client.get(virtualMachineInstances, { namespace: 'default', name: guest })
}

/** Asked in this process: looking by a program every second would take the guests' time. */
async function agentConnected(): Promise<void> {
  const isConnected = ({ status }: VirtualMachineInstance): boolean =>
    status?.conditions?.some((condition) => condition.type === 'AgentConnected' && condition.status === 'True') === true
  await eventually(async () => isConnected(await instanceNow()), {
    what: `the agent of ${guest}`,
    timeoutMs: bootMs,
    everyMs: 500,
  })
}

function about(what: string): Promise<string> {
  return engine().kubectl(
    'get',
    '--raw',
    `/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/${guest}/${what}`,
  )
}

async function consoleNow(): Promise<string> {
  const { kubectl } = engine()
  return kubectl('logs', (await kubectl('get', 'pods', '-l', `app=${guest}`, '-o', 'name')).trim())
}

describe('a Debian guest', () => {
  it('runs as soon as its disks are made', async () => {
    const { kubectl } = engine()
    await kubectl.with(await manifestByUefi(), 'apply', '-f', '-')
    await kubectl('wait', `vm/${guest}`, '--for=condition=Ready', '--timeout=120s')
    expect(await kubectl('get', 'datavolumes')).toMatch(/debian-two-disks-root +Succeeded +100\.0%/)
    expect((await kubectl('get', 'pvc', '-o', 'name')).trim().split('\n')).toHaveLength(2)
  })

  it('boots: the agent connects and cloud-init finishes', { timeout: testMs }, async () => {
    const { kubectl } = engine()
    await agentConnected()
    await kubectl('wait', `vmi/${guest}`, '--for=condition=AgentConnected', '--timeout=5s')
    const isDone = async (): Promise<boolean> => /Cloud-init v\. \S+ finished at/.test(await consoleNow())
    await eventually(isDone, { what: 'the end of cloud-init', timeoutMs: bootMs, everyMs: 1000 })
    // What `cloud-init status` looks at, which takes seconds for it.
    expect(JSON.parse(await ssh('cat /run/cloud-init/result.json'))).toMatchObject({
      v1: { datasource: expect.stringContaining('NoCloud'), errors: [] },
    })
  })

  it('is set up as its user data says', async () => {
    const [user, name, id, megabytes, ...release] = (
      await ssh(
        'id --user --name; hostname; sudo id -u; df --output=size -BM / | tail -1 | tr -d M; cat /etc/os-release',
      )
    ).split('\n')
    expect([user, name, id]).toEqual(['debian', guest, '0'])
    expect(Number(megabytes)).toBeGreaterThan(4500)
    expect(release).toContain('VERSION_CODENAME=bookworm')
  })

  it('tells of itself through the agent', async () => {
    const info: unknown = JSON.parse(await about('guestosinfo'))
    expect(info).toMatchObject({ hostname: guest, os: { id: 'debian', versionId: '12' } })
    const disks: unknown = JSON.parse(await about('filesystemlist'))
    expect(disks).toMatchObject({ items: expect.arrayContaining([expect.objectContaining(rootFileSystem)]) })
    const { status } = await instanceNow()
    expect(status?.guestOSInfo).toMatchObject({ id: 'debian', versionId: '12' })
    expect(status?.interfaces?.[0]).toMatchObject({ name: 'default', interfaceName: expect.stringMatching(/^e/) })
  })

  it('lets one log in on the console with the password of the manifest, and lists who is there', async () => {
    const users = async (): Promise<unknown> => JSON.parse(await about('userlist'))
    expect(await users()).toMatchObject({ items: [] })
    const session = berth.start('vm', 'console', guest)
    await session.said('Connected to the console')
    session.write('\n')
    await session.said(`${guest} login:`)
    session.write('debian\n')
    await session.said('Password:')
    session.write('berth\n')
    await session.said(`debian@${guest}:~$`)
    await eventually(async () => {
      expect(await users()).toMatchObject({ items: [{ userName: 'debian' }] })
      return true
    })
    session.write('exit\n')
    session.signal('SIGINT')
    await session.ended
  })

  it('shows its boot in kubectl logs', async () => {
    const log = await consoleNow()
    expect(log).toContain('Booting `Debian GNU/Linux')
    // The guest may have said more since.
    expect((await berth('vm', 'logs', guest)).slice(0, log.length)).toBe(log)
  })

  it('starts by UEFI when asked to, and finds and formats a second disk', async () => {
    const disk = 'lsblk --noheadings --output NAME,SIZE,SERIAL,MOUNTPOINT /dev/vdb'
    const said = await ssh(
      `test -d /sys/firmware/efi && echo by UEFI; ${disk}; sudo touch /data/mine && stat -f -c %T /data`,
    )
    expect(said).toMatch(/^by UEFI\nvdb +2G +data +\/data\next2\/ext3\n$/)
  })

  it('is reached with virtctl: ssh, scp, and what the agent says', { timeout: testMs }, async ({ skip }) => {
    const program = await buildVirtctl()
    if ('skipped' in program) return skip(program.skipped)
    const virtctl = virtctlOf(program.path, engine())
    // The user's own files are nothing of a test's.
    const options = ['-F/dev/null', '-oStrictHostKeyChecking=no', '-oBatchMode=yes'].map(
      (each) => `--local-ssh-opts=${each}`,
    )
    const common = ['--identity-file', keyFile, '--known-hosts', join(engine().scratch, 'known'), ...options]
    expect(await virtctl('ssh', `debian@vm/${guest}`, ...common, '--command', 'hostname')).toBe(`${guest}\n`)
    await virtctl('scp', ...common, `${keyFile}.pub`, `debian@vmi/${guest}:copied`)
    expect(await ssh('cat ~/copied')).toBe(await readFile(`${keyFile}.pub`, 'utf8'))
    expect(JSON.parse(await virtctl('guestosinfo', guest))).toMatchObject({ os: { id: 'debian' } })
    expect(JSON.parse(await virtctl('fslist', guest))).toMatchObject({
      items: expect.arrayContaining([expect.objectContaining(rootFileSystem)]),
    })
    expect(JSON.parse(await virtctl('userlist', guest))).toHaveProperty('items')
  })

  it('freezes and goes on', async () => {
    const { kubectl } = engine()
    const seconds = async (): Promise<number> => Number(await ssh('cut -d. -f1 /proc/uptime'))
    const before = await seconds()
    await berth('vm', 'pause', guest)
    expect(await kubectl('get', 'vm', guest, '-o', 'jsonpath={.status.printableStatus}')).toBe('Paused')
    const { code, stderr } = await berth.run(...sshCommand('true'))
    expect([code, stderr]).toEqual([1, expect.stringContaining('error: ssh ended with exit code 255')])
    await berth('vm', 'unpause', guest)
    // The same boot: it did not start anew, and the session goes on.
    expect(await seconds()).toBeGreaterThanOrEqual(before)
  })
})

/** What neither a build nor the test looks at, of which emulation makes half the time of a boot. */
const unwanted = [
  'cloud-config.service dbus.service dbus.socket getty@tty1.service qemu-guest-agent.service serial-getty@ttyS0.service',
  'ssh.service systemd-binfmt.service systemd-logind.service systemd-networkd.service systemd-networkd.socket',
  'systemd-networkd-wait-online.service systemd-resolved.service systemd-timesyncd.service',
]
const masks = unwanted.join(' ').replaceAll(/[^ ]+/g, 'systemd.mask=$&')
const less = `mitigations=off maxcpus=1 cryptomgr.notests module_blacklist=kvm_amd,kvm ${masks}`
/** All its modules ran at the first boot; a build is a script. */
const modules = 'cloud_init_modules: []\\ncloud_final_modules: [scripts-user]\\n'
/** The next boot of the disk is the build's: of the same system, by the same boot loader, with its cloud-init. */
const bootLess = [
  `sudo sed -i 's/ quiet$/ quiet ${less}/' /boot/grub/grub.cfg`,
  `printf '${modules}' | sudo tee /etc/cloud/cloud.cfg.d/99_less.cfg >/dev/null`,
].join(' && ')

describe('the disk of a Debian guest', () => {
  const identity = 'cat /etc/machine-id /home/debian/mine'
  let was = ''

  it('is left in order when it is asked to stop, within seconds', async () => {
    was = await berth(...sshCommand(`echo kept > ~/mine && ${bootLess} && sync && ${identity}`))
    await berth('vm', 'stop', guest)
    await shell?.ended
    const { kubectl } = engine()
    const [status, events] = await Promise.all([
      kubectl('get', 'vm', guest, '-o', 'jsonpath={.status.printableStatus}'),
      kubectl('get', 'events', '--field-selector', `involvedObject.name=${guest}`),
    ])
    expect(status).toBe('Stopped')
    expect(events).toContain('The VirtualMachineInstance was shut down.')
  })

  it('becomes a golden image, set up and sealed by a build', { timeout: testMs }, async () => {
    const { kubectl, client, scratch } = engine()
    // Of those that `berth up` runs beside the engine.
    controllers = startControllers({ client, identity: 'e2e', only: ['image-builds'] })
    const word = join(scratch, 'word')
    await writeFile(word, 'golden\n')
    await kubectl.with(leftDisk, 'create', '-f', '-')
    const what = ['--file', `${word}:/etc/word:0600`, '--ssh-user', `ann=${keyFile}.pub`]
    const run = [
      'test "$(stat -c %a /etc/word)" = 600',
      'test ! -d /sys/firmware/efi',
      'echo "the file says $(cat /etc/word), for $(id ann)"',
      identity,
      'journalctl --boot --unit systemd-fsck-root --output cat',
    ].join('; ')
    await berth(
      'image',
      'build',
      'default/left',
      '--publish',
      'golden',
      '-n',
      'default',
      '--no-wait',
      ...what,
      '--run',
      run,
    )
    const [build] = (await client.list(imageBuilds, { namespace: 'default' })).items
    const name = build?.metadata.name ?? ''
    const ended = async (): Promise<string | undefined> => {
      const { phase, message } = (await client.get(imageBuilds, { namespace: 'default', name })).status ?? {}
      return phase === 'Succeeded' || phase === 'Failed' ? `${phase}: ${message ?? ''}` : undefined
    }
    const outcome = await eventually(ended, { what: 'the golden image', timeoutMs: bootMs, everyMs: 2000 })
    const log = await berth('image', 'log', name, '-n', 'default')
    expect(outcome, log).toBe('Succeeded: published as version 1')
    expect(log).toContain('made user ann')
    expect(log).toMatch(/the file says golden, for uid=\d+\(ann\)/)
    // The same disk, and not "recovering journal": the file system was left in order.
    expect(log).toContain(was)
    expect(was).toContain('kept\n')
    expect(log).toMatch(/: clean, \d+\/\d+ files/)
    expect(log).toContain('take out what identifies a machine')
    expect(log).toMatch(/\n== done\n$/)
    expect(await berth('image', 'versions', '-n', 'default')).toMatch(/^golden-v1 +v1 .* ready /m)
    // The machine that did it is gone, and so is what it was told.
    expect(await kubectl('get', 'vmi,secrets', '-l', 'berth.dev/image-build-name', '-o', 'name')).toBe('')
    await kubectl('delete', 'imagebuild', name)
    await kubectl('delete', 'datasource', 'left', 'golden', 'golden-v1')
    await kubectl('delete', 'datavolume', 'golden-v1', '--wait=false')
  })

  it('is gone with everything else of the guest when that is deleted', async () => {
    const { kubectl, leftovers, qemuProcesses } = engine()
    await kubectl('delete', '-f', join(examples, `${guest}.yaml`), '--wait=false')
    await eventually(async () => (await leftovers()).length === 0, { what: 'nothing to be left', timeoutMs: 180_000 })
    expect(await qemuProcesses()).toEqual([])
    expect(await kubectl('get', 'vm,vmi,pods,datavolumes,pvc,pv', '-o', 'name')).toBe('')
  })
})
