import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DataVolume } from '@berth/api'
import { compileQuery } from '../query/match.ts'
import { parseQuery } from '../query/parse.ts'
import type { ClaimObject } from '../rows/slim.ts'
import { classRow } from './class-row.ts'
import { deletionOfSnapshot, deletionOfVolume } from './deletion.ts'
import { defaultClass, fitOn } from './fit.ts'
import { policyRow } from './policy-row.ts'
import { judgeSettled } from './settled.ts'
import { snapshotRow } from './snapshot-row.ts'
import { columnsOfTable } from './storage-columns.ts'
import type { SnapshotRow, StorageRow } from './storage-row.ts'
import { snapshotTree } from './snapshot-tree.ts'
import { newDisk, newRestore, newSnapshot } from './storage-wishes.ts'
import { volumeRow } from './volume-row.ts'

const gi = 2 ** 30
const created = '2026-01-01T00:00:00Z'

function claim(name: string, of: Partial<ClaimObject> = {}): ClaimObject {
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: { name, namespace: 'shop', uid: name, creationTimestamp: created },
    spec: { storageClassName: 'local', resources: { requests: { storage: '10Gi' } } },
    status: { phase: 'Bound', capacity: { storage: '10Gi' } },
    ...of,
  }
}

function fill(status: DataVolume['status'], spec: DataVolume['spec'] = {}): DataVolume {
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name: 'data', namespace: 'shop', creationTimestamp: created },
    spec,
    ...(status === undefined ? {} : { status }),
  }
}

const parts = { cluster: 'here', claim: undefined, dataVolume: undefined, class: undefined, users: [], snapshots: 0 }

describe('a volume', () => {
  it.each<[string, Partial<Parameters<typeof volumeRow>[0]>, object]>([
    ['that is ready', { claim: claim('data') }, { status: 'Bound', tone: 'running', size: 10 * gi, class: 'local' }],
    [
      'that is filled: the claim is bound long before',
      { claim: claim('data'), dataVolume: fill({ phase: 'ImportInProgress', progress: '42.50%' }) },
      { status: 'ImportInProgress', tone: 'starting', progress: 0.425 },
    ],
    [
      'whose progress nobody knows',
      { claim: claim('data'), dataVolume: fill({ phase: 'ImportInProgress', progress: 'N/A' }) },
      { status: 'ImportInProgress', tone: 'starting' },
    ],
    [
      'whose import fails and is tried again',
      {
        claim: claim('data'),
        dataVolume: fill({
          phase: 'ImportInProgress',
          restartCount: 3,
          conditions: [{ type: 'Running', status: 'False', reason: 'Error', message: 'the server answered 404' }],
        }),
      },
      { tone: 'attention', reason: 'the server answered 404', restarts: 3 },
    ],
    [
      'that waits for its first machine',
      { claim: claim('data', { status: { phase: 'Pending' } }), dataVolume: fill({ phase: 'WaitForFirstConsumer' }) },
      { status: 'WaitForFirstConsumer', tone: 'starting' },
    ],
    [
      'that grows',
      { claim: claim('data', { spec: { resources: { requests: { storage: '20Gi' } } } }) },
      { size: 10 * gi, growingTo: 20 * gi },
    ],
    [
      'without a claim yet',
      {
        dataVolume: fill(undefined, {
          source: { http: { url: 'https://me:secret@example.org/disk.qcow2?token=1' } },
          storage: { resources: { requests: { storage: '3Gi' } }, storageClassName: 'fast' },
        }),
      },
      {
        claim: false,
        size: 3 * gi,
        class: 'fast',
        source: 'http',
        sourceName: 'https://example.org/disk.qcow2',
        status: 'Pending',
      },
    ],
  ])('%s', (_what, given, expected) => {
    expect(volumeRow({ ...parts, ...given })).toMatchObject(expected)
  })

  it('is nothing without a claim and a DataVolume', () => {
    expect(volumeRow(parts)).toBeUndefined()
  })
})

