import { StatusError } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import type { VirtualMachine } from '../types/machine.ts'
import type { VirtualMachineClone } from '../types/clone.ts'
import type {
  KeptMachine,
  VirtualMachineRestore,
  VirtualMachineRestoreSpec,
  VirtualMachineSnapshot,
  VirtualMachineSnapshotContent,
} from '../types/snapshot.ts'
import { clonePatches, defaultClone, validateClone } from './clone.ts'
import { keptMachine } from './kept-machine.ts'
import { joinedName, restoredName } from './restore-names.ts'
import { restoredClaim } from './restored-claim.ts'
import { dataVolumesToDelete, hasRestoreMark, restoredMachine } from './restored-machine.ts'
import { validateRestore, validateSnapshot } from './validate-snapshot.ts'
import { snapshotClassFor, volumeSnapshotAbilities } from './volume-abilities.ts'

const machine: VirtualMachine = {
  apiVersion: 'kubevirt.io/v1',
  kind: 'VirtualMachine',
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'vm-1',
    labels: { app: 'web', 'x/y': '1' },
    annotations: { note: 'a', 'restore.kubevirt.io/lastRestoreUID': 'old' },
  },
  spec: {
    runStrategy: 'Always',
    dataVolumeTemplates: [{ metadata: { name: 'web-root' }, spec: { source: { blank: {} } } }],
    template: {
      metadata: { labels: { tier: 'front' } },
      spec: {
        domain: {
          firmware: { uuid: 'u', serial: 's' },
          devices: { interfaces: [{ name: 'default', masquerade: {}, macAddress: '02:00:00:00:00:01' }] },
        },
        volumes: [
          { name: 'root', dataVolume: { name: 'web-root' } },
          { name: 'data', persistentVolumeClaim: { claimName: 'web-data' } },
          { name: 'golden', dataVolume: { name: 'shared-golden' } },
          { name: 'seed', cloudInitNoCloud: { userData: 'x' } },
          { name: 'dump', memoryDump: { claimName: 'web-dump' } },
        ],
      },
    },
  },
}

function restoreOf(spec: Partial<VirtualMachineRestoreSpec> = {}): VirtualMachineRestore {
  return {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineRestore',
    metadata: { name: 'again', namespace: 'shop', uid: 'r-1' },
    spec: {
      target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' },
      virtualMachineSnapshotName: 'monday',
      ...spec,
    },
  }
}

const snapshot: VirtualMachineSnapshot = {
  apiVersion: 'snapshot.kubevirt.io/v1beta1',
  kind: 'VirtualMachineSnapshot',
  metadata: { name: 'monday', namespace: 'shop', uid: 's-1' },
  spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' } },
  status: { sourceUID: 'vm-1', virtualMachineSnapshotContentName: 'vmsnapshot-content-s-1' },
}
const kept: KeptMachine = keptMachine(machine, undefined)
const content: VirtualMachineSnapshotContent = {
  apiVersion: 'snapshot.kubevirt.io/v1beta1',
  kind: 'VirtualMachineSnapshotContent',
  metadata: { name: 'vmsnapshot-content-s-1', namespace: 'shop' },
  spec: { virtualMachineSnapshotName: 'monday', source: { virtualMachine: kept } },
}

describe('what a snapshot may be of', () => {
  it.each([
    [{ kind: 'VirtualMachine', name: 'web' }, 'spec.source.apiGroup', 'missing apiGroup'],
    [{ apiGroup: 'apps', kind: 'VirtualMachine', name: 'web' }, 'spec.source.apiGroup', 'invalid apiGroup'],
    [{ apiGroup: 'kubevirt.io', kind: 'Pod', name: 'web' }, 'spec.source.kind', 'invalid kind'],
  ])('%j is refused', (source, field, message) => {
    expect(validateSnapshot({ ...snapshot, spec: { source } }, undefined)).toMatchObject([{ field, message }])
  })

  it('a machine, and it stays that machine', () => {
    expect(validateSnapshot(snapshot, undefined)).toEqual([])
    const changed = { ...snapshot, spec: { ...snapshot.spec, failureDeadline: '1m' } }
    expect(validateSnapshot(changed, snapshot)).toMatchObject([
      { field: 'spec', message: 'spec in immutable after creation' },
    ])
  })
})

