/** Whole objects through schema, defaulting and admission: what people write, and what must never get through. */

import { applyDefaults, prune, StatusError, validate, type JsonObject } from '@berth/meta'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { admitDataVolume, admitInstance, admitMachine } from './admission.ts'
import { defaultInstance } from './defaulting/instance.ts'
import { defaultMachine } from './defaulting/machine.ts'
import { kubevirtSchemas } from './generated/kubevirt.ts'
import { unhonoured } from './honoured/unhonoured.ts'
import { exampleInstance, exampleMachine, host } from './testing/examples.ts'
import type { DataVolume } from './types/data-volume.ts'
import type { VirtualMachine } from './types/machine.ts'
import { machineWarnings } from './validation/machine.ts'

const uuid = () => '5c2f6f1e-0000-4000-8000-000000000001'

function failure(run: () => void): { code: number; message: string; fields: (string | undefined)[] } | undefined {
  try {
    run()
  } catch (error) {
    if (!(error instanceof StatusError)) throw error
    const causes = error.status.details?.causes ?? []
    return { code: error.httpCode, message: error.message, fields: causes.map(({ field }) => field) }
  }
  return undefined
}

/** As the server takes it: unknown fields, types, defaults, rules; then as its controller would make the instance. */
function take(spec: JsonObject): ReturnType<typeof failure> {
  const object: JsonObject = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: 'web', namespace: 'default' },
    spec,
  }
  const schema = { ref: 'io.kubevirt.v1.VirtualMachine' }
  expect(prune(object, schema, kubevirtSchemas)).toEqual([])
  expect(validate(object, schema, kubevirtSchemas)).toEqual([])
  applyDefaults(object, schema, kubevirtSchemas)
  const machine = object as unknown as VirtualMachine
  defaultMachine(machine, undefined, { architecture: 'amd64', uuid })
  return failure(() => {
    admitMachine(machine, { host })
    const instance = { ...exampleInstance(), spec: structuredClone(machine.spec.template.spec) }
    defaultInstance(instance, { architecture: 'amd64', uuid, now: new Date(0) })
    admitInstance(instance, { host, trusted: true })
  })
}

const cloudInit = { name: 'seed', cloudInitNoCloud: { userData: '#cloud-config\nhostname: web\n' } }
const root = { name: 'root', dataVolume: { name: 'web-root' } }

const newcomers: [string, JsonObject][] = [
  [
    'the smallest machine',
    { runStrategy: 'Always', template: { spec: { domain: { memory: { guest: '128Mi' }, devices: {} } } } },
  ],
  [
    'the old way to say it runs',
    { running: true, template: { spec: { domain: { resources: { requests: { memory: '64M' } }, devices: {} } } } },
  ],
  [
    'the built-in guest',
    {
      runStrategy: 'Always',
      template: {
        spec: {
          domain: {
            memory: { guest: '128Mi' },
            devices: { autoattachGraphicsDevice: false },
            firmware: {
              kernelBoot: {
                kernelArgs: 'console=ttyS0',
                container: {
                  image: 'berth.local/tiny-guest',
                  kernelPath: '/boot/vmlinuz',
                  initrdPath: '/boot/initrd.img',
                },
              },
            },
          },
        },
      },
    },
  ],
  [
    'Debian with cloud-init, UEFI and a second disk',
    {
      runStrategy: 'RerunOnFailure',
      dataVolumeTemplates: [
        {
          metadata: { name: 'web-root', creationTimestamp: null },
          spec: {
            source: { http: { url: 'https://cloud.debian.org/images/a.qcow2' } },
            storage: { resources: { requests: { storage: '10Gi' } } },
          },
        },
      ],
      template: {
        metadata: { creationTimestamp: null, labels: { app: 'web' } },
        spec: {
          terminationGracePeriodSeconds: 60,
          domain: {
            cpu: { cores: 2 },
            memory: { guest: '2Gi' },
            firmware: { bootloader: { efi: { secureBoot: false } } },
            machine: { type: 'q35' },
            devices: {
              rng: {},
              disks: [
                { name: 'root', bootOrder: 1, disk: { bus: 'virtio' } },
                { name: 'seed', disk: { bus: 'virtio' } },
                { name: 'scratch', disk: { bus: 'virtio' } },
              ],
              interfaces: [{ name: 'default', masquerade: {}, model: 'virtio', ports: [{ port: 22 }] }],
            },
          },
          networks: [{ name: 'default', pod: {} }],
          volumes: [root, cloudInit, { name: 'scratch', emptyDisk: { capacity: '1Gi' } }],
        },
      },
    },
  ],
  [
    'null for what a template has none of',
    {
      runStrategy: 'Always',
      template: {
        metadata: { name: null, labels: null, annotations: null, ownerReferences: null, creationTimestamp: null },
        spec: { domain: { memory: { guest: '1Gi' }, devices: {} } },
      },
    },
  ],
  [
    'a machine from a published image',
    {
      runStrategy: 'Manual',
      dataVolumeTemplates: [
        {
          metadata: { name: 'web-root' },
          spec: { sourceRef: { kind: 'DataSource', name: 'debian-12', namespace: 'berth-images' }, storage: {} },
        },
      ],
      template: { spec: { domain: { memory: { guest: '1Gi' }, devices: {} }, volumes: [root, cloudInit] } },
    },
  ],
]

