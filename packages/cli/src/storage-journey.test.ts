/** Snapshots, copies and disks by command, against the engine with simulated machines. */

import { createHash } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { virtualMachines, type VirtualMachine } from '@berth/api'
import { silentLogger } from '@berth/base'
import type { Engine } from '@berth/engine'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { steadyOutput } from './testing/steady-output.ts'
import { berth, type TestWorld } from './testing/test-context.ts'

let folder: string
let engine: Engine
let world: TestWorld

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-storage-'))
  const { startEngine } = await import('@berth/engine')
  const dataDirectory = join(folder, 'data')
  engine = await startEngine({ dataDir: dataDirectory, port: 0, driver: 'simulated', logger: silentLogger })
  world = { dataDirectory, homeDirectory: join(folder, 'home') }
  await engine.services.client.create(virtualMachines, machine('web'))
  expect(await berth(world, 'vm', 'start', 'web')).toMatchObject({ exitCode: 0 })
})

afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

function machine(name: string): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace: 'default' },
    spec: {
      runStrategy: 'Halted',
      dataVolumeTemplates: [
        {
          metadata: { name: `${name}-root` },
          spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '64Mi' } } } },
        },
      ],
      template: {
        spec: {
          domain: {
            devices: {
              disks: [{ name: 'root', disk: { bus: 'virtio' } }],
              interfaces: [{ name: 'default', masquerade: {} }],
            },
            memory: { guest: '64Mi' },
          },
          networks: [{ name: 'default', pod: {} }],
          volumes: [{ name: 'root', dataVolume: { name: `${name}-root` } }],
        },
      },
    },
  }
}

async function run(...words: string[]): Promise<string> {
  return steadyOutput(await berth(world, ...words), folder)
}

/** At a terminal, with somebody who answers. */
async function answering(answer: string, ...words: string[]): Promise<string> {
  const stdin = Object.assign(new PassThrough(), { isTTY: true })
  stdin.end(`${answer}\n`)
  return steadyOutput(await berth({ ...world, stdin }, ...words), folder)
}