describe('what a restore may be', () => {
  const around = { snapshot, content, target: machine, others: [] }
  it.each<[Partial<VirtualMachineRestoreSpec>, string, string]>([
    [{ target: { apiGroup: 'kubevirt.io', kind: 'Pod', name: 'web' } }, 'spec.target.kind', 'invalid kind'],
    [
      { volumeRestorePolicy: 'Never' as never },
      'spec.volumeRestorePolicy',
      'volume restore policy "Never" doesn\'t exist',
    ],
    [
      { volumeOwnershipPolicy: 'Me' as never },
      'spec.volumeOwnershipPolicy',
      'volume ownership policy "Me" doesn\'t exist',
    ],
    [
      { volumeRestoreOverrides: [{ restoreName: 'x' }] },
      'spec.volumeRestoreOverrides[0].volumeName',
      'must provide a volume name',
    ],
    [
      { volumeRestoreOverrides: [{ volumeName: 'root' }] },
      'spec.volumeRestoreOverrides[0]',
      'must provide at least one overriden field',
    ],
    [
      { patches: ['{"op":"replace","path":"/metadata/name","value":"x"}'] },
      'spec.patches',
      'patching is valid only for elements under /spec/ only: "path": "/metadata/name"',
    ],
    [
      { patches: ['nonsense'] },
      'spec.patches',
      'patch format is not valid - one ":" expected in a single key-value json patch: nonsense',
    ],
  ])('%j is refused', (spec, field, message) => {
    expect(validateRestore(restoreOf(spec), around)).toMatchObject([{ field, message }])
  })

  it('patches are looked at before there is a snapshot, too', () => {
    const patches = ['{"op":"replace","path":"/metadata/namespace","value":"theirs"}']
    const none = { ...around, snapshot: undefined, content: undefined }
    expect(validateRestore(restoreOf({ patches }), none)).toMatchObject([{ field: 'spec.patches' }])
    expect(validateRestore(restoreOf(), none)).toEqual([])
  })

  it('values of patches may hold colons and commas', () => {
    const patches = [
      '{"op":"add","path":"/metadata/labels/a","value":"b"}',
      '{"op":"replace","path":"/spec/template/spec/domain/devices/interfaces/0/macAddress","value":"02:00:00:00:00:02"}',
      '{"op":"add","path":"/spec/template/metadata/annotations","value":{"a":"1","b":"2"}}',
    ]
    expect(validateRestore(restoreOf({ patches }), around)).toEqual([])
  })

  it('one at a time of a machine', () => {
    const other = { ...restoreOf(), metadata: { name: 'first' } }
    expect(validateRestore(restoreOf(), { ...around, others: [other] })).toMatchObject([
      { field: 'spec.target', message: 'VirtualMachineRestore "first" in progress' },
    ])
    const complete = { ...other, status: { complete: true } }
    expect(validateRestore(restoreOf(), { ...around, others: [complete] })).toEqual([])
  })

  it('no other machine of one that keeps a TPM', () => {
    const withTpm = structuredClone(content)
    const devices = withTpm.spec.source.virtualMachine?.spec.template.spec.domain.devices
    if (devices !== undefined) devices.tpm = { persistent: true }
    const refused = validateRestore(restoreOf(), { ...around, content: withTpm, target: undefined })
    expect(refused).toMatchObject([{ message: expect.stringContaining('has backend storage (persistent TPM or EFI)') }])
    expect(validateRestore(restoreOf(), { ...around, content: withTpm })).toEqual([])
  })
})

describe('names of restored claims', () => {
  const of = (spec: Partial<VirtualMachineRestoreSpec>) => restoredName(restoreOf(spec), { volume: 'root', claim: 'c' })
  it('follow the policy', () => {
    expect(of({})).toBe('restore-r-1-root')
    expect(of({ volumeRestorePolicy: 'InPlace' })).toBe('c')
    expect(of({ volumeRestorePolicy: 'PrefixTargetName' })).toBe('web-root')
    expect(of({ volumeRestoreOverrides: [{ volumeName: 'root', restoreName: 'mine' }] })).toBe('mine')
  })
  it('are shortened as KubeVirt shortens them', () => {
    // The hash as Go's hash/fnv (New32a) makes it.
    expect(joinedName('a'.repeat(60), 'disk')).toBe(`${'a'.repeat(49)}-92b9e111-disk`)
    expect(joinedName('a'.repeat(60), 'disk')).toHaveLength(63)
    expect(joinedName('a', 'b'.repeat(70))).toMatch(/^a-[0-9a-f]{8}$/)
  })
})

