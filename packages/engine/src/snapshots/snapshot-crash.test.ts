import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import {
  isRestoreProgressing,
  isSnapshotProgressing,
  virtualMachineClones,
  virtualMachineRestores,
  virtualMachines,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
  volumeSnapshotContents,
  volumeSnapshots,
  type VirtualMachineClone,
  type VirtualMachineRestore,
} from '@berth/api'
import {
  connectionOf,
  createClient,
  createHttpTransport,
  loadKubeconfig,
  persistentVolumeClaims,
  persistentVolumes,
  type Client,
} from '@berth/kube'
import { StatusError, unlessMissing } from '@berth/meta'
import { freePort } from '@berth/testkit'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { contentOf, writePattern } from '../testing/disk-content.ts'
import { spawnEngine, type EngineChild } from '../testing/engine-child.ts'
import { dataVolumeOf, machineOf } from '../testing/manifests.ts'
import { isUnmerged } from '../testing/merges-left.ts'
import { randomFrom } from '../testing/random.ts'
import { namespace, temporaryFolder } from '../testing/test-engine.ts'
import { until } from '../testing/until.ts'
import { snapshotOf } from './testing.ts'

const rounds = Number(process.env['BERTH_CRASH_ROUNDS'] ?? 2)
const at = 65_536

let dataDir = ''
let port = 0
let engine: EngineChild | undefined

beforeAll(async () => {
  dataDir = await temporaryFolder()
  await mkdir(join(dataDir, 'machines'), { recursive: true })
  port = await freePort()
})

afterAll(async () => {
  await engine?.kill()
  await rm(dataDir, { recursive: true, force: true })
})

async function connect(): Promise<Client> {
  const { connection } = await connectionOf(await loadKubeconfig([join(dataDir, 'admin.kubeconfig')]))
  return createClient(createHttpTransport(connection))
}

function machine(name: string, runs: boolean) {
  const disks = ['root', 'data']
  return machineOf(name, {
    runStrategy: runs ? 'Always' : 'Halted',
    spec: {
      terminationGracePeriodSeconds: 0,
      volumes: disks.map((disk) => ({ name: disk, dataVolume: { name: `${name}-${disk}` } })),
    },
    dataVolumeTemplates: disks.map((disk) => ({
      metadata: { name: `${name}-${disk}` },
      spec: dataVolumeOf(disk, { storage: { resources: { requests: { storage: '1Mi' } } } }).spec,
    })),
  })
}

async function look(client: Client) {
  const [snapshots, contents, restores, clones, machines, volumeStates, volumeContents, claims, volumes] =
    await Promise.all([
      client.list(virtualMachineSnapshots, { namespace }),
      client.list(virtualMachineSnapshotContents, { namespace }),
      client.list(virtualMachineRestores, { namespace }),
      client.list(virtualMachineClones, { namespace }),
      client.list(virtualMachines, { namespace }),
      client.list(volumeSnapshots, { namespace }),
      client.list(volumeSnapshotContents),
      client.list(persistentVolumeClaims, { namespace }),
      client.list(persistentVolumes),
    ])
  const storage = join(dataDir, 'volumes')
  return {
    snapshots: snapshots.items,
    contents: contents.items,
    restores: restores.items,
    clones: clones.items,
    machines: machines.items,
    volumeStates: volumeStates.items,
    volumeContents: volumeContents.items,
    claims: claims.items,
    volumes: volumes.items.map(({ metadata }) => metadata.name ?? '').sort(),
    disks: (await readdir(join(storage, 'volumes'))).sort(),
    frozen: (await readdir(join(storage, 'snapshots'))).sort(),
    staged: await readdir(join(storage, 'staging')),
  }
}

type Picture = Awaited<ReturnType<typeof look>>