describe('snapshots of a VM', () => {
  it('are told in these words', async () => {
    expect(await run('snapshot', 'list', 'web')).toMatchInlineSnapshot(`
      "No snapshots of VM "web". Take one with \`berth vm snapshot web\`.
      exit 0
      "
    `)
    expect(await run('vm', 'snapshot', 'web', 'one', '--note', 'the first')).toMatchInlineSnapshot(`
      "Taking snapshot "one" of VM "web" ...
      ✓ Snapshot "one" is ready (guest held still)
      next: berth vm restore web --snapshot one
      exit 0
      "
    `)
    expect(await run('vm', 'snapshot', 'web', 'one')).toMatchInlineSnapshot(`
      "error: virtualmachinesnapshots.snapshot.kubevirt.io "one" already exists
      next: Choose another name, or delete the old one first.
      exit 4
      "
    `)
    expect(await run('vm', 'snapshot', 'nobody')).toMatchInlineSnapshot(`
      "error: there is no VM "nobody" in namespace "default"
      next: See what there is with \`berth vm list -A\`.
      exit 3
      "
    `)
    expect(await run('vm', 'snapshot', 'web', 'two')).toMatchInlineSnapshot(`
      "Taking snapshot "two" of VM "web" ...
      ✓ Snapshot "two" is ready (guest held still)
      next: berth vm restore web --snapshot two
      exit 0
      "
    `)
    expect(await run('snapshot', 'list')).toMatchInlineSnapshot(`
      "NAME   VM    STATUS   AGE   SIZE     POLICY
      two    web   Ready    AGE   64 MiB   -
      one    web   Ready    AGE   64 MiB   -
      exit 0
      "
    `)
    expect(await run('snapshot', 'show', 'one')).toMatchInlineSnapshot(`
      "Name:         one
      VM:           web
      Status:       Ready
      Taken:        TIME (AGE ago)
      Consistency:  guest held still
      Size:         64 MiB when restored
      Disks in it:  root
      Note:         the first
      exit 0
      "
    `)
    expect(await run('snapshot', 'show', 'three')).toMatchInlineSnapshot(`
      "error: there is no snapshot "three" in namespace "default"
      next: See what there is with \`berth snapshot list -A\`.
      exit 3
      "
    `)
    expect(await run('vm', 'restore', 'web', '--snapshot', 'one')).toMatchInlineSnapshot(`
      "error: VM "web" runs; its disks can be put back only while it is off
      next: Stop it with \`berth vm stop web\`, or let the restore do it with --stop.
      exit 4
      "
    `)
    expect(await answering('n', 'vm', 'restore', 'web', '--snapshot', 'one', '--stop')).toMatchInlineSnapshot(`
      "VM "web" and its disks go back to how they were AGE ago; it is stopped for that.
      What was written since then is lost. To keep it, take a snapshot first: \`berth vm snapshot web\`.
      Snapshots stay, newer ones too.
      Put VM "web" back? [y/N] error: nothing was done
      exit 130
      "
    `)
    expect(await run('vm', 'restore', 'web', '--snapshot', 'one', '--stop', '--yes')).toMatchInlineSnapshot(`
      "VM "web" and its disks go back to how they were AGE ago; it is stopped for that.
      What was written since then is lost. To keep it, take a snapshot first: \`berth vm snapshot web\`.
      Snapshots stay, newer ones too.
      Putting VM "web" back to snapshot "one" ...
      ✓ VM "web" is as it was at snapshot "one"
      next: berth vm start web
      exit 0
      "
    `)
    // Times have whole seconds: which came first within one cannot be told.
    const tree = await run('snapshot', 'tree', 'web')
    for (const line of ['one (AGE ago, 64 MiB)', '─ two (AGE ago, 64 MiB)', '└─ * VM "web" as it is now'])
      expect(tree).toContain(line)
    expect(await run('vm', 'restore', 'web', '--snapshot', 'two', '--to', 'web-two', '--start')).toMatchInlineSnapshot(`
      "Making VM "web-two" from snapshot "two" ...
      ✓ VM "web-two" is made from snapshot "two"; it is off
      Starting VM "web-two" ...
      ✓ VM "web-two" is running
      next: berth vm console web-two
      exit 0
      "
    `)
    expect(await run('vm', 'clone', 'web', 'web-copy')).toMatchInlineSnapshot(`
      "Cloning VM "web" as "web-copy" ...
      ✓ VM "web-copy" is a copy of "web" with addresses of its own
      next: berth vm start web-copy
      exit 0
      "
    `)
    expect(await run('vm', 'clone', 'web', 'web-copy')).toMatchInlineSnapshot(`
      "error: there is a VM "web-copy" already
      next: Choose another name.
      exit 4
      "
    `)
    expect(await run('snapshot', 'delete', 'one')).toMatchInlineSnapshot(`
      "Snapshot "one" of VM "web" goes: nothing can be restored from there any more.
      The VM, its disks and all other snapshots stay; a running VM goes on.
      error: Delete it? There is nobody to ask here
      next: Say --yes when you mean it.
      exit 2
      "
    `)
    expect(await answering('yes', 'snapshot', 'delete', 'one', 'two')).toMatchInlineSnapshot(`
      "Snapshots "one", "two" of VM "web" go: nothing can be restored from there any more.
      The VM, its disks and all other snapshots stay; a running VM goes on.
      Delete them? [y/N] Deleting snapshot "one" ...
      ✓ Snapshot "one" is deleted
      Deleting snapshot "two" ...
      ✓ Snapshot "two" is deleted
      exit 0
      "
    `)
  })
})