describe('a restored machine', () => {
  const restores = [
    { volumeName: 'root', persistentVolumeClaim: 'n-root', volumeSnapshotName: 'v', dataVolumeName: 'n-root' },
    { volumeName: 'data', persistentVolumeClaim: 'n-data', volumeSnapshotName: 'v' },
    { volumeName: 'golden', persistentVolumeClaim: 'n-golden', volumeSnapshotName: 'v' },
  ]
  const volumes = [
    { name: 'root', dataVolume: { name: 'n-root' } },
    { name: 'data', persistentVolumeClaim: { claimName: 'n-data' } },
    { name: 'golden', persistentVolumeClaim: { claimName: 'n-golden' } },
    { name: 'seed', cloudInitNoCloud: { userData: 'x' } },
  ]

  it('put back keeps how it runs, has its own disks under their new names, and loses a dump of its memory', () => {
    const restore = { ...restoreOf(), status: { restores } }
    const target: VirtualMachine = {
      ...machine,
      spec: { ...machine.spec, runStrategy: 'Manual', dataVolumeTemplates: [{ metadata: { name: 'new' }, spec: {} }] },
    }
    const result = restoredMachine(restore, kept, target)
    expect(result.spec).toMatchObject({
      runStrategy: 'Manual',
      dataVolumeTemplates: [{ metadata: { name: 'n-root' } }],
      template: { spec: { volumes } },
    })
    expect(result.metadata.uid).toBe('vm-1')
    expect(hasRestoreMark(restore, result)).toBe(true)
    expect(dataVolumesToDelete(target, result)).toEqual(['new'])
  })

  it('stays where it is and what it is called, whatever patches say', () => {
    const patches = [
      '{"op":"replace","path":"/metadata/namespace","value":"theirs"}',
      '{"op":"replace","path":"/metadata/name","value":"other"}',
      '{"op":"add","path":"/metadata/ownerReferences","value":[{"uid":"1"}]}',
      '{"op":"add","path":"/status","value":{"created":true}}',
      '{"op":"add","path":"/metadata/labels","value":{"tier":"front"}}',
    ]
    const target = { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'two' }
    const result = restoredMachine({ ...restoreOf({ target, patches }), status: { restores } }, kept, undefined)
    expect(result.metadata).toMatchObject({ name: 'two', namespace: 'shop', labels: { tier: 'front' } })
    expect(Object.keys(result.metadata).toSorted()).toEqual(['annotations', 'labels', 'name', 'namespace'])
    expect(result.status).toBeUndefined()
  })

  it.each([
    '{"op":"remove","path":"/spec"}',
    '{"op":"replace","path":"/metadata","value":null}',
    '{"op":"replace","path":"","value":[]}',
  ])('is refused when %s leaves no machine', (patch) => {
    const target = { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'two' }
    const restore = { ...restoreOf({ target, patches: [patch] }), status: { restores } }
    expect(() => restoredMachine(restore, kept, undefined)).toThrow(StatusError)
  })

  it('made anew is off, and is what its patches say', () => {
    const patches = clonePatches(kept, {
      source: { kind: 'VirtualMachine', name: 'web' },
      newMacAddresses: { default: '02:00:00:00:00:09' },
      newSMBiosSerial: 'new',
      labelFilters: ['*', '!x/*'],
      annotationFilters: [],
      patches: ['{"op":"replace","path":"/spec/template/spec/hostname","value":"two"}'],
    })
    const target = { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'two' }
    const result = restoredMachine({ ...restoreOf({ target, patches }), status: { restores } }, kept, undefined)
    expect(result.metadata).toMatchObject({ name: 'two', namespace: 'shop', labels: { app: 'web' } })
    expect(Object.keys(result.metadata.annotations ?? {})).toEqual(['restore.kubevirt.io/lastRestoreUID'])
    expect(result.metadata.uid).toBeUndefined()
    expect(result.spec).toMatchObject({
      runStrategy: 'Halted',
      template: {
        spec: {
          hostname: 'two',
          domain: {
            firmware: { uuid: '', serial: 'new' },
            devices: { interfaces: [{ macAddress: '02:00:00:00:00:09' }] },
          },
        },
      },
    })
  })

  it('of a running one is what runs, with the volumes of now', () => {
    const started = structuredClone(machine.spec)
    started.template.spec.hostname = 'ran'
    started.template.spec.volumes = []
    const { spec } = keptMachine(machine, started)
    expect(spec.template.spec.hostname).toBe('ran')
    expect(spec.template.spec.volumes).toEqual(machine.spec.template.spec.volumes)
  })
})

