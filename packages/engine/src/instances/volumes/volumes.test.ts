import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { VirtualMachineInstance, Volume } from '@berth/api'
import { createImage, imageInfo } from '@berth/imaging'
import type { Pod } from '@berth/kube'
import type { KubeObject } from '@berth/meta'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { translationServices } from '../../testing/services.ts'
import { cloudInitDisk } from './cloud-init.ts'
import { configEntries } from './config-files.ts'
import { entriesOf, textOf } from './downward-api.ts'
import { metricsDisk, metricsDiskBytes, metricsText } from './downward-metrics-disk.ts'
import { resolveVolume } from './resolve-volume.ts'
import { resolveVolumeFolder } from './volume-folder.ts'

const uuid = '5c2f6f1e-0000-4000-8000-000000000001'

function instance(volumes: Volume[] = [], more: Partial<VirtualMachineInstance['spec']> = {}): VirtualMachineInstance {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'web.example', namespace: 'default', uid: 'run-1', annotations: {} },
    spec: { domain: { firmware: { uuid }, devices: {} }, volumes, ...more },
  }
}

const base64 = (text: string): string => Buffer.from(text).toString('base64')
const object = (kind: string, name: string, fields: object): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'default' },
  ...fields,
})

describe('cloud-init', () => {
  it('tells NoCloud who the machine is, in JSON', () => {
    const machine = instance()
    machine.metadata.annotations = {
      'kubevirt.io/instancetype-name': 'small',
      'kubevirt.io/cluster-instancetype-name': 'u1.small',
    }
    const { label, files } = cloudInitDisk({
      kind: 'noCloud',
      instance: machine,
      userData: 'x',
      publicKeys: ['ssh-a', 'ssh-b\n'],
    })
    expect(label).toBe('cidata')
    expect(JSON.parse(files.get('meta-data') ?? '')).toEqual({
      'instance-type': 'u1.small',
      'instance-id': uuid,
      'local-hostname': 'web',
      'public-keys': { 0: 'ssh-a', 1: 'ssh-b' },
    })
    expect([...files.keys()]).toEqual(['meta-data', 'user-data'])
  })

  it('tells ConfigDrive the same, in its words', () => {
    const { label, files } = cloudInitDisk({
      kind: 'configDrive',
      instance: instance(),
      networkData: '{}',
      publicKeys: [],
    })
    expect(label).toBe('config-2')
    expect(JSON.parse(files.get('openstack/latest/meta_data.json') ?? '')).toMatchObject({
      instance_id: 'web.example.default',
      uuid,
      hostname: 'web',
    })
    expect(files.get('openstack/latest/network_data.json')).toBe('{}')
  })

  it('has the keys of access credentials that are passed on its way, and no others', async () => {
    const credential = (secretName: string, method: object) => ({
      sshPublicKey: { source: { secret: { secretName } }, propagationMethod: method },
    })
    await using host = await translationServices([
      object('Secret', 'mine', { data: { b: base64('ssh-b'), a: base64('ssh-a'), empty: '' } }),
      object('Secret', 'other', { data: { c: base64('ssh-c') } }),
    ])
    const machine = instance([{ name: 'seed', cloudInitNoCloud: { userData: '#cloud-config' } }], {
      accessCredentials: [credential('mine', { noCloud: {} }), credential('other', { configDrive: {} })],
    })
    const { path } = await resolveVolume({ disk: { name: 'seed' }, instance: machine, services: host.services })
    const text = (await readFile(path)).toString('latin1')
    expect(text).toContain('"public-keys":{"0":"ssh-a","1":"ssh-b"}')
    expect(text).not.toContain('ssh-c')
  })

  it('is content with either of the two texts from secrets', async () => {
    await using host = await translationServices([
      object('Secret', 'net', { data: { networkData: base64('version: 2') } }),
    ])
    const seed = { secretRef: { name: 'net' }, networkDataSecretRef: { name: 'net' } }
    const { path } = await resolveVolume({
      disk: { name: 'seed' },
      instance: instance([{ name: 'seed', cloudInitNoCloud: seed }]),
      services: host.services,
    })
    expect((await readFile(path)).toString('latin1')).toContain('version: 2')
  })
})

describe('files for guests', () => {
  it.each<[string, Volume, Record<string, string>]>([
    ['a config map', { name: 'v', configMap: { name: 'c' } }, { text: 'a', bytes: 'b' }],
    ['a secret', { name: 'v', secret: { secretName: 's' } }, { key: 'value' }],
    ['an optional one that is not there', { name: 'v', secret: { secretName: 'none', optional: true } }, {}],
    [
      'answers for Windows',
      { name: 'v', sysprep: { secret: { name: 'w' } } },
      { 'AutoUnattend.XML': '<a/>', 'x.ps1': '1' },
    ],
  ])('come from %s', async (_what, volume, files) => {
    await using host = await translationServices([
      object('ConfigMap', 'c', { data: { text: 'a' }, binaryData: { bytes: base64('b') } }),
      object('Secret', 's', { data: { key: base64('value') } }),
      object('Secret', 'w', { data: { 'AutoUnattend.XML': base64('<a/>'), 'x.ps1': base64('1') } }),
    ])
    const entries = await configEntries({ volume, instance: instance([volume]), services: host.services })
    expect(Object.fromEntries([...entries].map(([path, content]) => [path, content.toString()]))).toEqual(files)
  })

  it('has to have answers for Windows on a disk for them', async () => {
    await using host = await translationServices([object('ConfigMap', 'c', { data: { text: 'a' } })])
    const volume = { name: 'v', sysprep: { configMap: { name: 'c' } } }
    await expect(
      resolveVolume({ disk: { name: 'v' }, instance: instance([volume]), services: host.services }),
    ).rejects.toMatchObject({
      code: 'MissingDependency',
      message: 'Sysprep drive should contain autounattend.xml or unattend.xml but neither were found.',
    })
  })

  it('are a folder for those that mount one, made anew each time', async () => {
    const map = { data: { a: '1', b: '2' } as Record<string, string> }
    await using host = await translationServices([object('ConfigMap', 'c', map)])
    const volume = { name: 'v', configMap: { name: 'c' } }
    const request = { volume, instance: instance([volume]), services: host.services }
    expect((await readdir(await resolveVolumeFolder(request))).toSorted()).toEqual(['a', 'b'])
    delete map.data['a']
    const folder = await resolveVolumeFolder(request)
    expect(await readdir(folder)).toEqual(['b'])
    expect(await readFile(join(folder, 'b'), 'utf8')).toBe('2')
  })
})