describe('disks', () => {
  it('are told in these words', async () => {
    expect(await run('disk', 'create', 'data')).toMatchInlineSnapshot(`
      "error: --size is needed
      next: Say it like --size 20Gi.
      exit 2
      "
    `)
    expect(await run('disk', 'create', 'data', '--size', '32Mi', '--class', 'nowhere')).toMatchInlineSnapshot(`
      "error: there is no storage class "nowhere"
      next: There are local, local-raw: see \`berth storage list\`.
      exit 3
      "
    `)
    expect(await run('disk', 'create', 'data', '--size', '900Ti')).toMatch(
      /^error: storage class "local" has .* free, 900 TiB would be needed\nnext: Ask for less.*\nexit 4\n$/,
    )
    expect(await run('disk', 'create', 'data', '--url', 'ftp://there/x', '--size', '1Gi')).toMatchInlineSnapshot(`
      "error: --url: "ftp://there/x" does not say how it is fetched
      next: Write https://HOST/FILE, s3://BUCKET/FILE or docker://IMAGE. A file of this computer: \`berth disk upload FILE NAME\`.
      exit 2
      "
    `)
    expect(await run('disk', 'create', 'data', '--size', '32Mi')).toMatchInlineSnapshot(`
      "Making disk "data" ...
      ✓ Disk "data" is ready
      next: berth disk attach data VM
      exit 0
      "
    `)
    expect(await run('disk', 'attach', 'data', 'web')).toMatchInlineSnapshot(`
      "Disk "data" is attached to VM "web"; the guest sees it when the VM starts
      exit 0
      "
    `)
    expect(await run('vm', 'start', 'web')).toContain('is running')
    const { stdout: listed } = await berth(world, 'disk', 'list')
    expect(listed).toMatch(/^NAME +STATUS +SIZE +USED +CLASS +VM +SNAPSHOTS +AGE\n/)
    expect(listed).toMatch(/^data +Ready +32 MiB +\S.* local +web \(running\) +0 /m)
    expect(listed).toMatch(/-root +Ready +64 MiB .* web-copy /)
    expect(await run('disk', 'delete', 'data', '--yes')).toMatchInlineSnapshot(`
      "error: disk "data" is used by VM "web", which runs
      next: Take it out with \`berth disk detach data web\`, or stop the VM.
      exit 4
      "
    `)
    expect(await run('disk', 'resize', 'data', '16Mi')).toMatchInlineSnapshot(`
      "error: disk "data" has 32 MiB; disks can only grow
      next: Make a smaller disk and copy what is on it inside the guest.
      exit 4
      "
    `)
    expect(await run('disk', 'resize', 'data', '64Mi')).toMatchInlineSnapshot(`
      "Growing disk "data" to 64Mi ...
      ✓ Disk "data" has 64Mi
      The guest sees the new size; its partition and file system are grown inside it.
      exit 0
      "
    `)
    expect(await run('disk', 'detach', 'data', 'web')).toMatchInlineSnapshot(`
      "Detaching disk "data" from VM "web" ...
      ✓ Disk "data" is detached from VM "web"; its data stay
      exit 0
      "
    `)
    expect(await run('disk', 'detach', 'data', 'web')).toMatchInlineSnapshot(`
      "error: VM "web" has no disk "data"
      next: See its disks with \`berth vm describe web\`.
      exit 3
      "
    `)
    expect(await run('disk', 'attach', 'data', 'web', '--bus', 'virtio')).toMatchInlineSnapshot(`
      "Attaching disk "data" to VM "web" ...
      ✓ Disk "data" is attached to VM "web" as vdb
      exit 0
      "
    `)
    expect(await run('disk', 'move', 'data', '--class', 'local')).toMatchInlineSnapshot(`
      "error: disk "data" is of storage class "local" already
      next: Choose another of \`berth storage list\`.
      exit 4
      "
    `)
    expect(await run('disk', 'move', 'data', '--class', 'none')).toMatchInlineSnapshot(`
      "error: there is no storage class "none"
      next: There are local, local-raw: see \`berth storage list\`.
      exit 3
      "
    `)
    expect(await run('disk', 'move', 'data', '--cancel')).toMatchInlineSnapshot(`
      "error: disk "data" is not on the move
      next: See which VM uses it with \`berth disk list\`.
      exit 4
      "
    `)
    expect(await run('disk', 'move', 'data', '--class', 'local-raw')).toMatchInlineSnapshot(`
      "Making disk "data-2" in class "local-raw" ...
      ✓ Disk "data-2" is ready
      Moving disk "data" of VM "web" to class "local-raw" ...
      ✓ VM "web" uses disk "data-2" of class "local-raw" now; "data" stays as it was at that moment
      next: berth disk delete data
      exit 0
      "
    `)
    expect(await run('disk', 'detach', 'data-2', 'web')).toContain('its data stay')
    expect(await run('disk', 'delete', 'data-2', '--yes')).toContain('is deleted')
    expect(await run('disk', 'move', 'data', '--class', 'local-raw')).toMatchInlineSnapshot(`
      "error: no VM in namespace "default" uses disk "data"
      next: Copy it: \`berth disk create data-2 --from data --class local-raw\`, then delete it.
      exit 4
      "
    `)
    expect(await run('disk', 'create', 'copy', '--from', 'data')).toMatchInlineSnapshot(`
      "Making disk "copy" ...
      ✓ Disk "copy" is ready
      next: berth disk attach copy VM
      exit 0
      "
    `)
    expect(await run('disk', 'delete', 'copy')).toMatchInlineSnapshot(`
      "Disk "copy" and everything on it (64 MiB) go for good.
      error: Delete disk "copy"? There is nobody to ask here
      next: Say --yes when you mean it.
      exit 2
      "
    `)
    expect(await answering('y', 'disk', 'delete', 'copy')).toMatchInlineSnapshot(`
      "Disk "copy" and everything on it (64 MiB) go for good.
      Delete disk "copy"? [y/N] Deleting disk "copy" ...
      ✓ Disk "copy" is deleted
      exit 0
      "
    `)
    expect(await run('disk', 'delete', 'copy')).toMatchInlineSnapshot(`
      "error: there is no disk "copy" in namespace "default"
      next: See what there is with \`berth disk list -A\`.
      exit 3
      "
    `)
    expect(await run('disk', 'attach', 'none', 'web')).toMatchInlineSnapshot(`
      "error: there is no disk "none" in namespace "default"
      next: See what there is with \`berth disk list -A\`.
      exit 3
      "
    `)
  })

  it('lie somewhere', async () => {
    const { stdout, exitCode } = await berth(world, 'storage', 'list')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^NAME +FREE +TOTAL +PROMISED +DISKS +GROWS +WHEN DELETED\n/)
    expect(stdout).toMatch(/^local \(default\) /m)
    expect((await berth(world, 'storage', 'list', '-o', 'name')).stdout).toContain(
      'storageclasses.storage.k8s.io/local\n',
    )
    expect((await berth(world, '__complete', '--', 'disk', 'resize', 'dat')).stdout).toBe('data\n')
  })
})