describe('queries of storage', () => {
  const rows = ['a', 'b'].map((name, at) =>
    volumeRow({
      ...parts,
      claim: claim(name, { status: { phase: 'Bound', capacity: { storage: `${(at + 1) * 10}Gi` } } }),
      users: at === 0 ? [] : [{ name: 'web-1', running: true }],
    }),
  ) as StorageRow[]

  it.each([
    ['size>=20GiB', ['b']],
    ['used:no', ['a']],
    ['vm:web-*', ['b']],
    ['class:local status:bound', ['a', 'b']],
    ['machine:web-1', ['b']],
  ])('%s', (text, names) => {
    const fields = columnsOfTable('volumes')
    const parsed = parseQuery(text, fields)
    if (!parsed.ok) throw new Error(text)
    const matcher = compileQuery(parsed.query, fields)
    expect(rows.filter((row) => matcher.matches(row, 0)).map(({ name }) => name)).toEqual(names)
  })

  it('know only the fields of their table', () => {
    expect(parseQuery('provisioner:x', columnsOfTable('volumes')).ok).toBe(false)
    expect(parseQuery('provisioner:x', columnsOfTable('classes')).ok).toBe(true)
  })
})

function snapshot(name: string, at: number, restored: number[] = [], ready = true): SnapshotRow {
  const row = snapshotRow({
    cluster: 'here',
    snapshot: {
      apiVersion: 'snapshot.kubevirt.io/v1beta1',
      kind: 'VirtualMachineSnapshot',
      metadata: { name, namespace: 'shop' },
      spec: { source: { kind: 'VirtualMachine', name: 'web' } },
      status: { readyToUse: ready, phase: ready ? 'Succeeded' : 'Failed', creationTime: new Date(at).toISOString() },
    },
    content: undefined,
    volumes: [],
    restores: [],
    machineThere: true,
  })
  return { ...row, restored }
}

const drawn = (rows: readonly SnapshotRow[]): string[] =>
  snapshotTree(rows).map(({ snapshot: row, depth }) => '  '.repeat(depth) + (row?.name ?? 'here'))

describe('the tree of snapshots', () => {
  it.each<[string, SnapshotRow[], string[]]>([
    ['of none is the machine alone', [], ['here']],
    ['is a chain as long as nothing is put back', [snapshot('a', 1000), snapshot('b', 2000)], ['a', '  b', '    here']],
    [
      'branches where an older one was put back',
      [snapshot('a', 1000, [3000]), snapshot('b', 2000), snapshot('c', 4000)],
      ['a', '  b', '  c', '    here'],
    ],
    ['shows where one is after a restore', [snapshot('a', 1000, [3000]), snapshot('b', 2000)], ['a', '  b', '  here']],
    ['hangs nothing on what failed', [snapshot('a', 1000), snapshot('x', 2000, [], false)], ['a', '  x', '  here']],
  ])('%s', (_what, rows, expected) => {
    expect(drawn(rows)).toEqual(expected)
    expect(drawn(rows.toReversed())).toEqual(expected)
  })

  it('has every snapshot once, and the machine once, whatever was put back when', () => {
    const taken = fc.record({
      at: fc.integer({ min: 1, max: 50 }),
      restored: fc.array(fc.integer({ min: 1, max: 60 })),
    })
    fc.assert(
      fc.property(fc.array(taken, { maxLength: 12 }), (all) => {
        const rows = all.map(({ at, restored }, index) => snapshot(`s${index}`, at, restored))
        const names = snapshotTree(rows).map((line) => line.snapshot?.name ?? 'here')
        expect(names.toSorted()).toEqual([...rows.map(({ name }) => name), 'here'].toSorted())
      }),
    )
  })
})