/** What keeps it from being settled; empty when everything asked for is done and nothing else is there. */
function unsettled(picture: Picture): string[] {
  const { snapshots, contents, restores, clones, machines, volumeStates, volumeContents, claims } = picture
  const all = [...snapshots, ...contents, ...restores, ...clones, ...machines, ...volumeStates, ...claims]
  const problems = all
    .filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
    .map(({ kind, metadata }) => `${kind} ${metadata.name ?? ''} is going`)
  const say = (condition: boolean, words: string): void => void (condition && problems.push(words))
  for (const each of snapshots) {
    say(isSnapshotProgressing(each), `snapshot ${each.metadata.name ?? ''} is under way`)
    say(each.status?.phase === 'Succeeded' && each.status.readyToUse !== true, `${each.metadata.name ?? ''} unready`)
  }
  for (const each of restores) say(isRestoreProgressing(each), `restore ${each.metadata.name ?? ''} is under way`)
  for (const { metadata, status } of clones) {
    const over = status?.phase === 'Failed' || (status?.phase === 'Succeeded' && status.restoreName === undefined)
    say(!over, `clone ${metadata.name ?? ''} is under way`)
  }
  for (const { metadata, status } of machines) {
    say(status?.snapshotInProgress !== undefined, `${metadata.name ?? ''} is locked`)
    say(status?.restoreInProgress !== undefined, `${metadata.name ?? ''} is being restored`)
    const held = metadata.finalizers?.includes('snapshot.kubevirt.io/snapshot-source-protection') === true
    say(held, `${metadata.name ?? ''} has a lock's finalizer`)
  }
  say(
    volumeStates.some(({ status }) => status?.readyToUse !== true),
    'a snapshot of a volume is not ready',
  )
  say(volumeStates.length !== volumeContents.length, 'snapshots of volumes and their contents do not match')
  const expected = volumeStates.map(({ metadata }) => `snap-${metadata.uid ?? ''}.json`).sort()
  say(expected.join() !== picture.frozen.join(), 'what is frozen on disk is not what the objects name')
  const succeeded = snapshots.filter(({ status }) => status?.phase === 'Succeeded')
  say(volumeStates.length !== 2 * succeeded.length, 'snapshots do not have their two volumes')
  say(contents.length !== succeeded.length, 'snapshots do not have their contents')
  say(
    claims.some(({ status }) => status?.phase !== 'Bound'),
    'a claim is not bound',
  )
  say(claims.length !== picture.volumes.length, 'claims and volumes do not match')
  say(picture.volumes.join() !== picture.disks.join(), 'volumes and disks do not match')
  say(picture.staged.length > 0, 'something half-made is there')
  return problems
}

/** A restore whose snapshot was deleted before it began waits for another of that name, as KubeVirt's does: a person would end it. */
async function giveUp(client: Client, { restores, snapshots }: Picture): Promise<void> {
  const names = new Set(snapshots.map(({ metadata }) => metadata.name))
  const waiting = restores.filter(
    (each) => isRestoreProgressing(each) && !names.has(each.spec.virtualMachineSnapshotName),
  )
  for (const { metadata } of waiting) {
    if (metadata.deletionTimestamp !== undefined) continue
    await unlessMissing(client.delete(virtualMachineRestores, { namespace, name: metadata.name ?? '' }))
  }
}

async function settled(client: Client, what: string): Promise<Picture> {
  const found = await until(
    what,
    async () => {
      const picture = await look(client)
      await giveUp(client, picture)
      return { problems: unsettled(picture), picture }
    },
    ({ problems }) => problems.length === 0,
  )
  return found.picture
}

/** The bytes that tests write, of an image that a record names; merges may take it away in the middle. */
async function valueAt(record: string, key: 'head' | 'image'): Promise<number> {
  return until(
    `${record} is read`,
    async () => {
      const file = String(JSON.parse(await readFile(join(dataDir, 'volumes', record), 'utf8'))[key])
      const path = join(dataDir, 'volumes', 'images', file)
      return contentOf({ path, format: 'qcow2' }).then(
        (content) => content[at],
        () => undefined,
      )
    },
    (value) => value !== undefined,
  )
}