describe('disks that come and go', () => {
  it('arrive as they were sent, and leave as they are', async () => {
    const path = join(folder, 'disk.img')
    const content = Buffer.from(
      Array.from({ length: 2 * 1024 * 1024 }, (_, index) => (index * 31 + (index >> 9)) & 255),
    )
    await writeFile(path, content)
    const sum = createHash('sha256').update(content).digest('hex')
    const refused = await berth(world, 'disk', 'upload', path, 'sent', '--checksum', 'sha256:00')
    expect(refused).toMatchObject({ exitCode: 4 })
    expect(refused.stderr).toContain(`is not what was expected: its checksum is sha256:${sum}`)
    const sent = await berth(world, 'disk', 'upload', path, 'sent', '--checksum', `sha256:${sum}`)
    expect(sent.stderr).toContain('Disk "sent" is ready: 2 MiB of raw in')
    expect(sent).toMatchObject({ exitCode: 0, stdout: `sha256:${sum}\n` })
    const back = join(folder, 'back.img')
    const fetched = await berth(world, 'disk', 'download', 'sent', '--format', 'raw', '-o', back)
    expect(fetched.stderr).toContain(`"sent" is in ${back}: 2 MiB in`)
    expect(
      createHash('sha256')
        .update(await readFile(back))
        .digest('hex'),
    ).toBe(sum)
    expect(await readdir(folder)).not.toContain('back.img.part')
    const again = await berth(world, 'disk', 'download', 'sent', '--format', 'raw', '-o', back)
    expect(again).toMatchObject({ exitCode: 4, stderr: expect.stringContaining('is there already') as string })
    expect(await run('disk', 'download', 'web')).toContain('next: Stop it with `berth vm stop web`')
    expect(await run('disk', 'download', 'nothing')).toContain('there is neither a disk nor a VM "nothing"')
    expect(await run('disk', 'upload', join(folder, 'none'), 'x')).toContain('exit 3')
  })
})

describe('controllers', () => {
  it('print what a cluster needs for them', async () => {
    const { stdout } = await berth(world, 'controllers', '--print-crds', '--print-rbac')
    for (const part of ['name: snapshotpolicies.berth.dev', 'name: berth-controllers', 'aggregate-to-view', 'leases']) {
      expect(stdout).toContain(part)
    }
    expect(await run('controllers', '--only', 'nothing')).toContain('error: there is no controller "nothing"')
  })
})