describe('a class', () => {
  const of = {
    cluster: 'here',
    class: {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name: 'local' },
      allowVolumeExpansion: true,
    },
    profile: undefined,
    capacities: [],
    claims: [],
  }
  const capacity = (free: string, provisioned: number) => ({
    apiVersion: '',
    kind: '',
    metadata: {
      annotations: {
        'storage.berth.dev/total-bytes': String(100 * gi),
        'storage.berth.dev/allocated-bytes': String(10 * gi),
        'storage.berth.dev/provisioned-bytes': String(provisioned * gi),
      },
    },
    capacity: free,
  })

  it.each([
    ['with room', '50Gi', 20, 'Ready', 'running'],
    ['nearly full', '5Gi', 10, 'Full', 'attention'],
    ['promised more than there is', '50Gi', 80, 'OverCommitted', 'running'],
  ])('%s', (_what, free, provisioned, status, tone) => {
    const row = classRow({ ...of, capacities: [capacity(free, provisioned)], claims: [claim('a'), claim('b')] })
    expect(row).toMatchObject({ status, tone, provisioned: 20 * gi, volumes: 2, promised: provisioned * gi })
  })

  it('out of service says why', () => {
    const { metadata } = capacity('5Gi', 10)
    const annotations = { ...metadata.annotations, 'storage.berth.dev/trouble': 'a file is broken. Mend it.' }
    const row = classRow({ ...of, capacities: [{ ...capacity('5Gi', 10), metadata: { annotations } }], claims: [] })
    expect(row).toMatchObject({ status: 'OutOfService', tone: 'attention', reason: 'a file is broken. Mend it.' })
  })

  it('says what fits', () => {
    const row = { free: 20 * gi, room: 100 * gi, promised: 90 * gi }
    expect(fitOn(row, 30 * gi)).toMatchObject({ kind: 'too-large', missing: 10 * gi })
    expect(fitOn(row, 15 * gi)).toMatchObject({ kind: 'over-commits' })
    expect(fitOn(row, 5 * gi)).toMatchObject({ kind: 'fits', left: 15 * gi })
    expect(fitOn(undefined, 1)).toEqual({ kind: 'unknown' })
  })

  it('is the default by KubeVirt before Kubernetes', () => {
    const plain = { isDefault: true, isVirtDefault: false }
    const virt = { isDefault: false, isVirtDefault: true }
    expect(defaultClass([plain, virt])).toBe(virt)
    expect(defaultClass([plain])).toBe(plain)
  })
})

describe('deletion', () => {
  it('of a disk says what becomes of what it was fetched with', () => {
    const http = { url: 'https://h/x', secretRef: 'data-sign-in-x7k2p', certConfigMap: 'company' }
    const row = volumeRow({
      ...parts,
      claim: undefined,
      dataVolume: {
        apiVersion: 'cdi.kubevirt.io/v1beta1',
        kind: 'DataVolume',
        metadata: { name: 'data', namespace: 'default' },
        spec: { source: { http } },
      },
    })
    if (row === undefined) throw new Error('no row')
    expect(deletionOfVolume(row).parts).toEqual([
      { part: 'data-goes' },
      { part: 'access-goes', name: 'data-sign-in-x7k2p' },
      { part: 'access-stays', name: 'company' },
    ])
  })

  it('of a disk says whose it is and what stays', () => {
    const row = volumeRow({
      ...parts,
      claim: claim('data'),
      users: [{ name: 'web', running: false }],
      snapshots: 2,
    })
    if (row === undefined) throw new Error('no row')
    expect(deletionOfVolume(row)).toMatchObject({
      parts: [{ part: 'data-goes' }, { part: 'machine-needs', name: 'web' }, { part: 'snapshots-stay', count: 2 }],
    })
    const kept = volumeRow({
      ...parts,
      claim: claim('data'),
      class: {
        apiVersion: 'storage.k8s.io/v1',
        kind: 'StorageClass',
        metadata: { name: 'kept' },
        reclaimPolicy: 'Retain',
      },
    })
    expect(kept && deletionOfVolume(kept).parts[0]).toMatchObject({ part: 'data-stays' })
    expect(deletionOfVolume({ ...row, users: [{ name: 'web', running: true }] }).refused).toEqual({
      part: 'machine-runs',
      name: 'web',
    })
  })

  it('of a snapshot says that newer ones and the machine stay', () => {
    const [old, young] = [snapshot('a', 1000), snapshot('b', 2000)]
    expect(deletionOfSnapshot(old, [old, young]).parts).toContainEqual({ part: 'newer-stay', count: 1 })
    expect(deletionOfSnapshot(young, [old, young]).parts).not.toContainEqual({ part: 'newer-stay', count: 1 })
  })
})