describe('what people write', () => {
  it.each(newcomers)('accepts %s', (_what, spec) => {
    expect(take(structuredClone(spec))).toBeUndefined()
  })
})

describe('what is refused', () => {
  const template = { spec: { domain: { memory: { guest: '1Gi' }, devices: {} } } }
  const blank = { source: { blank: {} }, storage: { resources: { requests: { storage: '1Gi' } } } }

  it.each<[string, JsonObject, (string | undefined)[], string]>([
    ['no strategy', { template }, ['spec.running'], 'RunStrategy must be specified'],
    [
      'both strategies',
      { running: true, runStrategy: 'Always', template },
      ['spec.running'],
      'Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead',
    ],
    [
      'a template nobody uses',
      { runStrategy: 'Always', template, dataVolumeTemplates: [{ metadata: { name: 'x' }, spec: blank }] },
      ['spec.dataVolumeTemplate[0]'],
      "DataVolumeTemplate entry spec.dataVolumeTemplate[0] must be referenced in the VMI template's 'volumes' list",
    ],
    [
      'labels that are no texts',
      { runStrategy: 'Always', template: { ...template, metadata: { labels: { a: 1 } } } },
      [undefined],
      'spec.template.metadata.labels.a in body must be of type string: "number"',
    ],
    [
      'fields that are not honoured, all of them, with their paths',
      {
        runStrategy: 'Always',
        template: {
          spec: {
            ...template.spec,
            schedulerName: 'other',
            domain: { ...template.spec.domain, devices: { disks: [{ name: 'a', changedBlockTracking: true }] } },
            volumes: [{ name: 'a', emptyDisk: { capacity: '1Gi' } }],
          },
        },
      },
      ['spec.template.spec.domain.devices.disks[0].changedBlockTracking', 'spec.template.spec.schedulerName'],
      'spec.template.spec.domain.devices.disks[0].changedBlockTracking: the embedded engine does not track changed blocks yet, spec.template.spec.schedulerName: the embedded engine places machines itself; leave it out',
    ],
  ])('%s', (_what, spec, fields, message) => {
    expect(take(spec)).toEqual({
      code: 422,
      fields,
      message: `admission webhook "virtualmachine-validator.kubevirt.io" denied the request: ${message}`,
    })
  })

  it('shows ten causes and counts the rest', () => {
    const volumes = Array.from({ length: 12 }, (_item, index) => ({ name: `v${index}` }))
    const machine = exampleMachine()
    machine.spec.template.spec.volumes = volumes
    const refused = failure(() => admitMachine(machine, { host }))
    expect(refused?.fields).toHaveLength(10)
    expect(refused?.message).toMatch(
      /spec\.template\.spec\.volumes\[9\] must have exactly one source type set, and 2 more validation errors$/,
    )
  })

  it('lets an update through that leaves the spec alone', () => {
    const old = exampleMachine()
    old.spec.template.spec.volumes = [{ name: 'a', hostDisk: { path: '/gone/a', type: 'Disk' } }]
    expect(failure(() => admitMachine(old, { host }))?.code).toBe(422)
    expect(failure(() => admitMachine(structuredClone(old), { host, previous: old }))).toBeUndefined()
  })

  it('names the webhook of an instance', () => {
    const instance = exampleInstance()
    instance.spec.domain.memory = {}
    expect(failure(() => admitInstance(instance, { host, trusted: false }))?.message).toContain(
      'admission webhook "virtualmachineinstances-create-validator.kubevirt.io" denied the request: no memory requested',
    )
    const changed = exampleInstance()
    changed.spec.hostname = 'x'
    expect(failure(() => admitInstance(changed, { host, trusted: false, previous: exampleInstance() }))?.message).toBe(
      'admission webhook "virtualmachineinstances-update-validator.kubevirt.io" denied the request: update of VMI object is restricted',
    )
  })

  it('warns of the old field', () => {
    expect(
      machineWarnings({ ...exampleMachine(), spec: { running: true, template: exampleMachine().spec.template } }),
    ).toHaveLength(1)
    expect(machineWarnings(exampleMachine())).toEqual([])
  })
})