describe('policies', () => {
  it('are told in these words', async () => {
    expect(await run('policy', 'list')).toMatchInlineSnapshot(`
      "No snapshot policies in namespace "default". Make one with \`berth policy create nightly --schedule "30 2 * * *" --keep 7 --all\`.
      exit 0
      "
    `)
    expect(await run('policy', 'create', 'nightly', '--keep', '7', '--all')).toMatchInlineSnapshot(`
      "error: say when: --schedule or --every
      next: Say it like --schedule "30 2 * * *" or --every 4h.
      exit 2
      "
    `)
    expect(await run('policy', 'create', 'nightly', '--every', '4h', '--keep', '7')).toMatchInlineSnapshot(`
      "error: say which VMs: --vm NAME, --selector LABELS or --all
      exit 2
      "
    `)
    expect(
      await run(
        'policy',
        'create',
        'nightly',
        '--schedule',
        '30 2 31 2 *',
        '--keep',
        '7',
        '--all',
        '--time-zone',
        'UTC',
      ),
    ).toMatchInlineSnapshot(`
      "error: SnapshotPolicy.berth.dev "nightly" is invalid: spec.schedule: Invalid value: "30 2 31 2 *": "30 2 31 2 *" names a date that never comes
      next: Correct the named field and try again.
      exit 4
      "
    `)
    const created = [
      '--schedule',
      '30 2 * * *',
      '--keep',
      '7',
      '--keep-days',
      '30',
      '--vm',
      'web',
      '--time-zone',
      'Europe/Berlin',
    ]
    expect(await run('policy', 'create', 'nightly', ...created, '--window', '01:00-05:00')).toMatchInlineSnapshot(`
      "Policy "nightly" created: 30 2 * * * (Europe/Berlin), keeps 7 of each VM, none older than 30 days
      next: berth policy show nightly
      exit 0
      "
    `)
    expect(
      (await engine.services.client.get(virtualMachines, { namespace: 'default', name: 'web' })).metadata.annotations,
    ).toMatchObject({
      'berth.dev/snapshot-policy': 'nightly',
    })
    expect(await run('policy', 'list')).toMatchInlineSnapshot(`
      "NAME      STATE                               WHEN                         KEEPS                                   VMS   LAST RUN   NEXT RUN
      nightly   New: nothing has looked at it yet   30 2 * * * (Europe/Berlin)   7 of each VM, none older than 30 days   -     -          -
      exit 0
      "
    `)
    expect(await run('policy', 'show', 'nightly')).toMatchInlineSnapshot(`
      "Name:      nightly
      State:     New: nothing has looked at it yet
      When:      30 2 * * * (Europe/Berlin)
      Only:      from 01:00 to 05:00 (Europe/Berlin)
      Keeps:     7 of each VM, none older than 30 days
      Last run:  none yet
      Next run:  -
      Result:    -
      exit 0
      "
    `)
    expect(await run('policy', 'suspend', 'nightly')).toMatchInlineSnapshot(`
      "Policy "nightly" is suspended: it takes no snapshots, and goes on deleting those it no longer keeps
      exit 0
      "
    `)
    expect(await run('policy', 'resume', 'nightly')).toMatchInlineSnapshot(`
      "Policy "nightly" goes on; what fell due meanwhile is not made up for
      exit 0
      "
    `)
    expect(await answering('y', 'policy', 'delete', 'nightly')).toMatchInlineSnapshot(`
      "Policy "nightly" is deleted
      Policy "nightly" goes: no more snapshots are taken by it, and none deleted.
      It has made no snapshots.
      Delete policy "nightly"? [y/N] exit 0
      "
    `)
    expect(await run('policy', 'show', 'nightly')).toMatchInlineSnapshot(`
      "error: there is no snapshot policy "nightly" in namespace "default"
      next: See what there is with \`berth policy list -A\`. On a cluster Berth's kinds come with \`berth controllers --install-crds\`.
      exit 3
      "
    `)
  })
})