describe('a policy', () => {
  const machines = [
    { name: 'web', labels: { tier: 'web' } },
    { name: 'db', labels: { tier: 'db' } },
  ]
  const policy = {
    apiVersion: 'berth.dev/v1alpha1',
    kind: 'SnapshotPolicy',
    metadata: { name: 'nightly', namespace: 'shop' },
    spec: { selector: { matchLabels: { tier: 'web' } }, schedule: '0 1 * * *', keep: { count: 7 } },
  }

  it('is for the machines it selects', () => {
    const row = policyRow({ cluster: 'here', policy, machines, snapshots: 3 })
    expect(row).toMatchObject({ machines: ['web'], status: 'Active', keepCount: 7, snapshots: 3 })
  })

  it('with a selector that can not be read is for none', () => {
    const spec = { ...policy.spec, selector: { matchExpressions: [{ key: 'a', operator: 'Near' }] } }
    expect(policyRow({ cluster: 'here', policy: { ...policy, spec }, machines, snapshots: 0 }).machines).toEqual([])
  })

  it('needs attention when a machine got no snapshot', () => {
    const status = { machines: [{ name: 'web', result: 'Failed' as const, message: 'the disk is full' }] }
    expect(policyRow({ cluster: 'here', policy: { ...policy, status }, machines, snapshots: 0 })).toMatchObject({
      tone: 'attention',
      reason: 'web: the disk is full',
    })
  })
})

describe('what is waited for', () => {
  it.each([
    ['datavolumes', { phase: 'Succeeded' }, 'reached'],
    ['datavolumes', { phase: 'ImportInProgress', progress: '5%' }, 'waiting'],
    ['datavolumes', { phase: 'Failed' }, 'hopeless'],
    [
      'persistentvolumeclaims',
      { phase: 'Bound', conditions: [{ type: 'ControllerResizeError', status: 'True', message: 'no room' }] },
      'hopeless',
    ],
    ['virtualmachinesnapshots', { readyToUse: true }, 'reached'],
    ['virtualmachinesnapshots', { phase: 'Failed', error: { message: 'deadline' } }, 'hopeless'],
    ['virtualmachinerestores', { complete: true }, 'reached'],
    ['virtualmachineclones', { phase: 'RestoreInProgress' }, 'waiting'],
    ['virtualmachineexports', { phase: 'Skipped' }, 'hopeless'],
    ['things', {}, 'reached'],
  ])('%s %o is %s', (plural, status, kind) => {
    const object = { apiVersion: '', kind: '', metadata: { name: 'x' }, status }
    expect(judgeSettled(plural, object).kind).toBe(kind)
  })

  it('an import that stumbles says over what', () => {
    const running = { type: 'Running', status: 'False', reason: 'Error', message: 'it answered 404' }
    const status = { phase: 'ImportInProgress', progress: 'N/A', conditions: [running] }
    const object = { apiVersion: '', kind: '', metadata: { name: 'x' }, status }
    expect(judgeSettled('datavolumes', object)).toEqual({ kind: 'waiting', status: 'it answered 404' })
  })

  it('a claim that has not grown yet', () => {
    const object = { ...claim('data'), spec: { resources: { requests: { storage: '20Gi' } } } }
    expect(judgeSettled('persistentvolumeclaims', object).kind).toBe('waiting')
    expect(judgeSettled('persistentvolumeclaims', claim('data')).kind).toBe('reached')
  })
})

describe('what is asked for', () => {
  it('a disk from a registry has the scheme that CDI wants', () => {
    const disk = newDisk({
      namespace: 'shop',
      name: 'd',
      size: '1Gi',
      source: { kind: 'registry', url: 'quay.io/a/b:1' },
    })
    expect(disk.spec.source).toEqual({ registry: { url: 'docker://quay.io/a/b:1' } })
  })

  it('a snapshot carries its note, a restore in place stops its machine', () => {
    const taken = newSnapshot({ namespace: 'shop', machine: 'web', name: 's', note: 'before 2.0' })
    expect(taken.metadata.annotations).toEqual({ 'berth.dev/note': 'before 2.0' })
    const restore = newRestore({ namespace: 'shop', snapshot: 's', target: 'web', name: 'r', inPlace: true })
    expect(restore.spec).toMatchObject({
      targetReadinessPolicy: 'StopTarget',
      volumeRestorePolicy: 'InPlace',
      virtualMachineSnapshotName: 's',
    })
  })
})
