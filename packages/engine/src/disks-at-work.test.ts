/**
 * One guest that writes to its disk all the while, under an engine in a process of its own: its disk moves, is backed up, snapshotted and
 * grown, its memory is dumped, and the engine and QEMU are killed in the middle. Then every byte is compared.
 */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cp, mkdir, readdir, readFile, readlink, rm, statfs } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir, userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import {
  dataVolumes,
  isBackupOver,
  kubeVirts,
  virtualMachineBackups,
  virtualMachineBackupTrackers,
  virtualMachineExports,
  virtualMachineInstances,
  virtualMachines,
  virtualMachineSnapshots,
  volumeSnapshots,
  type VirtualMachine,
  type VirtualMachineBackup,
  type VirtualMachineInstance,
} from '@berth/api'
import { buildTinyGuest } from '@berth/imaging'
import {
  connectionOf,
  createClient,
  createHttpTransport,
  loadKubeconfig,
  persistentVolumeClaims,
  secrets,
  type Client,
} from '@berth/kube'
import { getCondition, type Json } from '@berth/meta'
import { freePort } from '@berth/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { MapPage } from './backups/pull/extents.ts'
import { snapshotOf } from './snapshots/testing.ts'
import { contentOf, writePattern } from './testing/disk-content.ts'
import { qemuProcesses, spawnEngine, type EngineChild } from './testing/engine-child.ts'
import { GuestConsole } from './testing/guest-console.ts'
import { builtInKernel, dataVolumeOf, machineOf } from './testing/manifests.ts'
import { temporaryFolder } from './testing/test-engine.ts'
import { until } from './testing/until.ts'

const run = promisify(execFile)
const namespace = 'default'
const name = 'worker'
const MiB = 1024 ** 2
/** The guest writes to the first part; the rest makes work last long enough to be ended in the middle. */
const written = 4 * MiB
const sizes = { disk: 64 * MiB, grown: 96 * MiB }

/** Blocks at places of no order, with content that is not repeated; the copy in the guest's memory gets each when the disk has it. */
const writer = [
  'writer() { i=1; n=0; while [ ! -e /stop ]; do',
  `i=$(( (i * 1103515245 + 12345) & 0x7fffffff )); b=$(( i / 65536 % ${written / 8192} ));`,
  'head -c 8192 /dev/urandom > /block;',
  'dd if=/block of=/dev/vda bs=8192 seek=$b conv=notrunc,fsync 2>/dev/null || touch /failed;',
  'dd if=/block of=/copy bs=8192 seek=$b conv=notrunc 2>/dev/null;',
  // It waits as well: a guest that never sleeps takes a whole processor from what it is to be seen beside.
  'n=$((n+1)); echo $n > /counted; mv /counted /count; usleep 50000; done; touch /done; }',
].join(' ')

let dataDir = ''
/** Where a small file system is mounted, which has a storage in it. */
let small: string | undefined
/** Why there is none; only root may mount one. */
let noSmall: string | undefined
let port = 0
let engine: EngineChild
let client: Client
let guest: GuestConsole

async function connect(): Promise<void> {
  engine = spawnEngine(dataDir, port, { small })
  await engine.ready
  const { connection } = await connectionOf(await loadKubeconfig([join(dataDir, 'admin.kubeconfig')]))
  client = createClient(createHttpTransport(connection))
}

async function killEngine(): Promise<void> {
  await client.transport.close()
  await engine.kill()
  await connect()
}

/** In the moment when `when` resolves. */
async function killQemu(when: () => Promise<void>): Promise<void> {
  const processes = await qemuProcesses(dataDir)
  await when()
  for (const { pid } of processes.values()) process.kill(pid, 'SIGKILL')
}

async function listen(): Promise<void> {
  guest.close()
  guest = await GuestConsole.open(client, name)
}

const instance = (): Promise<VirtualMachineInstance> => client.get(virtualMachineInstances, { namespace, name })
const machine = (): Promise<VirtualMachine> => client.get(virtualMachines, { namespace, name })

