/** Commands against the engine with simulated machines: everything real but the guests. */

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { virtualMachines } from '@berth/api'
import { silentLogger } from '@berth/base'
import type { Engine } from '@berth/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { steadyOutput } from './testing/steady-output.ts'
import { berth, type TestWorld } from './testing/test-context.ts'

let folder: string
let engine: Engine
let world: TestWorld

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-cli-'))
  const { startEngine } = await import('@berth/engine')
  const dataDirectory = join(folder, 'data')
  engine = await startEngine({ dataDir: dataDirectory, port: 0, driver: 'simulated', logger: silentLogger })
  world = { dataDirectory, homeDirectory: join(folder, 'home') }
  await mkdir(join(folder, 'home', '.ssh'), { recursive: true })
  await writeFile(join(folder, 'home', '.ssh', 'id_ed25519.pub'), 'ssh-ed25519 AAAA me@here\n')
})

afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

async function run(...words: string[]): Promise<string> {
  return steadyOutput(await berth(world, ...words), folder)
}

describe('a machine from making to deleting', () => {
  it('is told in these words', async () => {
    expect(await run('vm', 'list')).toMatchInlineSnapshot(`
      "No VMs in namespace "default". Look everywhere with -A, or make one with \`berth vm create NAME\`.
      exit 0
      "
    `)
    expect(await run('vm', 'list', '-l', 'app=web')).toMatchInlineSnapshot(`
      "No VMs in namespace "default" with the labels app=web. Look everywhere with -A.
      exit 0
      "
    `)
    expect(await run('vm', 'create', 'hello')).toMatchInlineSnapshot(`
      "VM "hello" created in namespace "default"
      Starting VM "hello" ...
      ✓ VM "hello" is running
      next: berth vm console hello
      exit 0
      "
    `)
    expect(await run('vm', 'create', 'hello')).toMatchInlineSnapshot(`
      "error: virtualmachines.kubevirt.io "hello" already exists
      next: Choose another name, or delete the old one first.
      exit 4
      "
    `)
    expect(await run('vm', 'list')).toMatchInlineSnapshot(`
      "NAME    STATUS    AGE   CPU   MEMORY   NODE     ADDRESS
      hello   Running   AGE   1     256Mi    node-1   10.0.2.2
      exit 0
      "
    `)
    expect(await run('vm', 'list', '-A', '-o', 'name')).toMatchInlineSnapshot(`
      "virtualmachines.kubevirt.io/hello
      exit 0
      "
    `)
    expect(await run('vm', 'start', 'hello')).toMatchInlineSnapshot(`
      "error: cannot start VM "hello": VM is already running
      next: See its present state with \`berth vm describe hello\`.
      exit 4
      "
    `)
    expect(await run('vm', 'pause', 'hello')).toMatchInlineSnapshot(`
      "Pausing VM "hello" ...
      ✓ VM "hello" is paused
      next: berth vm unpause hello
      exit 0
      "
    `)
    expect(await run('vm', 'unpause', 'hello')).toMatchInlineSnapshot(`
      "Unpausing VM "hello" ...
      ✓ VM "hello" is running
      exit 0
      "
    `)
    expect(await run('vm', 'soft-reboot', 'hello')).toMatchInlineSnapshot(`
      "VM "hello" was asked to reboot
      exit 0
      "
    `)
    expect(await run('vm', 'reset', 'hello')).toMatchInlineSnapshot(`
      "VM "hello" was reset
      exit 0
      "
    `)
    expect(await run('vm', 'restart', 'hello')).toMatchInlineSnapshot(`
      "Restarting VM "hello" ...
      ✓ VM "hello" is running again
      exit 0
      "
    `)
    expect(await run('vm', 'stop', 'hello')).toMatchInlineSnapshot(`
      "Stopping VM "hello" ...
      ✓ VM "hello" is stopped; its disks are kept
      next: berth vm start hello
      exit 0
      "
    `)
    expect(await run('vm', 'stop', 'hello')).toMatchInlineSnapshot(`
      "error: cannot stop VM "hello": VM is not running
      next: See its present state with \`berth vm describe hello\`.
      exit 4
      "
    `)
    expect(await run('vm', 'console', 'hello')).toMatchInlineSnapshot(`
      "error: VM "hello" does not run: it is Stopped
      next: Start it with \`berth vm start hello\`.
      exit 4
      "
    `)
    expect(await run('vm', 'start', 'hello', '--no-wait')).toMatchInlineSnapshot(`
      "VM "hello": start requested
      exit 0
      "
    `)
    expect(await run('vm', 'delete', 'hello')).toMatchInlineSnapshot(`
      "Deleting VM "hello" ...
      ✓ VM "hello" is deleted
      exit 0
      "
    `)
    expect(await run('vm', 'describe', 'hello')).toMatchInlineSnapshot(`
      "error: there is no VM "hello" in namespace "default"
      next: See what there is with \`berth vm list -A\`.
      exit 3
      "
    `)
    expect(await run('vm', 'delete', 'hello', '--ignore-not-found')).toMatchInlineSnapshot(`
      "There is no VM "hello".
      exit 0
      "
    `)
  })

  it('describes, prints data and shows the serial log', async () => {
    await berth(world, 'vm', 'create', 'web')
    const described = await berth(world, 'vm', 'describe', 'web')
    for (const part of ['Status:        Running', 'Conditions\n', 'Network\n', 'Events\n', 'SuccessfulCreate']) {
      expect(described.stdout).toContain(part)
    }
    const { stdout } = await berth(world, 'vm', 'describe', 'web', '-o', 'json')
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'VirtualMachine', metadata: { name: 'web' } })
    expect((await berth(world, 'vm', 'logs', 'web', '--tail', '1')).exitCode).toBe(0)
    expect((await berth(world, 'status')).stdout).toContain('1 Running')
    expect((await berth(world, '__complete', '--', 'vm', 'stop', 'w')).stdout).toBe('web\n')
    const list = async (...query: string[]): Promise<string> =>
      (await berth(world, 'vm', 'list', '-o', 'name', ...query)).stdout
    expect(await list('status:Running', 'we*')).toContain('web')
    expect(await list('status:Running memory>=1Mi -has:gpu storage>1TiB')).not.toContain('web')
    expect(await list('--', '-status:Running')).not.toContain('web')
    expect(await run('vm', 'list', 'statos:Running')).toMatchInlineSnapshot(`
      "error: the query "statos:Running" cannot be read: There is no field "statos". Did you mean "status"?
      next: Write it like \`berth vm list "status:Running memory>=2GiB web-"\`; a leading \`-\` goes behind \`--\`.
      exit 2
      "
    `)
    expect(await run('vm', 'list', 'name:nobody')).toMatchInlineSnapshot(`
      "No VMs in namespace "default" match name:nobody. Look everywhere with -A.
      exit 0
      "
    `)
    await berth(world, 'vm', 'delete', 'web')
  })

  it('tells what an instance type and a preference make of a machine, running or not', async () => {
    const { client } = engine.services
    await client.create(virtualMachines, {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      metadata: { name: 'typed', namespace: 'default' },
      spec: {
        runStrategy: 'Halted',
        instancetype: { name: 'u1.small' },
        preference: { name: 'fedora' },
        template: { spec: { domain: { devices: {} } } },
      },
    })
    const lines = ['Instance type: u1.small', 'Preference:    fedora', 'CPU:           1', 'Memory:        2Gi']
    for (const line of lines)
      expect((await berth(world, 'vm', 'describe', 'typed')).stdout.replaceAll(/: +/g, ': ')).toContain(
        line.replaceAll(/: +/g, ': '),
      )
    await berth(world, 'vm', 'start', 'typed')
    expect((await berth(world, 'vm', 'list', '-o', 'wide')).stdout).toMatch(/typed +Running +\S+ +1 +2Gi .* u1\.small /)
    await berth(world, 'vm', 'delete', 'typed')
  })

  it('joins the console both ways', async () => {
    await berth(world, 'vm', 'create', 'chat')
    const leave = new AbortController()
    const stdin = new PassThrough()
    stdin.write('hello\r')
    const heard: string[] = []
    const onOutput = (text: string): void => {
      heard.push(text)
      if (heard.join('').includes('hello')) leave.abort()
    }
    const done = await berth({ ...world, stdin, signal: leave.signal, onOutput }, 'vm', 'console', 'chat')
    expect(done.stderr).toContain('Connected to the console of VM "chat"')
    expect(heard.join('')).toContain('hello')
    await berth(world, 'vm', 'delete', 'chat')
  })

  it('is made from an instance type, a preference and a container image, with what they leave to be said', async () => {
    const flags = ['--instancetype', 'u1.small', '--preference', 'fedora', '--secure-boot', '--tpm', '--password', 'x']
    const create = ['vm', 'create', 'made', '--image', 'docker://quay.io/disks/fedora:41', ...flags]
    const { stdout } = await berth(world, ...create, '--dry-run', 'server', '-o', 'json')
    expect(JSON.parse(stdout)).toMatchObject({
      spec: {
        instancetype: { name: 'u1.small' },
        preference: { name: 'fedora' },
        template: {
          spec: {
            domain: {
              devices: { disks: [{ name: 'root' }, { name: 'cloudinit' }], tpm: { persistent: true } },
              features: { smm: { enabled: true } },
              firmware: { bootloader: { efi: { secureBoot: true } } },
            },
            volumes: [{ containerDisk: { image: 'quay.io/disks/fedora:41' } }, {}],
          },
        },
      },
    })
    expect(stdout).not.toContain('"cores"')
    expect(await run('vm', 'create', 'made', '--instancetype', 'u1.none')).toContain(
      'error: VM "made" will not be Running: Starting: virtualmachineclusterinstancetypes.instancetype.kubevirt.io "u1.none" not found\nnext: See `berth vm why made`.\n',
    )
    await berth(world, 'vm', 'delete', 'made')
    expect((await berth(world, '__complete', '--', 'vm', 'create', 'x', '--instancetype', 'u1.sm')).stdout).toBe(
      'u1.small\n',
    )
  })

  it.each([
    [['--instancetype', 'u1.small', '--memory', '1Gi'], '--memory does not go with --instancetype'],
    [['--image', 'docker://a/b', '--disk', '1Gi'], '--disk is not for a container disk'],
    [
      ['--secure-boot'],
      '--secure-boot is not for the built-in guest tiny-guest: its kernel is started without firmware',
    ],
    [['--preference', 'a/b/c'], '--preference: "a/b/c" is neither NAME nor KIND/NAME'],
  ])('refuses %j', async (flags, words) => {
    const { exitCode, stderr } = await berth(world, 'vm', 'create', 'x', ...flags, '--dry-run', 'client')
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining(`error: ${words}`)])
  })

  it('passes the server refusals on', async () => {
    expect(await run('vm', 'create', 'UPPER')).toContain('exit 4\n')
    expect(await run('vm', 'create', 'x', '--memory', 'much')).toContain('exit 4\n')
    expect(await run('vm', 'create', 'x', '--image', '/disk.qcow2')).toContain(
      'next: On the embedded engine: `berth up --host-disks FOLDER`. On a cluster: add "HostDisk" to spec.configuration.developerConfiguration.featureGates: `kubectl edit kubevirt -n kubevirt`.\n',
    )
    expect(await run('vm', 'create', 'x', '--dry-run', 'server')).toContain('uid:')
    expect(await run('vm', 'list')).toContain('No VMs')
  })
})
