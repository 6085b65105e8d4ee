// Snapshots, restores and clones of a guest that writes to two disks all the while; then every byte is compared.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { machineVerbs, uniqueName, useEngine } from '@berth/testkit'
import { describe, expect, it } from 'vitest'

const engine = useEngine({ driver: 'qemu' })
const { act, becomes, create, greeted } = machineVerbs(engine)

const disks = ['first', 'second'] as const
const bytes = 1024 ** 2

const claim = (name: string) => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: String(bytes) } } },
})

const reference = (name: string) => ({ apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name })
const ofSnapshots = (kind: string, name: string, spec: object) => ({
  apiVersion: 'snapshot.kubevirt.io/v1beta1',
  kind,
  metadata: { name },
  spec,
})

async function make(object: { kind: string; metadata: { name: string } }, condition: string): Promise<void> {
  const { kubectl } = engine()
  await kubectl.with(object, 'create', '-f', '-')
  await kubectl('wait', object.kind.toLowerCase(), object.metadata.name, `--for=${condition}`, '--timeout=120s')
}

/** All that a guest would read of the image that a record of the store names. */
async function content(record: string): Promise<Buffer> {
  const { dataDir, scratch } = engine()
  const { image, head } = JSON.parse(await readFile(join(dataDir, 'volumes', record), 'utf8'))
  const raw = join(scratch, uniqueName('raw'))
  const path = join(dataDir, 'volumes', 'images', image ?? head)
  await promisify(execFile)('qemu-img', ['convert', '-U', '-f', 'qcow2', '-O', 'raw', path, raw])
  return readFile(raw)
}

const uidOf = (kind: string, name: string) => engine().kubectl('get', kind, name, '-o', 'jsonpath={.metadata.uid}')
const ofClaim = async (name: string) => content(`volumes/pvc-${await uidOf('pvc', name)}/volume.json`)
async function ofSnapshot(name: string, disk: string): Promise<Buffer> {
  const volumeSnapshot = `vmsnapshot-${await uidOf('vmsnapshot', name)}-volume-${disk}`
  return content(`snapshots/snap-${await uidOf('volumesnapshot', volumeSnapshot)}.json`)
}

const sum = (data: Buffer) => createHash('md5').update(data).digest('hex')
const counterIn = (data: Buffer) => Number(data.subarray(0, 8).toString('latin1'))

describe('a guest that writes', () => {
  it('is frozen on all its disks at one instant, comes back bit for bit, and is cloned while it runs', async () => {
    const { kubectl, shell } = engine()
    for (const disk of disks) await kubectl.with(claim(disk), 'create', '-f', '-')
    const name = await create('writer', {
      spec(spec) {
        spec.domain.devices.disks = disks.map((disk) => ({ name: disk, serial: disk, disk: { bus: 'virtio' } }))
        spec.volumes = disks.map((disk) => ({ name: disk, persistentVolumeClaim: { claimName: disk } }))
      },
    })
    await greeted(name)
    const guest = await shell(name)
    // The first disk is always written first, and what was written is on the disk before the next is: of one instant, the second shows
    // what the first shows or one less.
    const put = 'put() { printf %08d $1 | dd of=$2 conv=notrunc,fsync 2>/dev/null; }'
    const loop = 'n=0; while [ ! -e /stop ]; do n=$((n+1)); put $n /dev/vda; put $n /dev/vdb; done; touch /stopped'
    await guest.run(`${put}; (${loop}) & true`)
    const seen: number[] = []
    for (const taken of ['s1', 's2', 's3']) {
      const snapshot = ofSnapshots('VirtualMachineSnapshot', taken, { source: reference(name) })
      await make(snapshot, 'jsonpath={.status.readyToUse}=true')
      const [first = 0, second = 0] = await Promise.all(
        disks.map(async (disk) => counterIn(await ofSnapshot(taken, disk))),
      )
      expect([first, first - 1], `snapshot ${taken}`).toContain(second)
      seen.push(first)
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen[2]).toBeGreaterThan(seen[0] ?? 0)

    await guest.run('touch /stop; until [ -e /stopped ]; do usleep 20000; done')
    const fill = `for d in vda vdb; do head -c ${bytes} /dev/urandom > /dev/$d; done; sync; md5sum /dev/vda /dev/vdb`
    const sums = (await guest.run(fill)).match(/[0-9a-f]{32}/g)
    await make(
      ofSnapshots('VirtualMachineSnapshot', 'full', { source: reference(name) }),
      'jsonpath={.status.readyToUse}=true',
    )
    await guest.run(`for d in vda vdb; do head -c ${bytes} /dev/zero > /dev/$d; done; sync`)
    expect(await Promise.all(disks.map(async (disk) => sum(await ofSnapshot('full', disk))))).toEqual(sums)

    // Cloned while it runs: what it holds now, in another machine.
    const clone = {
      apiVersion: 'clone.kubevirt.io/v1beta1',
      kind: 'VirtualMachineClone',
      metadata: { name: 'copy' },
      spec: { source: reference(name), target: reference('twin'), volumeNamePolicy: 'PrefixTargetName' },
    }
    await make(clone, 'jsonpath={.status.phase}=Succeeded')
    for (const disk of disks) expect((await ofClaim(`twin-${disk}`)).every((byte) => byte === 0)).toBe(true)

    guest.close()
    await act('vm', name, 'stop')
    await becomes(name, 'Stopped')
    const restore = ofSnapshots('VirtualMachineRestore', 'back', {
      target: reference(name),
      virtualMachineSnapshotName: 'full',
      volumeRestorePolicy: 'InPlace',
    })
    await make(restore, 'jsonpath={.status.complete}=true')
    expect(await Promise.all(disks.map(async (disk) => sum(await ofClaim(disk))))).toEqual(sums)
    await act('vm', name, 'start')
    await greeted(name)
    const again = await shell(name)
    expect((await again.run('md5sum /dev/vda /dev/vdb')).match(/[0-9a-f]{32}/g)).toEqual(sums)
    again.close()

    // Nothing of all this stays when it is deleted.
    await kubectl('delete', 'vmsnapshot,vmrestore,vmclone,vm', '--all')
    await kubectl('delete', 'pvc', '--all')
    await expect.poll(() => kubectl('get', 'volumesnapshotcontents,pv', '-o', 'name'), { timeout: 60_000 }).toBe('')
  })
})