it('a restored claim is filled from the snapshot, not smaller, and knows nothing of how the old one was filled', () => {
  const backup = {
    volumeName: 'root',
    volumeSnapshotName: 'v',
    persistentVolumeClaim: {
      metadata: {
        name: 'web-root',
        labels: { a: 'b', 'persistent-state-for': 'web' },
        annotations: {
          'cdi.kubevirt.io/storage.contentType': 'kubevirt',
          'pv.kubernetes.io/bind-completed': 'yes',
          mine: '1',
        },
      },
      spec: { storageClassName: 'local', volumeName: 'pvc-1', resources: { requests: { storage: '1Gi' } } },
    },
  }
  const restore = restoreOf({ volumeRestoreOverrides: [{ volumeName: 'root', labels: { a: 'c' } }] })
  const claim = restoredClaim(restore, { name: 'new', backup, source: kept, restoreSize: '2Gi' })
  expect(claim.metadata).toEqual({
    namespace: 'shop',
    name: 'new',
    labels: { a: 'c', 'restore.kubevirt.io/source-vm-name': 'web', 'restore.kubevirt.io/source-vm-namespace': 'shop' },
    annotations: {
      'cdi.kubevirt.io/storage.contentType': 'kubevirt',
      mine: '1',
      'restore.kubevirt.io/name': 'again',
      'restore.kubevirt.io/lastRestoreUID': 'again-r-1',
    },
  })
  const source = { apiGroup: 'snapshot.storage.k8s.io', kind: 'VolumeSnapshot', name: 'v' }
  expect(claim.spec).toEqual({
    storageClassName: 'local',
    resources: { requests: { storage: '2Gi' } },
    dataSource: source,
    dataSourceRef: source,
  })
})

describe('a clone', () => {
  const clone = (spec: Partial<VirtualMachineClone['spec']>): VirtualMachineClone => ({
    apiVersion: 'clone.kubevirt.io/v1beta1',
    kind: 'VirtualMachineClone',
    metadata: { name: 'c' },
    spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' }, ...spec },
  })
  it('gets a name for its target', () => {
    const one = clone({})
    defaultClone(one, 'abcde')
    expect(one.spec.target).toEqual({ apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'clone-web-abcde' })
    expect(validateClone(one)).toEqual([])
  })
  it.each<[Partial<VirtualMachineClone['spec']>, string, string]>([
    [{ labelFilters: ['!'] }, 'spec.labels', 'a negation character is not a valid filter'],
    [
      { labelFilters: ['a*b'] },
      'spec.labels',
      'spec.labels filter a*b is invalid: cannot contain a wildcard character (*); FilterRules: WildcardChar can be only at the end of the filter',
    ],
    [
      { template: { annotationFilters: ['a!'] } },
      'spec.template.annotations',
      'spec.template.annotations filter a! is invalid: cannot contain a negation character (!); FilterRules: NegationChar can be only used at the beginning of the filter',
    ],
    [
      { source: { apiGroup: 'kubevirt.io', kind: 'Pod', name: 'a' } },
      'spec.Source.Kind',
      'Source kind is not supported',
    ],
    [{ source: { kind: 'VirtualMachine', name: 'a' } }, 'spec.Source.APIGroup', "Source's APIGroup cannot be empty"],
    [
      { target: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'web' } },
      'spec.target.name',
      'Target name cannot be equal to source name when both are VirtualMachines',
    ],
    [
      { newMacAddresses: { default: 'zz' } },
      'spec.newMacAddresses.default',
      'interface default has malformed MAC address (zz).',
    ],
    [{ patches: ['{'] }, 'spec.patches[0]', 'patch is not valid JSON ({)'],
  ])('%j is refused', (spec, field, message) => {
    expect(validateClone(clone(spec))).toMatchObject([{ field, message }])
  })
})

describe('of which volumes a snapshot is taken', () => {
  const classOf = (name: string, annotations: Record<string, string> = {}) => ({
    apiVersion: 'snapshot.storage.k8s.io/v1',
    kind: 'VolumeSnapshotClass',
    metadata: { name, annotations },
    driver: 'd',
    deletionPolicy: 'Delete' as const,
  })
  const provisionerOf = (name: string) => ({ local: 'd', other: 'e' })[name]
  const lookups = {
    storageClassOf: (claim: string) => ({ 'web-root': 'local', 'web-data': 'other', 'web-dump': 'local' })[claim],
    provisionerOf,
    snapshotClasses: [classOf('one')],
  }
  it('is said of each with the reason', () => {
    expect(volumeSnapshotAbilities(machine, lookups)).toEqual([
      { name: 'root', enabled: true },
      {
        name: 'data',
        enabled: false,
        reason: 'No VolumeSnapshotClass: Volume snapshots are not configured for this StorageClass [other] [data]',
      },
      { name: 'golden', enabled: false, reason: 'PVC not found' },
      { name: 'seed', enabled: false, reason: 'Snapshot is not supported for this volumeSource type [seed]' },
      { name: 'dump', enabled: true },
    ])
  })
  it('chooses the default of several classes', () => {
    const chosen = classOf('two', { 'snapshot.storage.kubernetes.io/is-default-class': 'true' })
    expect(snapshotClassFor('local', { provisionerOf, snapshotClasses: [classOf('one'), chosen] })).toBe('two')
    expect(() =>
      snapshotClassFor('local', { provisionerOf, snapshotClasses: [classOf('one'), classOf('two')] }),
    ).toThrow('2 matching VolumeSnapshotClasses for local')
  })
})
