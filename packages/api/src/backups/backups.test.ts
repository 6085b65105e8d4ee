import { describe, expect, it } from 'vitest'
import type { TrackingState, VirtualMachineBackup } from '../types/backup.ts'
import type { TypedReference } from '../types/core.ts'
import { backupConditions, isBackupOver, quiescedCondition, type BackupStage } from './conditions.ts'
import { backedUpVolumes, machineTracking, wantsTracking, type TrackingSelectors } from './tracking.ts'
import { validateBackup, validateBackupTracker } from './validate.ts'

const now = new Date('2026-01-01T00:00:00Z')
const machine: TypedReference = { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: 'db' }
const tracker: TypedReference = { apiGroup: 'backup.kubevirt.io', kind: 'VirtualMachineBackupTracker', name: 'db' }

function backup(spec: Partial<VirtualMachineBackup['spec']> = {}, stage?: BackupStage): VirtualMachineBackup {
  return {
    apiVersion: 'backup.kubevirt.io/v1alpha1',
    kind: 'VirtualMachineBackup',
    metadata: { name: 'monday', namespace: 'default' },
    spec: { source: machine, pvcName: 'backups', ...spec },
    ...(stage === undefined ? {} : { status: { conditions: backupConditions([], stage, now) } }),
  }
}

describe('counting the writes of machines', () => {
  it.each<[string, TrackingSelectors | undefined, boolean]>([
    ['nobody asks', undefined, false],
    ['selectors that say nothing', {}, false],
    ['by the machine', { virtualMachineLabelSelector: { matchLabels: { backup: 'yes' } } }, true],
    ['by another label', { virtualMachineLabelSelector: { matchLabels: { backup: 'no' } } }, false],
    ['by the namespace', { namespaceLabelSelector: { matchLabels: { team: 'a' } } }, true],
    [
      'by either',
      {
        virtualMachineLabelSelector: { matchLabels: { backup: 'no' } },
        namespaceLabelSelector: { matchExpressions: [{ key: 'team', operator: 'Exists' }] },
      },
      true,
    ],
  ])('is asked for: %s', (_, selectors, expected) => {
    expect(wantsTracking(selectors, { machine: { backup: 'yes' }, namespace: { team: 'a' } })).toBe(expected)
  })

  // gate, asked for, the machine's state, its instance's: the next state
  it.each<[boolean, boolean, TrackingState, TrackingState | undefined, TrackingState | undefined]>([
    [true, true, '', undefined, 'Initializing'],
    [true, true, '', '', 'PendingRestart'],
    [true, true, 'PendingRestart', 'Enabled', 'Enabled'],
    [true, true, 'PendingRestart', 'Initializing', 'Initializing'],
    [true, true, 'PendingRestart', 'Disabled', 'PendingRestart'],
    [true, true, 'Disabled', undefined, 'Initializing'],
    [true, true, 'Initializing', 'Enabled', 'Enabled'],
    [true, true, 'Enabled', 'Initializing', 'Initializing'],
    [true, true, 'Enabled', undefined, 'Enabled'],
    [true, true, 'IncrementalBackupFeatureGateDisabled', 'Enabled', 'PendingRestart'],
    [true, false, '', undefined, undefined],
    [true, false, 'Disabled', 'Enabled', 'Disabled'],
    [true, false, 'Enabled', undefined, 'Disabled'],
    [true, false, 'Enabled', 'Disabled', 'Disabled'],
    [true, false, 'Enabled', 'Enabled', 'PendingRestart'],
    [false, true, 'Enabled', undefined, 'IncrementalBackupFeatureGateDisabled'],
    [false, false, 'Enabled', undefined, undefined],
    [false, true, 'Enabled', 'Enabled', 'PendingRestart'],
    [false, true, '', 'Enabled', undefined],
    [false, true, 'IncrementalBackupFeatureGateDisabled', 'Enabled', 'IncrementalBackupFeatureGateDisabled'],
  ])('gate %s, asked for %s: %s with an instance that is %s becomes %s', (enabled, wanted, from, instance, to) => {
    expect(machineTracking({ enabled, wanted, machine: from, instance })).toBe(to)
  })

  it('takes disks that last, and nothing else', () => {
    const volumes = [
      { name: 'root', dataVolume: { name: 'root' } },
      { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
      { name: 'file', hostDisk: { path: '/srv/a.img', type: 'Disk' as const } },
      { name: 'init', cloudInitNoCloud: {} },
      { name: 'scratch', emptyDisk: { capacity: '1Gi' } },
      { name: 'image', containerDisk: { image: 'a' } },
    ]
    expect(backedUpVolumes({ volumes })).toEqual(['root', 'data', 'file'])
    expect(backedUpVolumes({})).toEqual([])
  })
})

describe('admission of backups', () => {
  it.each<[string, Partial<VirtualMachineBackup['spec']>, string[]]>([
    ['a machine', {}, []],
    ['a tracker', { source: tracker }, []],
    ['no group', { source: { kind: 'VirtualMachine', name: 'db' } }, ['apiGroup is required']],
    [
      'another group',
      { source: { apiGroup: 'apps', kind: 'VirtualMachine', name: 'db' } },
      [
        'apiGroup must be kubevirt.io or backup.kubevirt.io',
        'kind must be VirtualMachine for kubevirt.io or VirtualMachineBackupTracker for backup.kubevirt.io',
      ],
    ],
    ['no name', { source: { ...machine, name: '' } }, ['name is required']],
    ['no claim', { pvcName: '' }, ['pvcName is required']],
    ['pull without a token', { mode: 'Pull' }, ['tokenSecretRef is required when mode is Pull']],
    ['pull', { mode: 'Pull', tokenSecretRef: 'token' }, []],
  ])('%s', (_, spec, messages) => {
    const causes = validateBackup(backup(spec), undefined, [])
    expect(causes.map(({ message }) => message)).toEqual(messages.map((text) => `Invalid value: "object": ${text}`))
  })

  it('one backup of a machine at a time', () => {
    const other = backup({}, { stage: 'running' })
    expect(validateBackup(backup(), undefined, [other])).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'spec.source',
        message: 'VirtualMachineBackup "monday" in progress for source',
      },
    ])
    expect(validateBackup(backup(), undefined, [backup({}, { stage: 'complete' })])).toEqual([])
    expect(validateBackup(backup({ source: tracker }), undefined, [other])).toEqual([])
  })

  it('nothing of a spec changes', () => {
    expect(validateBackup(backup(), backup(), [])).toEqual([])
    expect(validateBackup(backup({ skipQuiesce: true }), backup(), [])).toEqual([
      {
        reason: 'FieldValueInvalid',
        field: 'spec',
        message: 'Invalid value: "object": spec is immutable after creation',
      },
    ])
  })

  it.each<[TypedReference, string[]]>([
    [machine, []],
    [tracker, ['apiGroup must be kubevirt.io', 'kind must be VirtualMachine']],
    [{ ...machine, name: '' }, ['name is required']],
  ])('a tracker of %o', (source, messages) => {
    const causes = validateBackupTracker(
      {
        apiVersion: 'backup.kubevirt.io/v1alpha1',
        kind: 'VirtualMachineBackupTracker',
        metadata: { name: 'db' },
        spec: { source },
      },
      undefined,
    )
    expect(causes.map(({ message }) => message)).toEqual(messages.map((text) => `Invalid value: "object": ${text}`))
  })
})

