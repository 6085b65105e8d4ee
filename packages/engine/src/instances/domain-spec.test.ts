import { readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { defaultInstance, type VirtualMachineInstance, type VirtualMachineInstanceSpec } from '@berth/api'
import { inspectUntrusted } from '@berth/imaging'
import type { KubeObject } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { builtInKernel, instanceOf } from '../testing/manifests.ts'
import { translationServices } from '../testing/services.ts'
import { buildDomainSpec } from './domain-spec.ts'

const uid = '5c2f6f1e-0000-4000-8000-000000000001'

/** As the API server stores it. */
function stored(spec: Partial<VirtualMachineInstanceSpec> = {}, owner?: string): VirtualMachineInstance {
  const instance = instanceOf('web', structuredClone(spec))
  instance.metadata.uid = uid
  if (owner !== undefined) {
    const reference = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachine',
      name: 'web',
      uid: owner,
      controller: true,
    }
    instance.metadata.ownerReferences = [reference]
  }
  defaultInstance(instance, { architecture: 'amd64', uuid: () => uid, now: new Date(0) })
  return instance
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const secret = (name: string, data: Record<string, string>): KubeObject & { data: Record<string, string> } => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name, namespace: 'default' },
  data,
})

describe('buildDomainSpec', () => {
  it('fills what a minimal instance leaves out', async () => {
    await using host = await translationServices([])
    const instance = stored()
    instance.status = { ...instance.status, nodeName: 'node-1' }
    expect(await buildDomainSpec(instance, host.services)).toEqual({
      id: uid,
      title: 'default_web',
      uuid: uid,
      smbios: { system: { manufacturer: 'KubeVirt', product: 'None', family: 'KubeVirt' } },
      machine: 'q35',
      cpu: { features: [], sockets: 1, cores: 1, threads: 1 },
      memoryMiB: 64,
      firmware: { kind: 'bios' },
      acpi: true,
      diskHotplug: true,
      disks: [],
      nics: [
        {
          name: 'default',
          model: 'virtio',
          mac: expect.stringMatching(/^02(:[0-9a-f]{2}){5}$/),
          linkUp: true,
          network: { kind: 'user', cidr: '10.0.2.0/24', hostname: 'web' },
        },
      ],
      serialConsole: true,
      graphics: true,
      video: 'vga',
      inputs: [],
      rng: false,
      guestAgent: true,
      panicDevices: [],
      balloon: { freePageReporting: true, statsSeconds: 10 },
      limits: { cpuShareMillis: 100 },
      clock: { utcOffsetSeconds: 0 },
      startPaused: false,
      tags: { namespace: 'default', name: 'web', node: 'node-1', graceSeconds: '30' },
    })
  })

  it.each<[string, VirtualMachineInstanceSpec['domain'], object]>([
    [
      'a named processor',
      { devices: {}, cpu: { model: 'Haswell', cores: 2 } },
      { cpu: { model: 'Haswell', cores: 2 } },
    ],
    [
      'the best processor',
      { devices: {}, cpu: { model: 'host-passthrough' } },
      { cpu: { features: [], sockets: 1, cores: 1, threads: 1 } },
    ],
    [
      'features',
      {
        devices: {},
        cpu: {
          features: [
            { name: 'avx', policy: 'disable' },
            { name: 'aes', policy: 'require' },
          ],
        },
      },
      {
        cpu: {
          features: [
            { name: 'avx', policy: 'disable' },
            { name: 'aes', policy: 'require' },
          ],
        },
      },
    ],
    ['memory, rounded up to whole MiB', { devices: {}, memory: { guest: '100M' } }, { memoryMiB: 96 }],
    ['memory from requests', { devices: {}, resources: { requests: { memory: '1Gi' } } }, { memoryMiB: 1024 }],
    ['UEFI', { devices: {}, firmware: { bootloader: { efi: {} } } }, { firmware: { kind: 'uefi' } }],
    ['no ACPI', { devices: {}, features: { acpi: { enabled: false } } }, { acpi: false }],
    [
      'no screen and no serial port',
      { devices: { autoattachGraphicsDevice: false, autoattachSerialConsole: false } },
      { graphics: false, serialConsole: false },
    ],
    ['a clock', { devices: {}, clock: { utc: { offsetSeconds: 3600 } } }, { clock: { utcOffsetSeconds: 3600 } }],
  ])('takes %s', async (_what, domain, wanted) => {
    await using host = await translationServices([])
    expect(
      await buildDomainSpec(
        stored({ domain: domain.resources === undefined ? { memory: { guest: '64Mi' }, ...domain } : domain }),
        host.services,
      ),
    ).toMatchObject(wanted)
  })

  it('keeps the card addresses of a machine through its runs, and honours given ones', async () => {
    await using host = await translationServices([])
    const macOf = async (instance: VirtualMachineInstance): Promise<string | undefined> =>
      (await buildDomainSpec(instance, host.services)).nics[0]?.mac
    const first = stored({}, 'machine-1')
    const second = stored({}, 'machine-1')
    second.metadata.uid = 'another-run'
    expect(await macOf(first)).toBe(await macOf(second))
    expect(await macOf(stored({}, 'machine-2'))).not.toBe(await macOf(first))
    const devices = { interfaces: [{ name: 'default', masquerade: {}, macAddress: 'DE-AD-00-00-BE-AF' }] }
    const spec = { networks: [{ name: 'default', pod: {} }], domain: { memory: { guest: '64Mi' }, devices } }
    expect(await macOf(stored(spec))).toBe('de:ad:00:00:be:af')
  })

  it('boots the built-in guest with its own arguments and those of the spec', async () => {
    await using host = await translationServices([])
    const firmware = { kernelBoot: { ...builtInKernel.kernelBoot, kernelArgs: 'quiet' } }
    const { kernel } = await buildDomainSpec(
      stored({ domain: { memory: { guest: '64Mi' }, devices: {}, firmware } }),
      host.services,
    )
    expect(kernel).toEqual({
      path: '/guest/vmlinuz',
      initrd: '/guest/initrd',
      cmdline: 'console=ttyS0 berth.hostname=web quiet',
    })
    const other = { kernelBoot: { container: { image: '127.0.0.1:1/kernel', kernelPath: '/k' } } }
    await expect(
      buildDomainSpec(stored({ domain: { memory: { guest: '64Mi' }, devices: {}, firmware: other } }), host.services),
    ).rejects.toMatchObject({ code: 'MissingDependency' })
  })
})