async function startWriting(): Promise<void> {
  await guest.run('rm -f /stop /done /count; (writer &)')
  await moreWrites(3)
}

async function moreWrites(count: number): Promise<void> {
  const now = '$(cat /count 2>/dev/null || echo 0)'
  await guest.run(`w=$((${now} + ${count})); while [ ${now} -lt $w ] && [ ! -e /failed ]; do usleep 100000; done`)
}

/** @returns the MD5 sum of what the guest wrote, which is what the guest reads */
async function stopWriting(): Promise<string> {
  const said = await guest.run(
    `touch /stop; until [ -e /done ]; do usleep 50000; done; sync; echo 3 > /proc/sys/vm/drop_caches; [ -e /failed ] && echo failed; head -c ${written} /dev/vda | cmp - /copy && echo equal; md5sum /copy`,
  )
  expect(said).toMatch(/^equal/m)
  return /[0-9a-f]{32}/.exec(said)?.[0] ?? ''
}

async function headOf(claim: string): Promise<{ path: string; format: 'qcow2' | 'raw' }> {
  const { metadata } = await client.get(persistentVolumeClaims, { namespace, name: claim })
  const record = join(dataDir, 'volumes/volumes', `pvc-${metadata.uid ?? ''}`, 'volume.json')
  const head = String(JSON.parse(await readFile(record, 'utf8')).head)
  return { path: join(dataDir, 'volumes/images', head), format: head.endsWith('.raw') ? 'raw' : 'qcow2' }
}

/** MD5 sum of the part that the guest writes; the rest must be what was there in the beginning. */
async function sumOf(image: { path: string; format: 'qcow2' | 'raw' }): Promise<string> {
  const content = await contentOf(image)
  const rest = content.subarray(written, sizes.disk)
  expect(rest.length).toBe(sizes.disk - written)
  expect(rest.equals(Buffer.alloc(rest.length, 7))).toBe(true)
  return createHash('md5').update(content.subarray(0, written)).digest('hex')
}

/** The guest stops writing, and the host finds on the claim what the guest reads. */
async function expectWhole(claim: string): Promise<void> {
  const sum = await stopWriting()
  expect(await sumOf(await headOf(claim))).toBe(sum)
}

async function moveTo(claim: string): Promise<void> {
  const patch: Json[] = [{ op: 'replace', path: '/spec/template/spec/volumes/0/dataVolume/name', value: claim }]
  await client.patch(virtualMachines, { namespace, name }, { type: 'json', patch })
}

/** It has begun; on a fast machine it may be over when this resolves. */
const isMoving = (claim: string) =>
  until(
    'it moves',
    instance,
    ({ spec, status }) => status?.migratedVolumes !== undefined || spec.volumes?.[0]?.dataVolume?.name === claim,
  )

async function isOn(claim: string): Promise<void> {
  await until(
    `the disk is on ${claim} and nothing moves`,
    instance,
    ({ spec, status }) => spec.volumes?.[0]?.dataVolume?.name === claim && status?.migratedVolumes === undefined,
  )
}

async function backUp(backup: string, more: Partial<VirtualMachineBackup['spec']> = {}): Promise<void> {
  const object: VirtualMachineBackup = {
    apiVersion: 'backup.kubevirt.io/v1alpha1',
    kind: 'VirtualMachineBackup',
    metadata: { name: backup, namespace },
    spec: {
      source: { apiGroup: 'backup.kubevirt.io', kind: 'VirtualMachineBackupTracker', name: 'daily' },
      pvcName: 'backups',
      skipQuiesce: true,
      ...more,
    },
  }
  await client.create(virtualMachineBackups, object)
}

const token = 'a-token-of-the-test'