describe('backups', () => {
  it('are told in these words', async () => {
    await berth(world, 'vm', 'stop', 'web')
    expect(await run('vm', 'backup', 'web')).toMatchInlineSnapshot(`
      "error: VM "web" does not run: it is Stopped
      next: Start it with \`berth vm start web\`.
      exit 4
      "
    `)
    expect(await berth(world, 'vm', 'start', 'web')).toMatchObject({ exitCode: 0 })
    expect(await run('vm', 'backups', 'web')).toMatchInlineSnapshot(`
      "No backups of VM "web". Make one with \`berth vm backup web\`.
      exit 0
      "
    `)
    expect(await run('vm', 'backup', 'web')).toMatchInlineSnapshot(`
      "error: backups of VM "web" are not switched on: what is written to it is not counted
      next: An administrator switches them on: \`berth vm backup web --enable\`.
      exit 4
      "
    `)
    expect(await run('vm', 'backup', 'web', 'alone', '--enable')).toMatchInlineSnapshot(`
      "Switching on backups of VM "web" ...
      ✓ Backups of VM "web" are switched on
      Claim "web-backups" is made, with room for 128 MiB
      Backing up VM "web" to claim "web-backups" ...
      ✓ Backup "alone" of VM "web" is in claim "web-backups" (a full one)
      next: berth disk download web-backups --format tar.gz -o web-backups.tar.gz
      exit 0
      "
    `)
    expect(await run('vm', 'backup', 'web', 'base', '--incremental')).toMatchInlineSnapshot(`
      "Backing up VM "web" to claim "web-backups" ...
      ✓ Backup "base" of VM "web" is in claim "web-backups" (a full one, the base of those that follow)
      next: berth disk download web-backups --format tar.gz -o web-backups.tar.gz
      exit 0
      "
    `)
    expect(await run('vm', 'backup', 'web', 'later', '--incremental')).toMatchInlineSnapshot(`
      "Backing up VM "web" to claim "web-backups" ...
      ✓ Backup "later" of VM "web" is in claim "web-backups" (what was written since the one before)
      next: berth disk download web-backups --format tar.gz -o web-backups.tar.gz
      exit 0
      "
    `)
    // Those of one second come in any order.
    const listed = (await run('vm', 'backups', 'web', '-o', 'wide')).split('\n')
    expect(listed.toSorted().join('\n')).toMatchInlineSnapshot(`
      "
      NAME    VM    STATUS     TYPE          CLAIM         AGE   TRACKER   DISKS   WHY
      alone   web   Complete   Full          web-backups   AGE   -         root    -
      base    web   Complete   Full          web-backups   AGE   web       root    -
      exit 0
      later   web   Complete   Incremental   web-backups   AGE   web       root    -"
    `)
    expect(await run('vm', 'backup', 'web', 'alone')).toMatchInlineSnapshot(`
      "error: virtualmachinebackups.backup.kubevirt.io "alone" already exists
      next: Choose another name, or delete the old one first.
      exit 4
      "
    `)
  })
})

describe('what is typed in another way', () => {
  it('is understood, or told what was meant', async () => {
    expect(await run('vm', 'snapshot', 'web', 'kept')).toContain('Snapshot "kept" is ready')
    expect(await run('disk', 'create', 'copy', '--from-snapshot', 'kept')).toMatchInlineSnapshot(`
      "Making disk "copy" ...
      ✓ Disk "copy" is ready
      next: berth disk attach copy VM
      exit 0
      "
    `)
    expect(await run('disk', 'create', 'x', '--from-snapshot', 'kept/none')).toMatchInlineSnapshot(`
      "error: say which disk of snapshot "kept" is meant
      next: Like --from-snapshot kept/root; it has root.
      exit 2
      "
    `)
    expect(await run('disk', 'create', 'x', '--from-snapshot', 'none')).toMatchInlineSnapshot(`
      "error: there is no snapshot "none" in namespace "default"
      next: See what there is with \`berth snapshot list -A\`.
      exit 3
      "
    `)
    expect(await run('disk', 'create', 'x', '--size', '20GB')).toMatchInlineSnapshot(`
      "error: "20GB" is no size
      next: Write it like 20Gi.
      exit 2
      "
    `)
    expect(await run('disk', 'create', 'X_y', '--size', '1Gi')).toMatch(/\nnext: Names have small letters/)
    expect(await run('disk', 'create', 'x', '--size', '1Gi', '--secret', 's')).toMatchInlineSnapshot(`
      "error: --secret is about what --url names, which is not given
      next: Name the address with --url, or leave the option out.
      exit 2
      "
    `)
    expect(await run('disk', 'create', 'x', '--size', '1Gi', '--url', 'docker://a/b', '--checksum', 'sha256:0'))
      .toMatchInlineSnapshot(`
      "error: --checksum is for https:// and http:// addresses, not for docker://
      next: Name an image by its digest: docker://HOST/IMAGE@sha256:….
      exit 2
      "
    `)
    expect(await run('disk', 'resize', 'copy', '+64Mi')).toMatchInlineSnapshot(`
      "Growing disk "copy" to 128Mi ...
      ✓ Disk "copy" has 128Mi
      exit 0
      "
    `)
    expect(await run('disk', 'attach', 'web', 'copy')).toMatchInlineSnapshot(`
      "error: "web" is a VM and "copy" is a disk: the disk comes first
      next: Type \`berth disk attach copy web\`.
      exit 2
      "
    `)
  })
})