describe('volumes', () => {
  it.each<[string, object, string]>([
    ['inline', { userData: '#cloud-config inline' }, '#cloud-config inline'],
    ['base64', { userDataBase64: base64('#cloud-config base64') }, '#cloud-config base64'],
    ['a secret', { secretRef: { name: 'seed' } }, '#cloud-config secret'],
    ['a secret in the other spelling', { secretRef: { name: 'old-seed' } }, '#cloud-config old'],
  ])('writes cloud-init data from %s', async (_what, source, words) => {
    await using host = await translationServices([
      secret('seed', { userdata: base64('#cloud-config secret') }),
      secret('old-seed', { userData: base64('#cloud-config old') }),
    ])
    for (const kind of ['cloudInitNoCloud', 'cloudInitConfigDrive']) {
      const volumes = [{ name: 'seed', [kind]: source }] as VirtualMachineInstanceSpec['volumes']
      const { disks } = await buildDomainSpec(stored(volumes === undefined ? {} : { volumes }), host.services)
      const [disk] = disks
      expect(disk).toMatchObject({ name: 'seed', format: 'raw', device: 'disk', bus: 'sata', readOnly: false })
      const text = (await readFile(disk?.path ?? '')).toString('latin1')
      expect(text).toContain(words)
      expect(text).toContain(kind === 'cloudInitNoCloud' ? 'cidata' : 'config-2')
      expect((await stat(disk?.path ?? '')).mode & 0o777).toBe(0o600)
    }
  })

  it('keeps the identity that cloud-init sees through the runs of a machine', async () => {
    await using host = await translationServices([])
    const volumes = [{ name: 'seed', cloudInitNoCloud: { userData: 'x' } }]
    const identity = async (instance: VirtualMachineInstance): Promise<string | undefined> => {
      const { disks } = await buildDomainSpec(instance, host.services)
      return /"?instance-id"?: ?"?([^"\n]+)/.exec((await readFile(disks[0]?.path ?? '')).toString('latin1'))?.[1]
    }
    const first = await identity(stored({ volumes }, 'machine-1'))
    expect(first).toBeDefined()
    const later = stored({ volumes }, 'machine-1')
    later.metadata.uid = 'another-run'
    expect(await identity(later)).toBe(first)
    const other = stored({ volumes }, 'machine-2')
    other.spec.domain.firmware = { uuid: '5c2f6f1e-0000-4000-8000-000000000002' }
    expect(await identity(other)).toBe('5c2f6f1e-0000-4000-8000-000000000002')
    expect(first).not.toBe(await identity(other))
  })

  it('says what is missing', async () => {
    await using host = await translationServices([secret('empty', {})])
    const build = (volume: NonNullable<VirtualMachineInstanceSpec['volumes']>[number]) =>
      buildDomainSpec(stored({ volumes: [volume] }), host.services)
    await expect(build({ name: 'v', persistentVolumeClaim: { claimName: 'no' } })).rejects.toMatchObject({
      code: 'MissingDependency',
      message: expect.stringContaining('PersistentVolumeClaim "no"'),
    })
    await expect(build({ name: 'v', cloudInitNoCloud: { secretRef: { name: 'no' } } })).rejects.toMatchObject({
      code: 'NotFound',
    })
    await expect(build({ name: 'v', cloudInitNoCloud: { secretRef: { name: 'empty' } } })).rejects.toMatchObject({
      message: expect.stringContaining('key "userdata" in secret "empty"'),
    })
    await expect(build({ name: 'v', configMap: { name: 'no' } })).rejects.toMatchObject({ code: 'NotFound' })
    await build({ name: 'v', configMap: { name: 'no', optional: true } })
  })

  it('makes an empty disk once a run, so that a repeated start keeps it', async () => {
    await using host = await translationServices([])
    const instance = stored({ volumes: [{ name: 'scratch', emptyDisk: { capacity: '8Mi' } }] })
    const first = await buildDomainSpec(instance, host.services)
    const path = first.disks[0]?.path ?? ''
    const { ino } = await stat(path)
    await buildDomainSpec(instance, host.services)
    expect((await stat(path)).ino).toBe(ino)
    expect(await inspectUntrusted(path)).toMatchObject({ format: 'qcow2', virtualSizeBytes: 8 * 1024 ** 2 })
  })

  it('keeps to the allowed folders of the host, whatever a link says', async () => {
    await using outside = await translationServices([])
    const folder = outside.services.paths.images
    await using host = await translationServices([], [folder])
    await writeFile(join(folder, 'good.img'), Buffer.alloc(1024 ** 2))
    await symlink('/etc/hostname', join(folder, 'link.img'))
    const build = (path: string) =>
      buildDomainSpec(
        stored({ volumes: [{ name: 'v', hostDisk: { path, type: 'DiskOrCreate', capacity: '1Mi' } }] }),
        host.services,
      )
    expect((await build(join(folder, 'good.img'))).disks[0]).toMatchObject({ format: 'raw' })
    await expect(build(join(folder, 'link.img'))).rejects.toThrow('not inside the folders')
    await expect(build(`${folder}/../store/store.db`)).rejects.toThrow('not inside the folders')
    await expect(build(`${folder}-evil/disk.img`)).rejects.toThrow('the folder of hostDisk')
  })
})
