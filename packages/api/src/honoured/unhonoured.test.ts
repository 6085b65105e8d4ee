import type { Schema } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import { kubevirtSchemas } from '../generated/kubevirt.ts'
import { generalReason, type HostAbilities } from './rule.ts'
import { honouredTables, unhonoured, type HonouredKind } from './unhonoured.ts'

const host: HostAbilities = { architecture: 'amd64', uefi: true, hostDiskDirectories: ['/srv/disks'] }

function instance(spec: object, on: HostAbilities = host): string[] {
  return unhonoured('VirtualMachineInstance', spec, on).map(({ field, message }) => `${field}: ${message}`)
}

const instanceSpec = {
  domain: {
    cpu: { sockets: 1, cores: 2, threads: 1, model: 'host-model', features: [{ name: 'aes', policy: 'require' }] },
    memory: { guest: '1Gi' },
    resources: { requests: { memory: '1Gi', cpu: '100m' }, limits: { memory: '1Gi' } },
    machine: { type: 'q35' },
    firmware: { uuid: 'f', serial: 's', bootloader: { efi: { secureBoot: false } } },
    features: { acpi: { enabled: true } },
    clock: { utc: { offsetSeconds: 3600 }, timezone: 'Europe/Paris' },
    devices: {
      autoattachGraphicsDevice: false,
      rng: {},
      watchdog: { name: 'w', i6300esb: { action: 'reset' } },
      inputs: [{ name: 't', type: 'tablet', bus: 'usb' }],
      disks: [
        { name: 'a', bootOrder: 1, cache: 'none', io: 'native', disk: { bus: 'virtio', readonly: false } },
        { name: 'b', serial: 'x', cdrom: { bus: 'sata', readonly: true, tray: 'closed' } },
        { name: 'c', disk: { bus: 'scsi' }, errorPolicy: 'stop', shareable: true, dedicatedIOThread: true },
        { name: 'd', disk: { bus: 'virtio', pciAddress: '0000:00:10.0' }, blockSize: { matchVolume: {} } },
      ],
      interfaces: [
        {
          name: 'default',
          model: 'virtio',
          macAddress: '02:00:00:00:00:01',
          masquerade: {},
          state: 'up',
          ports: [{ port: 22 }],
        },
      ],
    },
  },
  architecture: 'amd64',
  evictionStrategy: 'None',
  startStrategy: 'Paused',
  hostname: 'h',
  nodeSelector: { 'a/b': 'c' },
  terminationGracePeriodSeconds: 0,
  networks: [{ name: 'default', pod: { vmNetworkCIDR: '10.9.0.0/24' } }],
  tolerations: [],
  affinity: null,
  volumes: [
    { name: 'a', dataVolume: { name: 'x' } },
    { name: 'b', cloudInitNoCloud: { userData: '#cloud-config', networkDataSecretRef: { name: 's' } } },
    { name: 'c', persistentVolumeClaim: { claimName: 'x', readOnly: true } },
    { name: 'd', emptyDisk: { capacity: '1Gi' } },
    { name: 'e', configMap: { name: 'x', volumeLabel: 'l' } },
    { name: 'f', secret: { secretName: 'x' } },
    { name: 'g', hostDisk: { path: '/srv/disks/a.img', type: 'Disk' } },
  ],
}