describe('downwardAPI', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'n', uid: 'u', labels: { b: '2', a: 'x"y' }, annotations: { k: 'v' } },
    spec: { containers: [{ name: 'compute', resources: { requests: { cpu: '150m', memory: '1Gi' } } }] },
  } satisfies Pod
  const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'x' }, status: { allocatable: { memory: '8Gi' } } }
  const field = (fieldPath: string) => textOf({ path: 'f', fieldRef: { fieldPath } }, { pod, node })

  it('does not grow without end, however often the same is asked for', () => {
    const large = { ...pod, metadata: { ...pod.metadata, annotations: { a: 'x'.repeat(200_000) } } }
    const fields = Array.from({ length: 3000 }, (_, index) => ({
      path: `f${index}`,
      fieldRef: { fieldPath: 'metadata.annotations' },
    }))
    expect(entriesOf(fields.slice(0, 3), { pod: large, node }).size).toBe(3)
    expect(() => entriesOf(fields, { pod: large, node })).toThrow(/over 1048576 bytes/)
  })

  const amount = (resource: string, divisor?: string, containerName?: string) =>
    textOf(
      {
        path: 'f',
        resourceFieldRef: {
          resource,
          ...(divisor === undefined ? {} : { divisor }),
          ...(containerName === undefined ? {} : { containerName }),
        },
      },
      { pod, node },
    )

  it.each([
    ['metadata.name', 'p'],
    ['metadata.namespace', 'n'],
    ['metadata.uid', 'u'],
    ['metadata.labels', 'a="x\\"y"\nb="2"'],
    ["metadata.labels['b']", '2'],
    ["metadata.annotations['k']", 'v'],
    ["metadata.annotations['none']", ''],
  ])('writes %s', (path, text) => {
    expect(field(path)).toBe(text)
  })

  it.each([
    ['requests.cpu', undefined, '1'],
    ['requests.cpu', '1m', '150'],
    ['requests.memory', '1Mi', '1024'],
    ['limits.memory', '1Gi', '8'],
    ['requests.memory', '0', '1073741824'],
  ])('writes %s in %s', (resource, divisor, text) => {
    expect(amount(resource, divisor)).toBe(text)
  })

  it('refuses what pods do not have', () => {
    expect(() => field('spec.nodeName')).toThrow(expect.objectContaining({ code: 'MissingDependency' }))
    expect(() => amount('limits.gpu')).toThrow(expect.objectContaining({ code: 'MissingDependency' }))
    expect(() => amount('requests.cpu', '1', 'none')).toThrow(expect.objectContaining({ code: 'MissingDependency' }))
  })
})

describe('an ephemeral claim', () => {
  it('is read below a disk of the run', async () => {
    const claim = { ...object('PersistentVolumeClaim', 'data', { spec: {}, status: { phase: 'Bound' } }) }
    claim.metadata.uid = 'claim-uid'
    await using host = await translationServices([claim])
    const { services } = host
    const volume = { name: 'over', ephemeral: { persistentVolumeClaim: { claimName: 'data' } } }
    const request = { disk: { name: 'over' }, instance: instance([volume]), services }
    await services.volumes.populate('pvc-claim-uid', {}, (path) =>
      createImage({ path, format: 'qcow2', sizeBytes: 2 ** 20 }),
    )
    const { path, backing, readOnly } = await resolveVolume(request)
    expect(backing).toEqual([{ path: (await services.volumes.images('pvc-claim-uid')).path, format: 'qcow2' }])
    expect(readOnly).toBe(false)
    expect(await imageInfo({ path, format: 'qcow2' })).toMatchObject({ virtualSizeBytes: 2 ** 20 })
    // An engine that died in between goes on with the same disk.
    expect((await resolveVolume(request)).path).toBe(path)
  })
})

describe('downward metrics', () => {
  it('fit their disk, with a header that tells readers whether they may read', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (name, value) => {
        const text = metricsText([{ context: 'vm', name, type: 'string', value }])
        const { locked, unlocked, header } = metricsDisk(text)
        expect([locked.readInt32BE(4), unlocked.readInt32BE(4)]).toEqual([1, 0])
        expect(unlocked.toString('latin1', 0, 4)).toBe('mvbd')
        const body = unlocked.subarray(header)
        expect(unlocked.readInt32BE(8)).toBe(body.reduce((sum, byte) => sum + byte, 0))
        expect(unlocked.readInt32BE(12)).toBe(body.length)
        expect(unlocked.length).toBeLessThanOrEqual(metricsDiskBytes)
        expect(body.toString().match(/<(?!\/?(?:metrics?|name|value)\b)/)).toBeNull()
      }),
    )
  })
})
