/**
 * The whole way of a real guest: an image from Debian's packages, a manifest, cloud-init, the guest agent, ssh, and disks that outlive a
 * stop. Two guests boot side by side and are shared by the tests, in order; one boot takes a minute or more by emulation, so the one
 * with two disks is the one that starts by UEFI, too.
 */

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { imageBuilds, virtualMachineInstances, type VirtualMachine, type VirtualMachineInstance } from '@berth/api'
import { startControllers, type RunningController } from '@berth/controllers'
import { berthWith, buildDebian, eventually, installBerth, useEngine, type Berth } from '@berth/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildVirtctl, virtctlOf } from './virtctl/program.ts'

const examples = resolve(import.meta.dirname, '../examples')
const guests = ['debian', 'debian-two-disks'] as const
type Guest = (typeof guests)[number]

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

async function manifestOf(guest: Guest): Promise<VirtualMachine> {
  const machine = await exampleWithKey(guest)
  if (guest === 'debian') return machine
  const { firmware } = (await exampleWithKey('debian-uefi')).spec.template.spec.domain
  expect(firmware).toMatchObject({ bootloader: { efi: {} } })
  machine.spec.template.spec.domain.firmware = firmware
  return machine
}

/** Of the controllers that `berth up` runs beside the engine. */
let controllers: RunningController | undefined
afterAll(() => controllers?.stop())

async function beginGoldenImage(): Promise<void> {
  const { client, scratch } = engine()
  controllers = startControllers({ client, identity: 'e2e', only: ['image-builds'] })
  const word = join(scratch, 'word')
  await writeFile(word, 'golden\n')
  const what = ['--file', `${word}:/etc/word:0600`, '--ssh-user', `ann=${keyFile}.pub`]
  const run = 'test "$(stat -c %a /etc/word)" = 600; echo "the file says $(cat /etc/word), for $(id ann)"'
  await berth('image', 'build', 'debian-12', '--publish', 'golden', '-n', 'default', '--no-wait', ...what, '--run', run)
}

function ssh(guest: Guest, command: string): Promise<string> {
  return berth('vm', 'ssh', '-i', keyFile, guest, '--', command)
}

/** Runs the command as soon as the guest lets somebody in. */
async function sshWhenUp(guest: Guest, command: string): Promise<string> {
  await agentConnected(guest)
  return eventually(() => ssh(guest, command), { what: `ssh to ${guest}`, timeoutMs: bootMs, everyMs: 2000 })
}

function instanceOf(guest: Guest): Promise<VirtualMachineInstance> {
  return engine().client.get(virtualMachineInstances, { namespace: 'default', name: guest })
}

/** Asked in this process: looking by a program every second would take the guests' time. */
async function agentConnected(guest: Guest): Promise<void> {
  const isConnected = ({ status }: VirtualMachineInstance): boolean =>
    status?.conditions?.some((condition) => condition.type === 'AgentConnected' && condition.status === 'True') === true
  await eventually(async () => isConnected(await instanceOf(guest)), {
    what: `the agent of ${guest}`,
    timeoutMs: bootMs,
    everyMs: 500,
  })
}

function about(guest: Guest, what: string): Promise<string> {
  return engine().kubectl(
    'get',
    '--raw',
    `/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/${guest}/${what}`,
  )
}

async function podOf(guest: Guest): Promise<string> {
  return (await engine().kubectl('get', 'pods', '-l', `app=${guest}`, '-o', 'name')).trim()
}

async function consoleOf(guest: Guest): Promise<string> {
  return engine().kubectl('logs', await podOf(guest))
}