describe('where a backup stands', () => {
  it.each<[BackupStage, string[], boolean]>([
    [
      { stage: 'initializing', why: 'vm db is not running, cannot do backup' },
      ['Progressing=True Initializing'],
      false,
    ],
    [{ stage: 'running' }, ['Progressing=True Initiated'], false],
    [{ stage: 'aborting' }, ['Progressing=True Aborting'], false],
    [
      { stage: 'failed', reason: 'SourceLost', why: 'gone' },
      ['Failed=True SourceLost', 'Progressing=False SourceLost'],
      true,
    ],
    [{ stage: 'complete' }, ['Complete=True Completed', 'Progressing=False Completed'], true],
    [
      { stage: 'complete', warning: 'no agent' },
      ['Complete=True CompletedWithWarning', 'Progressing=False CompletedWithWarning'],
      true,
    ],
  ])('%o', (stage, expected, over) => {
    const conditions = backupConditions([], stage, now)
    expect(conditions.map(({ type, status, reason }) => `${type}=${status} ${reason ?? ''}`)).toEqual(expected)
    expect(isBackupOver(backup({}, stage))).toBe(over)
  })

  it('says whether the guest stood still', () => {
    expect(quiescedCondition([], 'Failed', now)).toMatchObject([
      { type: 'Quiesced', status: 'False', reason: 'QuiesceFailed' },
    ])
  })
})
