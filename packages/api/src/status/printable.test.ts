import { describe, expect, it } from 'vitest'
import { exampleInstance, exampleMachine } from '../testing/examples.ts'
import type { DataVolume } from '../types/data-volume.ts'
import type { PersistentVolumeClaim } from '../types/core.ts'
import type { PrintableStatus, VirtualMachine } from '../types/machine.ts'
import { printableRules, printableStatus, type PrintableInput } from './printable.ts'

const halted = exampleMachine('Halted')
const always = exampleMachine('Always')

function withVolume(machine: VirtualMachine): VirtualMachine {
  const copy = structuredClone(machine)
  copy.spec.dataVolumeTemplates = [{ metadata: { name: 'disk' }, spec: { source: { blank: {} }, storage: {} } }]
  copy.spec.template.spec.volumes = [{ name: 'a', dataVolume: { name: 'disk' } }]
  return copy
}

function volume(status: DataVolume['status']): DataVolume {
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name: 'disk' },
    spec: {},
    ...(status === undefined ? {} : { status }),
  }
}

function claim(phase: 'Pending' | 'Bound'): PersistentVolumeClaim {
  return { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { name: 'disk' }, spec: {}, status: { phase } }
}

function falseWith(type: string, reason: string) {
  return { conditions: [{ type, status: 'False', reason }] }
}

function deleted(machine: VirtualMachine): VirtualMachine {
  return { ...machine, metadata: { ...machine.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } }
}

const cases: [PrintableStatus, string, Partial<PrintableInput>][] = [
  ['Terminating', 'machine deleted', { machine: deleted(always), instance: exampleInstance('Running') }],
  ['Stopping', 'instance deleted', { instance: exampleInstance('Running', { deleted: true }) }],
  ['Stopping', 'delete just issued', { instance: exampleInstance('Running'), justDeleted: true }],
  [
    'Paused',
    'running and paused',
    { instance: exampleInstance('Running', { conditions: [{ type: 'Paused', status: 'True' }] }) },
  ],
  ['Running', 'running', { instance: exampleInstance('Running') }],
  [
    'ErrorPvcNotFound',
    'claim missing',
    { instance: exampleInstance('Pending', falseWith('Synchronized', 'FailedPvcNotFound')) },
  ],
  ['DataVolumeError', 'volume failed', { machine: withVolume(always), dataVolumes: [volume({ phase: 'Failed' })] }],
  [
    'DataVolumeError',
    'import error',
    {
      machine: withVolume(always),
      dataVolumes: [
        volume({ phase: 'ImportInProgress', conditions: [{ type: 'Running', status: 'False', reason: 'Error' }] }),
      ],
    },
  ],
  [
    'ErrorUnschedulable',
    'no node',
    { instance: exampleInstance('Scheduling', falseWith('PodScheduled', 'Unschedulable')) },
  ],
  ['Provisioning', 'importing', { machine: withVolume(always), dataVolumes: [volume({ phase: 'ImportInProgress' })] }],
  [
    'Provisioning',
    'importing although halted',
    { machine: withVolume(halted), dataVolumes: [volume({ phase: 'ImportInProgress' })] },
  ],
  [
    'WaitingForVolumeBinding',
    'waits for its consumer',
    {
      machine: withVolume(always),
      dataVolumes: [volume({ phase: 'WaitForFirstConsumer' })],
      claims: [claim('Pending')],
    },
  ],
  ['ErrImagePull', 'image', { instance: exampleInstance('Scheduling', falseWith('Synchronized', 'ErrImagePull')) }],
  [
    'ImagePullBackOff',
    'image again',
    { instance: exampleInstance('Scheduling', falseWith('Synchronized', 'ImagePullBackOff')) },
  ],
  ['Starting', 'phase unset', { instance: exampleInstance() }],
  ['Starting', 'Pending', { instance: exampleInstance('Pending') }],
  ['Starting', 'Scheduled', { instance: exampleInstance('Scheduled') }],
  ['Starting', 'create just issued', { machine: exampleMachine('Manual'), justCreated: true }],
  ['Starting', 'start not seen yet', { machine: always }],
  [
    'CrashLoopBackOff',
    'failed to start',
    { machine: exampleMachine('Always', { startFailure: { consecutiveFailCount: 1 } }) },
  ],
  [
    'CrashLoopBackOff',
    'failed instance still there',
    {
      machine: exampleMachine('Always', { startFailure: { consecutiveFailCount: 2 } }),
      instance: exampleInstance('Failed'),
    },
  ],
  ['Stopped', 'halted', { machine: halted }],
  [
    'Stopped',
    'halted with bound volume',
    { machine: withVolume(halted), dataVolumes: [volume({ phase: 'Succeeded' })], claims: [claim('Bound')] },
  ],
  ['Stopped', 'final instance', { machine: exampleMachine('Manual'), instance: exampleInstance('Succeeded') }],
  ['WaitingForReceiver', 'receiver', { machine: exampleMachine('WaitAsReceiver') }],
  ['Unknown', 'node lost', { instance: exampleInstance('Unknown') }],
]

describe('printableStatus', () => {
  it.each(cases)('%s: %s', (status, _why, input) => {
    expect(printableStatus({ machine: always, instance: undefined, dataVolumes: [], claims: [], ...input })).toBe(
      status,
    )
  })

  it('is Migrating between start and end of a migration', () => {
    const instance = exampleInstance('Running')
    instance.status = { ...instance.status, migrationState: { startTimestamp: '2026-01-01T00:00:00Z' } }
    const input = { machine: always, instance, dataVolumes: [], claims: [] }
    expect(printableStatus(input)).toBe('Migrating')
    instance.status.migrationState = { startTimestamp: '2026-01-01T00:00:00Z', endTimestamp: '2026-01-01T00:00:01Z' }
    expect(printableStatus(input)).toBe('Running')
  })

  it('keeps the order of KubeVirt, and every status is tried here', () => {
    const order = printableRules.map(({ status }) => status)
    expect(order).toEqual([
      'Terminating',
      'Stopping',
      'Migrating',
      'Paused',
      'Running',
      'ErrorPvcNotFound',
      'DataVolumeError',
      'ErrorUnschedulable',
      'Provisioning',
      'WaitingForVolumeBinding',
      'ErrImagePull',
      'ImagePullBackOff',
      'Starting',
      'CrashLoopBackOff',
      'Stopped',
      'WaitingForReceiver',
    ])
    const tried = new Set<string>([...cases.map(([status]) => status), 'Migrating'])
    expect(order.filter((status) => !tried.has(status))).toEqual([])
  })
})