describe('unhonoured', () => {
  it('accepts everything the table honours', () => {
    expect(instance(instanceSpec)).toEqual([])
    expect(
      unhonoured(
        'VirtualMachine',
        { runStrategy: 'Always', template: { metadata: { labels: { a: 'b' } }, spec: instanceSpec } },
        host,
      ),
    ).toEqual([])
  })

  it.each<[string, object, string]>([
    ['an unknown field', { colour: 'red' }, `spec.colour: ${generalReason}`],
    [
      'an empty object',
      { domain: { devices: { downwardMetrics: {} } } },
      'spec.domain.devices.downwardMetrics: the embedded engine gives these figures on a disk; use a downwardMetrics volume',
    ],
    [
      'a list item, by its index',
      {
        volumes: [
          { name: 'a', emptyDisk: { capacity: '1' } },
          { name: 'b', containerPath: { path: '/x' } },
        ],
      },
      'spec.volumes[1].containerPath: the embedded engine has no pods whose folders could be shared',
    ],
    [
      'a probe of another host',
      { livenessProbe: { tcpSocket: { port: 22, host: '192.0.2.1' } } },
      'spec.livenessProbe.tcpSocket.host: probes of the embedded engine ask the guest itself; leave the host out',
    ],
    [
      'a volume of a disk as a folder',
      {
        domain: {
          devices: {
            filesystems: [
              { name: 'a', virtiofs: {} },
              { name: 'b', virtiofs: {} },
            ],
          },
        },
        volumes: [
          { name: 'a', configMap: { name: 'settings' } },
          { name: 'b', persistentVolumeClaim: { claimName: 'data' } },
        ],
      },
      'spec.domain.devices.filesystems[1]: the embedded engine shares volumes of configMap, secret, downwardAPI, serviceAccount as folders; a persistentVolumeClaim is a disk image here, so use it as a disk',
    ],
    [
      'another resource',
      { domain: { resources: { requests: { 'example.com/gpu': '1' } } } },
      'spec.domain.resources.requests.example.com/gpu: the embedded engine counts only cpu and memory',
    ],
    ['another architecture', { architecture: 'arm64' }, 'spec.architecture: this host runs amd64 machines only'],
    [
      'another kernel of the built-in guest',
      {
        domain: {
          firmware: { kernelBoot: { container: { image: 'berth.local/tiny-guest', kernelPath: '/vmlinuz' } } },
        },
      },
      'spec.domain.firmware.kernelBoot.container: the built-in guest has its kernel at /boot/vmlinuz',
    ],
  ])('refuses %s', (_what, spec, line) => {
    expect(instance(spec)).toEqual([line])
  })

  it.each([
    '/etc/shadow',
    '/srv/disks/../x',
    '/srv/disks',
    '/srv/disks2/x',
    'srv/disks/x',
    '/srv/disks//x',
    '/srv/disks/./x',
  ])('refuses the hostDisk path %s', (path) => {
    expect(instance({ volumes: [{ name: 'a', hostDisk: { path, type: 'Disk' } }] })).toHaveLength(1)
  })

  it('refuses hostDisk where no directory is allowed, and UEFI where there is no firmware', () => {
    const bare: HostAbilities = { architecture: 'amd64', uefi: false, hostDiskDirectories: [] }
    expect(instance({ volumes: [{ name: 'a', hostDisk: { path: '/srv/disks/x', type: 'Disk' } }] }, bare)[0]).toContain(
      'allows no hostDisk',
    )
    expect(instance({ domain: { firmware: { bootloader: { efi: { secureBoot: false } } } } }, bare)[0]).toContain(
      'ovmf',
    )
    const withoutHelpers: HostAbilities = {
      ...host,
      secureBoot: false,
      missingPrograms: {
        tpm: 'the program swtpm is not installed',
        virtiofs: 'machines may not make user namespaces here',
      },
    }
    const lacking = (domain: object): string => instance({ domain }, withoutHelpers)[0] ?? ''
    // Secure Boot is the default of UEFI.
    expect(lacking({ firmware: { bootloader: { efi: {} } } })).toContain('no UEFI firmware with Secure Boot')
    expect(lacking({ firmware: { bootloader: { efi: { secureBoot: false } } } })).toBe('')
    expect(lacking({ devices: { tpm: {} } })).toContain('install the package swtpm')
    expect(lacking({ devices: { tpm: { enabled: false } } })).toBe('')
    expect(lacking({ devices: { filesystems: [{ name: 'a', virtiofs: {} }] } })).toContain('user namespaces')
    expect(instance({ domain: { machine: { type: 'pc-q35-99' } } }, { ...bare, machineTypes: ['q35'] })[0]).toContain(
      'it has q35',
    )
  })

  it('boots the built-in guest', () => {
    const container = { image: 'berth.local/tiny-guest', kernelPath: '/boot/vmlinuz', initrdPath: '/boot/initrd.img' }
    expect(instance({ domain: { firmware: { kernelBoot: { kernelArgs: 'console=ttyS0', container } } } })).toEqual([])
  })

  it('knows DataVolumes and claims', () => {
    const http = { url: 'https://example.com/a.qcow2', checksum: 'sha256:00' }
    const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
    expect(unhonoured('DataVolume', { source: { http }, storage: claim }, host)).toEqual([])
    expect(unhonoured('DataVolume', { source: { registry: { url: 'docker://x' } }, pvc: claim }, host)).toEqual([])
    const refused = { registry: { url: 'oci-archive://x' }, vddk: {}, gcs: { url: 'gs://a/b', secretRef: 'c' } }
    expect(unhonoured('DataVolume', { source: refused, pvc: claim }, host).map(({ field }) => field)).toEqual([
      'spec.source.registry.url',
      'spec.source.vddk',
      'spec.source.gcs.secretRef',
    ])
    const dataSource = { kind: 'PersistentVolumeClaim', name: 'other' }
    expect(unhonoured('PersistentVolumeClaim', { ...claim, dataSource, dataSourceRef: dataSource }, host)).toEqual([])
    const populator = { apiGroup: 'cdi.kubevirt.io', kind: 'VolumeImportSource', name: 'other' }
    expect(unhonoured('PersistentVolumeClaim', { dataSourceRef: populator }, host).map(({ field }) => field)).toEqual([
      'spec.dataSourceRef.apiGroup',
      'spec.dataSourceRef.kind',
    ])
    expect(unhonoured('PersistentVolumeClaim', { ...claim, volumeMode: 'Block' }, host)).toEqual([])
  })

  it.each(Object.keys(honouredTables) as HonouredKind[])('names only fields that %s has', (kind) => {
    const roots: Record<HonouredKind, string> = {
      VirtualMachine: 'io.kubevirt.v1.VirtualMachineSpec',
      VirtualMachineInstance: 'io.kubevirt.v1.VirtualMachineInstanceSpec',
      DataVolume: 'io.kubevirt.cdi.v1beta1.DataVolumeSpec',
      KubeVirt: 'io.kubevirt.v1.KubeVirtSpec',
      PersistentVolumeClaim: 'io.k8s.api.core.v1.PersistentVolumeClaimSpec',
    }
    const unknown = Object.keys(honouredTables[kind]).filter((path) => !exists({ ref: roots[kind] }, path))
    expect(unknown).toEqual([])
  })
})

function exists(root: Schema, path: string): boolean {
  let schema: Schema | undefined = root
  for (const step of path.replaceAll('[]', '.[]').split('.')) {
    while (schema?.ref !== undefined) schema = kubevirtSchemas[schema.ref]
    if (schema === undefined) return false
    if (schema.additionalProperties !== undefined) schema = schema.additionalProperties
    else schema = step === '[]' ? schema.items : schema.properties?.[step]
  }
  return schema !== undefined
}