async function pull(backup: string, more: Partial<VirtualMachineBackup['spec']> = {}): Promise<VirtualMachineBackup> {
  await backUp(backup, { mode: 'Pull', tokenSecretRef: 'pull', ...more })
  return until(
    `backup ${backup} can be pulled`,
    () => client.get(virtualMachineBackups, { namespace, name: backup }),
    ({ status }) => getCondition(status?.conditions, 'Progressing')?.reason === 'ExportReady',
  )
}

/** A GET of an endpoint of a backup's only volume. */
async function fetched(
  { status }: VirtualMachineBackup,
  which: 'dataEndpoint' | 'mapEndpoint',
  { query = '', shown = token }: { query?: string; shown?: string } = {},
): Promise<{ code: number; body: Buffer }> {
  const url = `${status?.includedVolumes?.[0]?.[which] ?? ''}?${query}`
  return new Promise((resolve, reject) => {
    const headers = { 'x-kubevirt-export-token': shown }
    const asked = request(url, { ca: status?.endpointCert, headers, agent: false }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('error', reject)
      response.on('end', () => resolve({ code: response.statusCode ?? 0, body: Buffer.concat(parts) }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

/** Takes what changed into a copy, as a client does that pages through the map. @returns how many bytes that was */
async function takeChanges(backup: VirtualMachineBackup, copy: Buffer): Promise<number> {
  let bytes = 0
  for (let next: number | null = 0; next !== null;) {
    const { body } = await fetched(backup, 'mapEndpoint', { query: `offset=${next}&page_size=3` })
    const page: MapPage = JSON.parse(body.toString())
    expect(page.extents.length).toBeLessThanOrEqual(3)
    for (const { offset, length, type, description } of page.extents) {
      expect(description).toBe(['clean', 'dirty', 'zero', 'dirty,zero'][type])
      if ((type & 1) === 0) continue
      bytes += length
      const piece = await fetched(backup, 'dataEndpoint', { query: `offset=${offset}&length=${length}` })
      expect(piece.body.length).toBe(length)
      piece.body.copy(copy, offset)
    }
    next = page.next_offset
  }
  return bytes
}

function md5(content: Buffer): string {
  return createHash('md5').update(content).digest('hex')
}

async function expectNothingPulled(backup: string): Promise<void> {
  expect((await client.list(virtualMachineExports, { namespace })).items).toEqual([])
  expect((await filesOf('backups')).files.filter((file) => file.includes(backup) || file.includes('partial'))).toEqual(
    [],
  )
  const [qemu] = (await qemuProcesses(dataDir)).values()
  const open = await readdir(`/proc/${qemu?.pid ?? 0}/fd`)
  const targets = await Promise.all(open.map((fd) => readlink(`/proc/${qemu?.pid ?? 0}/fd/${fd}`).catch(() => '')))
  expect(targets.filter((target) => target.includes('partial'))).toEqual([])
}

const hasBegun = (backup: string) =>
  until(
    `backup ${backup} has begun`,
    () => client.get(virtualMachineBackups, { namespace, name: backup }),
    ({ status }) => status?.type !== undefined,
  )

const gone = (backup: string) =>
  until(
    `backup ${backup} is gone`,
    () => client.list(virtualMachineBackups, { namespace }),
    ({ items }) => items.every(({ metadata }) => metadata.name !== backup),
  )

const over = (backup: string): Promise<VirtualMachineBackup> =>
  until(`backup ${backup} is over`, () => client.get(virtualMachineBackups, { namespace, name: backup }), isBackupOver)

async function filesOf(claim: string): Promise<{ folder: string; files: string[] }> {
  const { metadata } = await client.get(persistentVolumeClaims, { namespace, name: claim })
  const folder = join(dataDir, 'volumes/volumes', `pvc-${metadata.uid ?? ''}`, 'files')
  return { folder, files: (await readdir(folder, { recursive: true })).toSorted() }
}

/** As docs/backups.md says: the file of each backup is laid on the one before. */
async function restored(backups: readonly string[]): Promise<string> {
  const { folder, files } = await filesOf('backups')
  let below: string | undefined
  for (const backup of backups) {
    const file = files.find((each) => each.endsWith(`/${backup}-root.qcow2`)) ?? ''
    const copy = join(dataDir, `${backup}.qcow2`)
    await cp(join(folder, file), copy)
    if (below !== undefined) await run('qemu-img', ['rebase', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', below, copy])
    below = copy
  }
  return sumOf({ path: below ?? '', format: 'qcow2' })
}

/** Large enough for a machine to go on in it, which needs some room. */
async function mountSmall(): Promise<void> {
  const image = join(dataDir, 'small.img')
  const folder = join(dataDir, 'small')
  await mkdir(folder)
  try {
    await run('truncate', ['-s', '192M', image])
    await run('mkfs.ext4', ['-q', '-m', '0', image])
    await run('mount', ['-o', 'loop', image, folder])
    small = folder
  } catch (error) {
    noSmall = `no small file system can be mounted: ${String(error)}`
  }
}

beforeAll(async () => {
  dataDir = await temporaryFolder()
  await mountSmall()
  port = await freePort()
  const { kernel } = await buildTinyGuest({ directory: join(tmpdir(), `berth-test-guest-${userInfo().uid}`) })
  await mkdir(join(dataDir, 'images'), { recursive: true })
  await cp(dirname(kernel), join(dataDir, 'images', basename(dirname(kernel))), { recursive: true })
  await connect()
  const configuration = {
    developerConfiguration: { featureGates: ['IncrementalBackup'] },
    changedBlockTrackingLabelSelectors: { virtualMachineLabelSelector: { matchLabels: { backup: 'daily' } } },
  }
  await client.patch(
    kubeVirts,
    { namespace: 'kubevirt', name: 'kubevirt' },
    { type: 'merge', patch: { spec: { configuration } } },
  )
  const storage = (storageClassName: string) => ({
    storage: { storageClassName, resources: { requests: { storage: String(sizes.disk) } } },
  })
  for (const [disk, storageClass] of [
    ['first', 'local'],
    ['second', 'local-raw'],
    ['third', 'local'],
    ['fourth', 'local'],
  ] as const)
    await client.create(dataVolumes, dataVolumeOf(disk, storage(storageClass)))
  for (const [claim, size] of [
    ['backups', '2Gi'],
    ['dump', '1Gi'],
  ] as const)
    await client.create(persistentVolumeClaims, {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: claim, namespace },
      spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: size } } },
    })
  await until(
    'the disk is there',
    () => client.get(dataVolumes, { namespace, name: 'first' }),
    ({ status }) => status?.phase === 'Succeeded',
  )
  await writePattern(await headOf('first'), [{ at: 0, bytes: sizes.disk, value: 7 }])
  const made = machineOf(name, {
    spec: {
      terminationGracePeriodSeconds: 0,
      domain: {
        memory: { guest: '128Mi' },
        firmware: builtInKernel,
        devices: { disks: [{ name: 'root', disk: { bus: 'virtio' } }], autoattachGraphicsDevice: false },
      },
      volumes: [{ name: 'root', dataVolume: { name: 'first' } }],
    },
  })
  await client.create(virtualMachines, {
    ...made,
    metadata: { ...made.metadata, labels: { backup: 'daily' } },
    spec: { ...made.spec, updateVolumesStrategy: 'Migration' },
  })
  await client.create(virtualMachineBackupTrackers, {
    apiVersion: 'backup.kubevirt.io/v1alpha1',
    kind: 'VirtualMachineBackupTracker',
    metadata: { name: 'daily', namespace },
    spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name } },
  })
  await until(
    'it runs',
    () => client.list(virtualMachineInstances, { namespace }),
    ({ items }) => items[0]?.status?.phase === 'Running',
  )
  guest = await GuestConsole.open(client, name)
  await guest.run(writer)
  await guest.run(`head -c ${written} /dev/urandom > /copy; cat /copy > /dev/vda; sync`)
}, 300_000)

afterAll(async () => {
  guest.close()
  await client.transport.close()
  await engine.kill()
  for (const { pid } of (await qemuProcesses(dataDir)).values()) process.kill(pid, 'SIGKILL')
  await until(
    'no QEMU',
    () => qemuProcesses(dataDir),
    (found) => found.size === 0,
  )
  if (small !== undefined) await run('umount', [small])
  await rm(dataDir, { recursive: true, force: true })
})

describe('the disk of a guest that writes', { timeout: 180_000 }, () => {
  it('moves to another kind of volume, though the engine is killed meanwhile, and back', async () => {
    await startWriting()
    await moveTo('second')
    await isMoving('second')
    await killEngine()
    await isOn('second')
    await listen()
    await moreWrites(3)
    await expectWhole('second')
    await startWriting()
    await moveTo('third')
    await isOn('third')
    await moreWrites(3)
    await expectWhole('third')
    expect((await machine()).status?.volumeUpdateState).toBeUndefined()
  })

  it('is backed up, wholly and then what changed, over snapshots and the end of an engine', async () => {
    await startWriting()
    await backUp('full')
    expect((await over('full')).status?.type).toBe('Full')
    await moreWrites(2)
    await backUp('more')
    expect((await over('more')).status?.type).toBe('Incremental')
    const sum = await stopWriting()
    await client.create(virtualMachineSnapshots, snapshotOf(name, 'kept'))
    const taken = await until(
      'the snapshot is ready',
      () => client.get(virtualMachineSnapshots, { namespace, name: 'kept' }),
      ({ status }) => status?.readyToUse === true,
    )
    await startWriting()
    const volumeSnapshot = await client.get(volumeSnapshots, {
      namespace,
      name: `vmsnapshot-${taken.metadata.uid ?? ''}-volume-root`,
    })
    const record = join(dataDir, 'volumes/snapshots', `snap-${volumeSnapshot.metadata.uid ?? ''}.json`)
    const { image } = JSON.parse(await readFile(record, 'utf8'))
    expect(await sumOf({ path: join(dataDir, 'volumes/images', image), format: 'qcow2' })).toBe(sum)

    await backUp('cut')
    await hasBegun('cut')
    await killEngine()
    const cut = await over('cut')
    await listen()
    if (getCondition(cut.status?.conditions, 'Failed')?.status === 'True')
      expect((await filesOf('backups')).files.filter((file) => /cut|partial/.test(file))).toEqual([])
    await client.delete(virtualMachineSnapshots, { namespace, name: 'kept' })
    await moreWrites(2)
    const last = await stopWriting()
    await backUp('last')
    expect((await over('last')).status?.type).toBe('Incremental')
    const chain = getCondition(cut.status?.conditions, 'Failed')?.status === 'True' ? [] : ['cut']
    expect(await restored(['full', 'more', ...chain, 'last'])).toBe(last)
  })

  it('is pulled while it writes: all of it, then what changed; and nothing is left, also of an engine that is killed', async () => {
    await client.create(secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'pull', namespace },
      data: { token: Buffer.from(token).toString('base64') },
    })
    const sum = await stopped()
    const whole = await pull('whole', { forceFullBackup: true })
    expect(whole.status?.type).toBe('Full')
    await startWriting()
    const { body: copy } = await fetched(whole, 'dataEndpoint')
    expect(copy.length).toBe(sizes.disk)
    expect(md5(copy.subarray(0, written))).toBe(sum)
    expect(copy.subarray(written).equals(Buffer.alloc(sizes.disk - written, 7))).toBe(true)
    expect((await fetched(whole, 'dataEndpoint', { shown: 'another' })).code).toBe(401)
    expect((await fetched(whole, 'mapEndpoint', { query: `offset=${sizes.disk}` })).code).toBe(400)
    const { body: map } = await fetched(whole, 'mapEndpoint')
    expect(JSON.parse(map.toString())).toMatchObject({
      extents: expect.arrayContaining([expect.objectContaining({ type: 0, description: 'data' })]),
      next_offset: null,
    })
    await client.delete(virtualMachineBackups, { namespace, name: 'whole' })
    await gone('whole')
    await expectNothingPulled('whole')

    const later = await stopWriting()
    const changes = await pull('changes')
    expect(changes.status?.type).toBe('Incremental')
    await startWriting()
    expect(await takeChanges(changes, copy)).toBeLessThanOrEqual(written)
    expect(md5(copy.subarray(0, written))).toBe(later)
    expect(copy.subarray(written).equals(Buffer.alloc(sizes.disk - written, 7))).toBe(true)

    await killEngine()
    const { status } = await over('changes')
    expect(getCondition(status?.conditions, 'Failed')?.message).toContain('the engine was stopped during the backup')
    await listen()
    await moreWrites(2)
    await expectNothingPulled('changes')
    const last = await stopWriting()
    const again = await pull('again')
    expect(again.status?.type).toBe('Incremental')
    await takeChanges(again, copy)
    expect(md5(copy.subarray(0, written))).toBe(last)
    await client.delete(virtualMachineBackups, { namespace, name: 'again' })
    await gone('again')
    await expectNothingPulled('again')
  })

  it('grows before its eyes, and its memory is dumped', async () => {
    await startWriting()
    await client.patch(
      persistentVolumeClaims,
      { namespace, name: 'third' },
      { type: 'merge', patch: { spec: { resources: { requests: { storage: String(sizes.grown) } } } } },
    )
    await guest.run(`until [ $(cat /sys/block/vda/size) = ${sizes.grown / 512} ]; do usleep 50000; done`)
    await guest.run('x=words-in; echo $x-memory > /words')
    const path = `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/virtualmachines/${name}/memorydump`
    await client.raw({ method: 'PUT', path, body: { claimName: 'dump' } })
    const { status } = await until(
      'the memory is dumped',
      machine,
      (found) => found.status?.memoryDumpRequest?.phase === 'Completed',
    )
    const { folder, files } = await filesOf('dump')
    expect(files).toEqual([status?.memoryDumpRequest?.fileName])
    await run('grep', ['-q', '-a', '-F', 'words-in-memory', join(folder, files[0] ?? '')])
    await moreWrites(2)
    await expectWhole('third')
  })

  it('waits when its storage is full, and goes on when there is room', async ({ skip }) => {
    skip(noSmall !== undefined, noSmall)
    const storage = { storageClassName: 'small', resources: { requests: { storage: String(sizes.disk) } } }
    await client.create(dataVolumes, dataVolumeOf('tight', { storage }))
    const action = (word: string) =>
      `/apis/subresources.kubevirt.io/v1/namespaces/${namespace}/virtualmachines/${name}/${word}`
    const tight = { name: 'tight', disk: { disk: { bus: 'virtio' } }, volumeSource: { dataVolume: { name: 'tight' } } }
    await client.raw({ method: 'PUT', path: action('addvolume'), body: tight })
    await guest.run('until [ -b /dev/vdb ]; do usleep 50000; done; head -c 10485760 /dev/urandom > /tight')
    const filler = join(small ?? '', 'filler')
    const { bavail, bsize } = await statfs(small ?? '')
    await run('fallocate', ['-l', String(bavail * bsize - 6 * MiB), filler])
    const writing = guest.run('dd if=/tight of=/dev/vdb bs=65536 conv=notrunc,fsync')
    const paused = await until('it stands still', instance, ({ status }) => isPaused(status) !== undefined)
    expect(isPaused(paused.status)).toMatchObject({
      reason: 'PausedIOError',
      message:
        'VMI was paused, low-level IO error detected: A disk failed: tight (no space left). ' +
        'Storage "small" is full: make room, and the machine goes on by itself.',
    })
    await until('the machine says so', machine, ({ status }) => status?.printableStatus === 'Paused')

    await rm(filler)
    await until('it goes on', instance, ({ status }) => isPaused(status) === undefined)
    await writing
    const said = await guest.run(
      'echo 3 > /proc/sys/vm/drop_caches; head -c 10485760 /dev/vdb | cmp - /tight && echo equal; md5sum /tight',
    )
    expect(said).toMatch(/^equal/m)
    await client.raw({ method: 'PUT', path: action('removevolume'), body: { name: 'tight' } })
    await until(
      'it is taken out',
      instance,
      ({ spec }) => spec.volumes?.every((each) => each.name !== 'tight') === true,
    )
    const { metadata } = await client.get(persistentVolumeClaims, { namespace, name: 'tight' })
    const record = join(small ?? '', 'volumes', `pvc-${metadata.uid ?? ''}`, 'volume.json')
    const image = join(small ?? '', 'images', String(JSON.parse(await readFile(record, 'utf8')).head))
    await until(
      'QEMU has let go of it',
      () => client.get(virtualMachineInstances, { namespace, name }),
      ({ status }) => status?.volumeStatus?.every((each) => each.name !== 'tight') !== false,
    )
    const content = (await contentOf({ path: image, format: 'qcow2' })).subarray(0, 10 * MiB)
    expect(said).toContain(createHash('md5').update(content).digest('hex'))
  })

  it('is whole when QEMU is killed while it moves and is backed up; a person decides where to go on', async () => {
    const sum = await stopped()
    await killQemu(async () => {
      await moveTo('fourth')
      await isMoving('fourth')
    })
    const found = await until(
      'a person is asked',
      machine,
      ({ status }) => getCondition(status?.conditions, 'ManualRecoveryRequired')?.status === 'True',
    )
    expect(getCondition(found.status?.conditions, 'ManualRecoveryRequired')?.message).toContain('third')
    expect(await sumOf(await headOf('third'))).toBe(sum)
    await moveTo('third')
    await until(
      'it runs again',
      () => client.list(virtualMachineInstances, { namespace }),
      ({ items }) => items[0]?.status?.phase === 'Running' && items[0]?.metadata.deletionTimestamp === undefined,
    )
    await backUp('after')
    const after = await over('after')
    // QEMU did not close its count in order.
    expect(after.status?.type).toBe('Full')
    expect(await restored(['after'])).toBe(sum)

    await killQemu(async () => {
      await backUp('torn')
      await hasBegun('torn')
    })
    const torn = await over('torn')
    if (getCondition(torn.status?.conditions, 'Failed')?.status === 'True')
      expect((await filesOf('backups')).files.filter((file) => /torn|partial/.test(file))).toEqual([])
    expect(await sumOf(await headOf('third'))).toBe(sum)
  })

  it('leaves nothing behind', async () => {
    await client.delete(virtualMachines, { namespace, name })
    for (const { metadata } of (await client.list(dataVolumes, { namespace })).items)
      await client.delete(dataVolumes, { namespace, name: metadata.name ?? '' })
    for (const claim of ['backups', 'dump']) await client.delete(persistentVolumeClaims, { namespace, name: claim })
    const storages = [join(dataDir, 'volumes'), ...(small === undefined ? [] : [small])]
    const folders = ['images', 'volumes', 'snapshots', 'states', 'staging', 'journal']
    const places = storages.flatMap((storage) => folders.map((each) => join(storage, each)))
    await until(
      'all is gone',
      async () => (await Promise.all(places.map((each) => readdir(each)))).flat(),
      (left) => left.length === 0,
    )
  })
})

function isPaused(status: VirtualMachineInstance['status']) {
  return status?.conditions?.find(({ type, status: is }) => type === 'Paused' && is === 'True')
}

/** Nobody writes any more. */
async function stopped(): Promise<string> {
  return /[0-9a-f]{32}/.exec(await guest.run('md5sum /copy'))?.[0] ?? ''
}
