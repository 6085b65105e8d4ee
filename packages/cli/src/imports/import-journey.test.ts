/** `berth import` against the engine with simulated machines: real packages, real uploads, real disks. */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { silentLogger } from '@berth/base'
import type { Engine } from '@berth/engine'
import { dataVolumes, virtualMachines } from '@berth/api'
import { persistentVolumeClaims } from '@berth/kube'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { berth, type TestWorld } from '../testing/test-context.ts'

const run = promisify(execFile)
let folder: string
let engine: Engine
let world: TestWorld
/** What is on the disk, at its begin. */
const pattern = Buffer.alloc(64 * 1024, 'the data of a machine from elsewhere ')

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'berth-import-'))
  const { startEngine } = await import('@berth/engine')
  const dataDirectory = join(folder, 'data')
  engine = await startEngine({
    dataDir: dataDirectory,
    port: 0,
    driver: 'simulated',
    logger: silentLogger,
  })
  world = { dataDirectory, homeDirectory: join(folder, 'home') }
  await writeFile(at('raw'), pattern)
  await run('truncate', ['-s', '8M', at('raw')])
  await run('qemu-img', [
    'convert',
    '-f',
    'raw',
    '-O',
    'vmdk',
    '-o',
    'subformat=streamOptimized',
    at('raw'),
    at('web-disk1.vmdk'),
  ])
  await run('qemu-img', ['convert', '-f', 'raw', '-O', 'vhdx', at('raw'), at('db.vhdx')])
  await writePackage('web.ova')
})
afterAll(async () => {
  await engine.close()
  await rm(folder, { recursive: true, force: true })
})

const at = (name: string): string => join(folder, name)

const item = (fields: Record<string, string | number>): string =>
  `<Item>${Object.entries(fields)
    .map(([name, value]) => `<rasd:${name}>${value}</rasd:${name}>`)
    .join('')}</Item>`

async function writePackage(name: string, damage = ''): Promise<void> {
  const disk = await readFile(at('web-disk1.vmdk'))
  const descriptor = `<?xml version="1.0" encoding="UTF-8"?>
<Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1" xmlns:rasd="r" xmlns:vmw="v">
<References><File ovf:href="web-disk1.vmdk" ovf:id="file1" ovf:size="${disk.length}"/></References>
<DiskSection><Disk ovf:capacity="8" ovf:capacityAllocationUnits="byte * 2^20" ovf:diskId="d1" ovf:fileRef="file1"/></DiskSection>
<VirtualSystem ovf:id="Web Server 1"><OperatingSystemSection ovf:id="96" vmw:osType="debian12_64Guest"/><VirtualHardwareSection>
${item({ InstanceID: 1, ResourceType: 3, VirtualQuantity: 2 })}
${item({ InstanceID: 2, ResourceType: 4, VirtualQuantity: 256, AllocationUnits: 'byte * 2^20' })}
${item({ InstanceID: 3, ResourceType: 6, ResourceSubType: 'lsilogic' })}
${item({ InstanceID: 4, ResourceType: 17, Parent: 3, AddressOnParent: 0, HostResource: 'ovf:/disk/d1', ElementName: 'Hard disk 1' })}
${item({ InstanceID: 5, ResourceType: 10, Connection: 'VM Network', ResourceSubType: 'VmxNet3', Address: '00:50:56:ab:cd:ef', ElementName: 'Network adapter 1' })}
</VirtualHardwareSection></VirtualSystem></Envelope>`
  await writeFile(at('web.ovf'), descriptor)
  const sum = createHash('sha256').update(disk).update(damage).digest('hex')
  await writeFile(at('web.mf'), `SHA256(web-disk1.vmdk)= ${sum}\n`)
  await run('tar', ['-C', folder, '--format=ustar', '-cf', at(name), 'web.ovf', 'web.mf', 'web-disk1.vmdk'])
}

/** The begin of a disk as its guest would read it. */
async function contentOf(claim: string): Promise<Buffer> {
  const { client, volumes } = engine.services
  const { spec } = await client.get(persistentVolumeClaims, { namespace: 'default', name: claim })
  const { path, format } = await volumes.images(spec.volumeName ?? '')
  await run('qemu-img', ['convert', '-f', format, '-O', 'raw', path, at('back')])
  return (await readFile(at('back'))).subarray(0, pattern.length)
}

const disks = async (): Promise<string[]> =>
  (await engine.services.client.list(dataVolumes, { namespace: 'default' })).items.map(
    ({ metadata }) => metadata.name ?? '',
  )