it(
  'loses no snapshot, restore or clone, shows nothing half-made as ready, and locks nothing for ever',
  { timeout: 180_000 + rounds * 30_000 },
  async () => {
    const seed = Number(process.env['BERTH_CRASH_SEED'] ?? Date.now() % 1_000_000)
    const random = randomFrom(seed)
    const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)]
    engine = spawnEngine(dataDir, port, { machines: 'simulated' })
    await engine.ready
    let client = await connect()
    for (const [name, runs] of [
      ['on', true],
      ['off', false],
    ] as const)
      await client.create(virtualMachines, machine(name, runs))
    await settled(client, 'all is set up')
    await until(
      'both have their disks',
      () => client.list(persistentVolumeClaims, { namespace }),
      ({ items }) => items.length === 4 && items.every(({ status }) => status?.phase === 'Bound'),
    )
    /** What both disks of the stopped machine hold, and what each snapshot must: before or after what was put back in its round. */
    let value = 0
    let count = 0
    const promised = new Map<string, Set<number>>()
    let possible = new Set<number>()
    let asked: string[] = []
    /** By the name of the restore, what both disks have when it is complete. */
    const restoring = new Map<string, Set<number>>()

    const offClaims = async (): Promise<string[]> => {
      const off = await client.get(virtualMachines, { namespace, name: 'off' })
      return (off.spec.template.spec.volumes ?? []).map(({ dataVolume }) => dataVolume?.name ?? '')
    }
    const volumeOf = async (name: string): Promise<string> =>
      `pvc-${(await client.get(persistentVolumeClaims, { namespace, name })).metadata.uid ?? ''}`

    async function ask(picture: Picture): Promise<void> {
      count += 1
      const dice = random()
      const ready = picture.snapshots.filter(
        ({ spec, status }) => spec.source.name === 'off' && status?.readyToUse === true,
      )
      const source = pick(ready)?.metadata.name
      if (dice < 0.3 || source === undefined) {
        const name = `s-${count}`
        const of = random() < 0.5 ? 'off' : 'on'
        if (of === 'off') promised.set(name, possible)
        asked.push(`snapshot ${name} of ${of}`)
        await client.create(virtualMachineSnapshots, snapshotOf(of, name))
      } else if (dice < 0.45) {
        const name = pick(picture.snapshots)?.metadata.name ?? ''
        asked.push(`no snapshot ${name}`)
        await client.delete(virtualMachineSnapshots, { namespace, name })
      } else if (dice < 0.75) {
        const restore: VirtualMachineRestore = {
          apiVersion: 'snapshot.kubevirt.io/v1beta1',
          kind: 'VirtualMachineRestore',
          metadata: { namespace, name: `r-${count}` },
          spec: {
            target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'off' },
            virtualMachineSnapshotName: source,
            volumeRestorePolicy: random() < 0.5 ? 'InPlace' : 'RandomizeNames',
          },
        }
        asked.push(`restore r-${count} ${restore.spec.volumeRestorePolicy ?? ''} of ${source}`)
        for (const each of promised.get(source) ?? []) possible.add(each)
        await client.create(virtualMachineRestores, restore)
        restoring.set(`r-${count}`, promised.get(source) ?? new Set())
      } else {
        const clone: VirtualMachineClone = {
          apiVersion: 'clone.kubevirt.io/v1beta1',
          kind: 'VirtualMachineClone',
          metadata: { namespace, name: `c-${count}` },
          spec: {
            source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'off' },
            target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: `clone-${count}` },
          },
        }
        asked.push(`clone c-${count}`)
        await client.create(virtualMachineClones, clone)
      }
    }

    for (let round = 0; round < rounds; round += 1) {
      const before = await look(client)
      possible = new Set([value])
      asked = []
      restoring.clear()
      for (let left = 1 + Math.floor(random() * 2); left > 0; left -= 1) {
        await ask(before).catch((error: unknown) => {
          // Of two restores at once the second is refused, and what is going cannot be deleted again.
          if (!(error instanceof StatusError)) throw error
        })
      }
      // Up to three deaths at moments that nobody chose.
      for (let deaths = 1 + Math.floor(random() * 3); deaths > 0; deaths -= 1) {
        await pause(random() * 500)
        await client.transport.close()
        await engine.kill()
        engine = spawnEngine(dataDir, port, { machines: 'simulated' })
        await engine.ready
        client = await connect()
      }
      const picture = await settled(client, `round ${round} of seed ${seed} settles`)

      const where = `seed ${seed}, round ${round}: ${asked.join(', ')}`
      for (const snapshot of picture.snapshots) {
        const name = snapshot.metadata.name ?? ''
        const wanted = promised.get(name)
        if (wanted === undefined || snapshot.status?.phase !== 'Succeeded') continue
        const found = await Promise.all(
          picture.volumeStates
            .filter(({ metadata }) => metadata.name?.startsWith(`vmsnapshot-${snapshot.metadata.uid ?? ''}-`))
            .map(({ metadata }) => valueAt(`snapshots/snap-${metadata.uid ?? ''}.json`, 'image')),
        )
        expect(new Set(found).size, `${where}; snapshot ${name} has ${found.join()}`).toBe(1)
        expect([...wanted], `${where}; snapshot ${name}`).toContain(found[0])
        promised.set(name, new Set(found))
      }
      // Two restores are never asked for in one round without the second being refused, so both disks are of one snapshot.
      const disks = await offClaims()
      const values = await Promise.all(
        disks.map(async (name) => valueAt(`volumes/${await volumeOf(name)}/volume.json`, 'head')),
      )
      expect(new Set(values).size, `${where}; disks ${values.join()}`).toBe(1)
      for (const { metadata } of picture.restores.filter(({ status }) => status?.complete === true)) {
        const wanted = restoring.get(metadata.name ?? '') ?? new Set(values)
        expect([...wanted], `${where}; disks after ${metadata.name ?? ''}`).toContain(values[0])
      }
      for (const { metadata } of picture.clones.filter(({ status }) => status?.phase === 'Succeeded')) {
        const name = metadata.name ?? ''
        await client.delete(virtualMachines, { namespace, name: name.replace('c-', 'clone-') })
      }
      await settled(client, `round ${round} of seed ${seed} is cleaned up`)
      // While all is still, the stopped machine's disks get something new.
      value = (value + 1) % 256
      for (const name of disks) {
        const volume = await volumeOf(name)
        await until(
          'nothing of the disk is to be merged',
          () => isUnmerged(join(dataDir, 'volumes'), volume),
          (still) => still,
        )
        const record = join(dataDir, 'volumes', 'volumes', volume, 'volume.json')
        const { head } = JSON.parse(await readFile(record, 'utf8'))
        await writePattern({ path: join(dataDir, 'volumes', 'images', head), format: 'qcow2' }, [
          { at, bytes: 512, value },
        ])
      }
    }
    await client.transport.close()
  },
)