describe('Debian guests', () => {
  it('run as soon as their disks are made', async () => {
    const { kubectl } = engine()
    for (const guest of guests) await kubectl.with(await manifestOf(guest), 'apply', '-f', '-')
    for (const guest of guests) await kubectl('wait', `vm/${guest}`, '--for=condition=Ready', '--timeout=120s')
    expect(await kubectl('get', 'datavolumes')).toMatch(/debian-root +Succeeded +100\.0%/)
    expect((await kubectl('get', 'pvc', '-o', 'name')).trim().split('\n')).toHaveLength(3)
  })

  it('boot: the agent connects and cloud-init finishes', { timeout: testMs }, async () => {
    const { kubectl } = engine()
    for (const guest of guests) {
      // `--wait` returns when the first boot is done, and fails when a part of it failed.
      expect(await sshWhenUp(guest, 'cloud-init status --wait')).toMatch(/status: done/)
    }
    await kubectl('wait', 'vmi/debian', '--for=condition=AgentConnected', '--timeout=5s')
  })

  it('are set up as their user data says', async () => {
    expect(await ssh('debian', 'id --user --name; hostname; sudo id -u')).toBe('debian\ndebian\n0\n')
    expect(Number(await ssh('debian', 'df --output=size -BM / | tail -1 | tr -d M'))).toBeGreaterThan(4500)
    expect(await ssh('debian', 'cat /etc/os-release')).toMatch(/^VERSION_CODENAME=bookworm$/m)
  })

  it('tell of themselves through the agent', async () => {
    const info: unknown = JSON.parse(await about('debian', 'guestosinfo'))
    expect(info).toMatchObject({ hostname: 'debian', os: { id: 'debian', versionId: '12' } })
    const disks: unknown = JSON.parse(await about('debian', 'filesystemlist'))
    expect(disks).toMatchObject({ items: [{ mountPoint: '/', fileSystemType: 'ext4' }] })
    const { status } = await instanceOf('debian')
    expect(status?.guestOSInfo).toMatchObject({ id: 'debian', versionId: '12' })
    expect(status?.interfaces?.[0]).toMatchObject({ name: 'default', interfaceName: expect.stringMatching(/^e/) })
  })

  it('let one log in on the console with the password of the manifest, and list who is there', async () => {
    const users = async (): Promise<unknown> => JSON.parse(await about('debian', 'userlist'))
    expect(await users()).toMatchObject({ items: [] })
    const session = berth.start('vm', 'console', 'debian')
    await session.said('Connected to the console')
    session.write('\n')
    await session.said('debian login:')
    session.write('debian\n')
    await session.said('Password:')
    session.write('berth\n')
    await session.said('debian@debian:~$')
    await eventually(async () => {
      expect(await users()).toMatchObject({ items: [{ userName: 'debian' }] })
      return true
    })
    session.write('exit\n')
    session.signal('SIGINT')
    await session.ended
  })

  it('show their boot in kubectl logs', async () => {
    const log = await consoleOf('debian')
    expect(log).toContain('Booting `Debian GNU/Linux')
    expect(log).toMatch(/Cloud-init v\. \S+ finished at/)
    expect(await berth('vm', 'logs', 'debian')).toBe(log)
  })

  it('start by UEFI when asked to', async () => {
    expect(await ssh('debian-two-disks', 'test -d /sys/firmware/efi && echo by UEFI')).toBe('by UEFI\n')
    expect(await ssh('debian', 'test -d /sys/firmware/efi || echo by BIOS')).toBe('by BIOS\n')
  })

  it('find and format a second disk', async () => {
    const disks = await ssh('debian-two-disks', 'lsblk --noheadings --output NAME,SIZE,SERIAL,MOUNTPOINT /dev/vdb')
    expect(disks).toMatch(/^vdb +2G +data +\/data$/m)
    expect(await ssh('debian-two-disks', 'sudo touch /data/mine && stat -f -c %T /data')).toBe('ext2/ext3\n')
  })

  it('are reached with virtctl: ssh, scp, and what the agent says', { timeout: testMs }, async ({ skip }) => {
    const program = await buildVirtctl()
    if ('skipped' in program) return skip(program.skipped)
    const virtctl = virtctlOf(program.path, engine())
    // The user's own files are nothing of a test's.
    const options = ['-F/dev/null', '-oStrictHostKeyChecking=no', '-oBatchMode=yes'].map(
      (each) => `--local-ssh-opts=${each}`,
    )
    const common = ['--identity-file', keyFile, '--known-hosts', join(engine().scratch, 'known'), ...options]
    expect(await virtctl('ssh', 'debian@vm/debian', ...common, '--command', 'hostname')).toBe('debian\n')
    await virtctl('scp', ...common, `${keyFile}.pub`, 'debian@vmi/debian:copied')
    expect(await ssh('debian', 'cat copied')).toBe(await readFile(`${keyFile}.pub`, 'utf8'))
    expect(JSON.parse(await virtctl('guestosinfo', 'debian'))).toMatchObject({ os: { id: 'debian' } })
    expect(JSON.parse(await virtctl('fslist', 'debian'))).toMatchObject({ items: [{ mountPoint: '/' }] })
    expect(JSON.parse(await virtctl('userlist', 'debian'))).toHaveProperty('items')
  })

  it('freeze and go on', async () => {
    const { kubectl } = engine()
    const seconds = async (): Promise<number> => Number(await ssh('debian-two-disks', 'cut -d. -f1 /proc/uptime'))
    const before = await seconds()
    await berth('vm', 'pause', 'debian-two-disks')
    expect(await kubectl('get', 'vm', 'debian-two-disks', '-o', 'jsonpath={.status.printableStatus}')).toBe('Paused')
    const { code, stderr } = await berth.run('vm', 'ssh', '-i', keyFile, 'debian-two-disks', '--', 'true')
    expect([code, stderr]).toEqual([1, expect.stringContaining('error: ssh ended with exit code 255')])
    await berth('vm', 'unpause', 'debian-two-disks')
    // The same boot: it did not start anew.
    expect(await eventually(seconds)).toBeGreaterThanOrEqual(before)
  })
})