describe('berth import', () => {
  it('shows what would be made and different, and makes nothing', async () => {
    const { exitCode, stdout, stderr } = await berth(world, 'import', at('web.ova'))
    expect(exitCode).toBe(0)
    expect(stdout.replaceAll(folder, '')).toMatchInlineSnapshot(`
      "VM "web-server-1" in namespace "default", from /web.ova:
        2 CPUs, 256Mi memory, BIOS
        disk web-server-1-disk0: 8 MiB, virtio, from web-disk1.vmdk
        network card default: the pod network, virtio

      Will be different:
        - Hard disk 1 goes from SCSI (lsilogic) to virtio and is /dev/vd… in the guest: Linux of the last ten years has the driver, but /etc/fstab must name file systems by UUID or label.
        - Network adapter 1 (network "VM Network") goes on the pod network: the guest gets its address by DHCP and is reached through Services.
        - Network adapter 1 is virtio instead of VmxNet3: the guest sees a new card, and may name it differently.
        - Network adapter 1 gets a new MAC address instead of 00:50:56:ab:cd:ef: reservations in DHCP and rules that name the old one no longer match.
        - Taken for debian by what the package says of its operating system.
        - VMware Tools do nothing here; install the QEMU guest agent in the guest, for its addresses, clean shutdown and consistent snapshots.
      "
    `)
    expect(stderr).toContain('Nothing is made yet. Add --yes to do it.')
    expect(await disks()).toEqual([])
  })

  it('makes the VM with its disk, to the last byte', async () => {
    const { exitCode, stdout, stderr } = await berth(
      world,
      'import',
      at('web.ova'),
      'shop',
      '--yes',
      '--start',
      '--keep-macs',
    )
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('Uploaded web-disk1.vmdk (1 of 1)')])
    expect(stdout).toContain('VM "shop" created in namespace "default"')
    const machine = await engine.services.client.get(virtualMachines, { namespace: 'default', name: 'shop' })
    expect(machine.spec.template.spec.domain.devices.interfaces).toMatchObject([{ macAddress: '00:50:56:ab:cd:ef' }])
    expect((await contentOf('shop-disk0')).equals(pattern)).toBe(true)
    const again = await berth(world, 'import', at('web.ova'), 'shop', '--yes')
    expect([again.exitCode, again.stderr]).toEqual([4, expect.stringContaining('there is a VM "shop" already')])
  })

  it('goes on where it was stopped: a disk that is there is not sent again', async () => {
    const first = await berth(world, 'import', at('web.ova'), 'twice', '--yes', '--disk-only')
    expect(first.exitCode).toBe(0)
    const second = await berth(world, 'import', at('web.ova'), 'twice', '--yes')
    expect([second.exitCode, second.stderr]).toEqual([
      0,
      expect.stringContaining('is there already, from an earlier run'),
    ])
  })

  it('leaves nothing of a package that is damaged', async () => {
    await writePackage('damaged.ova', 'x')
    const { exitCode, stderr } = await berth(world, 'import', at('damaged.ova'), 'damaged', '--yes')
    expect([exitCode, stderr]).toEqual([
      1,
      expect.stringContaining('web-disk1.vmdk is damaged: its sha256 checksum is'),
    ])
    expect(await disks()).not.toContain('damaged-disk0')
  })

  it('leaves nothing when it is interrupted', async () => {
    const { exitCode } = await berth(
      { ...world, signal: AbortSignal.abort() },
      'import',
      at('web.ova'),
      'never',
      '--yes',
    )
    expect(exitCode).toBe(130)
    expect(await disks()).not.toContain('never-disk0')
  })

  it('makes a VM around a disk', async () => {
    const { exitCode, stdout, stderr } = await berth(
      world,
      'import',
      at('db.vhdx'),
      '--yes',
      '--memory',
      '512Mi',
      '--uefi',
    )
    expect([exitCode, stderr]).toEqual([0, expect.stringContaining('next: berth vm start db')])
    expect(stdout).toContain('1 CPU, 512Mi memory, UEFI')
    expect((await contentOf('db-disk0')).equals(pattern)).toBe(true)
  })

  it('makes a disc of an ISO', async () => {
    await writeFile(
      at('tools.iso'),
      Buffer.concat([Buffer.alloc(32_768), Buffer.from('\u0001CD001\u0001'), Buffer.alloc(65_536)]),
    )
    const { exitCode, stdout } = await berth(world, 'import', at('tools.iso'), '--yes')
    expect([exitCode, stdout]).toEqual([0, expect.stringContaining('CD-ROM tools-cdrom0')])
    expect(await disks()).toContain('tools-cdrom0')
  })

  it.each([
    [['nothing.ova'], 3, 'there is no file'],
    [['web.mf'], 1, 'is not a disk image that can be used'],
    [['web.ova', '--machine', 'x'], 3, 'has no machine "x"; it has: Web Server 1'],
    [['web.ova', 'Bad_Name', '--yes'], 4, 'Bad_Name'],
  ])('%j fails with %i', async ([file = '', ...words], code, text) => {
    const { exitCode, stderr } = await berth(world, 'import', at(file), ...words)
    expect([exitCode, stderr]).toEqual([code, expect.stringContaining(text)])
  })
})