describe('DataVolumes', () => {
  const size = { resources: { requests: { storage: '1Gi' } } }
  const volume = (spec: object): DataVolume => ({
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name: 'disk' },
    spec: JSON.parse(JSON.stringify(spec)) as DataVolume['spec'],
  })
  const http = (more: object) => ({ source: { http: { url: 'https://example.com/a', ...more } }, storage: size })

  it.each([
    ['blank', { source: { blank: {} }, storage: size }],
    ['http', http({ checksum: `sha256:${'0'.repeat(64)}` })],
    ['pvc', { source: { blank: {} }, pvc: { accessModes: ['ReadWriteOnce'], ...size } }],
  ])('accepts %s', (_what, spec) => {
    expect(failure(() => admitDataVolume(volume(spec), { host }))).toBeUndefined()
  })

  it.each<[string, object, string, string]>([
    [
      'no source',
      { storage: size },
      'spec.source',
      'Data volume should have either Source or SourceRef, or be externally populated',
    ],
    ['empty source', { source: {}, storage: size }, 'spec.source', 'Missing Data volume source'],
    [
      'two sources',
      { source: { blank: {}, http: { url: 'http://a' } }, storage: size },
      'spec.source',
      'Multiple Data volume sources',
    ],
    ['no target', { source: { blank: {} } }, 'spec.PVC', 'Missing Data volume PVC'],
    [
      'two targets',
      { source: { blank: {} }, storage: size, pvc: { accessModes: ['ReadWriteOnce'], ...size } },
      'spec.PVC.Storage',
      'Duplicate storage definition, both target storage and target pvc defined',
    ],
    [
      'no size',
      { source: { blank: {} }, storage: {} },
      'spec.Storage.resources.requests.size',
      'Storage size is missing',
    ],
    [
      'too small',
      { source: { blank: {} }, storage: { resources: { requests: { storage: '1k' } } } },
      'spec.Storage.resources.requests.size',
      'Storage size should be at least 1MiB',
    ],
    [
      'negative',
      { source: { blank: {} }, storage: { resources: { requests: { storage: '-1Gi' } } } },
      'spec.Storage.resources.requests.size',
      "Storage size can't be equal or less than zero",
    ],
    [
      'modes',
      { source: { blank: {} }, pvc: { accessModes: ['ReadWriteOnce', 'ReadWriteMany'], ...size } },
      'spec.PVC.accessModes',
      'PVC multiple accessModes',
    ],
    [
      'another kind of reference',
      { sourceRef: { kind: 'Secret', name: 'x' }, storage: size },
      'spec.sourceRef.Kind',
      'Unsupported sourceRef kind Secret, currently only DataSource is supported',
    ],
  ])('refuses %s', (_what, spec, field, message) => {
    const refused = failure(() => admitDataVolume(volume(spec), { host }))
    expect(refused?.fields).toContain(field)
    expect(refused?.message).toContain(message)
  })

  it.each(['file:///etc/passwd', 'ftp://a/b', 'https://', 'http://a b', '-o/x', `http://${'a'.repeat(5000)}`])(
    'refuses the URL %s',
    (url) => {
      expect(failure(() => admitDataVolume(volume(http({ url })), { host }))?.fields).toEqual(['spec.source.HTTP.url'])
    },
  )

  it.each(['sha256', 'sha256:', 'sha256:zz', 'crc32:00000000', `md5:${'0'.repeat(31)}`, `sha256:${'0'.repeat(64)}:x`])(
    'refuses the checksum %s',
    (checksum) => {
      expect(failure(() => admitDataVolume(volume(http({ checksum })), { host }))?.fields).toEqual([
        'spec.source.HTTP.checksum',
      ])
    },
  )

  it('never changes', () => {
    const before = volume({ source: { blank: {} }, storage: size })
    const after = volume(http({}))
    expect(failure(() => admitDataVolume(after, { host, previous: before }))?.message).toContain(
      'Cannot update DataVolume Spec',
    )
    expect(failure(() => admitDataVolume(before, { host, previous: before }))).toBeUndefined()
  })
})

describe('hostile input', () => {
  it('is never honoured by accident: any unknown field gives exactly its own cause', () => {
    const key = fc.stringMatching(/^[a-z]{1,12}$/).filter((name) => !(name in Object.prototype))
    fc.assert(
      fc.property(key, fc.jsonValue({ maxDepth: 2 }), (name, value) => {
        const causes = unhonoured('VirtualMachineInstance', { domain: { devices: { [`x-${name}`]: value } } }, host)
        const nothing = value === null || (Array.isArray(value) && value.length === 0)
        expect(causes.map(({ field }) => field)).toEqual(nothing ? [] : [`spec.domain.devices.x-${name}`])
      }),
    )
  })

  it.each(['__proto__', 'constructor', 'toString'])('refuses a field called %s', (name) => {
    const spec: unknown = JSON.parse(`{"domain": {"devices": {"${name}": {"a": 1}}}}`)
    expect(unhonoured('VirtualMachineInstance', spec as object, host)).toHaveLength(1)
  })
})