describe('Debian guests, again', () => {
  const identity = 'cat /etc/machine-id ~/mine; ip -br link show | grep -v ^lo'
  const boot = 'cat /proc/sys/kernel/random/boot_id'
  let was = ''
  let bootWas = ''

  it('restart themselves when asked softly, as the same instance', async () => {
    const { kubectl, client } = engine()
    const before = await instanceOf('debian-two-disks')
    const console = kubectl.start('logs', '-f', await podOf('debian-two-disks'))
    const boots = (): number => console.stdout().split('Booting `Debian GNU/Linux').length - 1
    await eventually(() => boots() === 1)
    const path =
      '/apis/subresources.kubevirt.io/v1/namespaces/default/virtualmachineinstances/debian-two-disks/softreboot'
    await client.raw({ method: 'PUT', path, body: {} })
    await eventually(() => boots() === 2, { what: 'another boot of debian-two-disks', timeoutMs: bootMs })
    await console.stop()
    // It said goodbye first: the guest restarted itself, nobody pulled the plug.
    expect(console.stdout()).toMatch(/reboot: Restarting system/)
    const after = await instanceOf('debian-two-disks')
    expect(after.metadata.uid).toBe(before.metadata.uid)
    expect(after.status?.interfaces?.[0]?.mac).toBe(before.status?.interfaces?.[0]?.mac)
    // Its second boot interests nobody.
    await berth('vm', 'stop', 'debian-two-disks', '--force')
  })

  it('shut down in order within seconds, and start again', async () => {
    await ssh('debian', 'echo kept > ~/mine && sync')
    was = await ssh('debian', identity)
    bootWas = await ssh('debian', boot)
    await berth('vm', 'stop', 'debian')
    const { kubectl } = engine()
    const [root, events] = await Promise.all([
      kubectl('get', 'vm', 'debian', '-o', 'jsonpath={.status.printableStatus}'),
      kubectl('get', 'events', '--field-selector', 'involvedObject.name=debian'),
    ])
    expect(root).toBe('Stopped')
    expect(events).toContain('The VirtualMachineInstance was shut down.')
    await berth('vm', 'start', 'debian')
    // It boots beside this one, and is looked at below.
    await beginGoldenImage()
  })

  it('are the same machine with the same disk after stop and start', { timeout: testMs }, async () => {
    expect(await sshWhenUp('debian', identity)).toBe(was)
    expect(was).toContain('kept\n')
    expect(await ssh('debian', boot)).not.toBe(bootWas)
    // Not "recovering journal": the file system was left in order.
    expect(await consoleOf('debian')).toMatch(/: clean, \d+\/\d+ files/)
  })

  it('become a golden image of a build, set up and sealed', { timeout: testMs }, async () => {
    const { kubectl, client } = engine()
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
    expect(log).toContain('the file says golden, for uid=1000(ann)')
    expect(log).toContain('take out what identifies a machine')
    expect(log).toMatch(/\n== done\n$/)
    expect(await berth('image', 'versions', '-n', 'default')).toMatch(/^golden-v1 +v1 .* ready /m)
    // The machine that did it is gone, and so is what it was told.
    expect(await kubectl('get', 'vmi,secrets', '-l', 'berth.dev/image-build-name', '-o', 'name')).toBe('')
    await kubectl('delete', 'imagebuild', name)
    await kubectl('delete', 'datasource', 'golden', 'golden-v1')
    await kubectl('delete', 'datavolume', 'golden-v1', '--wait=false')
  })

  it('leave nothing when they are deleted', async () => {
    const { kubectl, leftovers, qemuProcesses } = engine()
    for (const guest of guests) await kubectl('delete', '-f', join(examples, `${guest}.yaml`), '--wait=false')
    await eventually(async () => (await leftovers()).length === 0, { what: 'nothing to be left', timeoutMs: 180_000 })
    expect(await qemuProcesses()).toEqual([])
    expect(await kubectl('get', 'vm,vmi,pods,datavolumes,pvc,pv', '-o', 'name')).toBe('')
  })
})
