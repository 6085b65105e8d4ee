import { describe, expect, it } from 'vitest'
import { standaloneMachine, type DataVolume, type VirtualMachine, type VirtualMachineInstance } from '@berth/api'
import type { KubeObject } from '@berth/meta'
import { columnOf, facetValues } from './column.ts'
import { machineRow, type MachineParts } from './machine-row.ts'
import { deploymentRow, podRow, slimPod, type DeploymentObject, type PodObject } from './pod-row.ts'
import { rowDetail } from './row-detail.ts'
import { slimClaim, slimDataVolume, slimInstance, slimMachine, type ClaimObject } from './slim.ts'
import { compareKeys, naturalKey } from './sort-key.ts'

const now = new Date('2026-01-01T00:00:00Z')
const metadata = { namespace: 'shop', name: 'web', uid: 'u', creationTimestamp: '2025-12-31T00:00:00Z' }

function machine(
  change: Partial<VirtualMachine['spec']> = {},
  status: VirtualMachine['status'] = { printableStatus: 'Stopped' },
): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { ...metadata, labels: { app: 'web' }, annotations: { long: 'x'.repeat(1000) } },
    spec: {
      runStrategy: 'Halted',
      template: { spec: { domain: { cpu: { cores: 2, sockets: 2 }, memory: { guest: '2Gi' }, devices: {} } } },
      ...change,
    },
    status,
  }
}

function instance(
  status: VirtualMachineInstance['status'],
  spec: Partial<VirtualMachineInstance['spec']> = {},
): VirtualMachineInstance {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata,
    spec: { domain: { cpu: { cores: 4 }, memory: { guest: '4Gi' }, devices: {} }, ...spec },
    status,
  }
}

function parts(change: Partial<MachineParts> = {}): MachineParts {
  const given: MachineParts = {
    cluster: 'c1',
    machine: machine(),
    standalone: false,
    instance: undefined,
    migration: undefined,
    claims: [],
    dataVolumes: [],
    instancetype: undefined,
    hidden: { instances: false, claims: false, dataVolumes: false },
    ...change,
  }
  // Rows are made from what the watches keep.
  return {
    ...given,
    machine: slimMachine(given.machine),
    instance: given.instance === undefined ? undefined : slimInstance(given.instance),
    claims: given.claims.map(slimClaim),
    dataVolumes: given.dataVolumes.map(slimDataVolume),
  }
}

const running = instance({
  phase: 'Running',
  nodeName: 'n1',
  interfaces: [{ ipAddress: '10.0.0.7', ipAddresses: ['10.0.0.7', 'fd00::7'] }],
  guestOSInfo: { prettyName: 'Debian GNU/Linux 12', id: 'debian' },
  conditions: [{ type: 'AgentConnected', status: 'True' }],
})
const disk = { name: 'root', dataVolume: { name: 'web-root' } }
const claim = (phase: string): ClaimObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { namespace: 'shop', name: 'web-root' },
  spec: { storageClassName: 'local', resources: { requests: { storage: '10Gi' } } },
  status: { phase, capacity: { storage: '11Gi' } },
})
const volume = (status: DataVolume['status']): DataVolume => ({
  apiVersion: 'cdi.kubevirt.io/v1beta1',
  kind: 'DataVolume',
  metadata: { namespace: 'shop', name: 'web-root' },
  spec: { storage: { resources: { requests: { storage: '9Gi' } } } },
  ...(status === undefined ? {} : { status }),
})
const withDisk = machine({ template: { spec: { domain: { devices: {} }, volumes: [disk] } } })

describe('the row of a machine', () => {
  it('is flat, and knows what stands still', () => {
    expect(machineRow(parts())).toEqual({
      key: 'c1/VirtualMachine/shop/web',
      cluster: 'c1',
      kind: 'VirtualMachine',
      namespace: 'shop',
      name: 'web',
      uid: 'u',
      status: 'Stopped',
      tone: 'stopped',
      addresses: [],
      cpus: 4,
      memory: 2 * 2 ** 30,
      created: Date.parse('2025-12-31T00:00:00Z'),
      labels: { app: 'web' },
      networks: ['pod'],
      storageClasses: [],
      has: [],
      restartRequired: false,
      deleting: false,
    })
  })

  it.each<[string, Partial<MachineParts>, object]>([
    [
      'what runs',
      { machine: machine({}, { printableStatus: 'Running' }), instance: running },
      {
        tone: 'running',
        node: 'n1',
        os: 'Debian GNU/Linux 12',
        addresses: ['10.0.0.7', 'fd00::7'],
        cpus: 4,
        memory: 4 * 2 ** 30,
        has: ['agent'],
      },
    ],
    [
      'processors that were plugged',
      { instance: instance({ phase: 'Running', currentCPUTopology: { sockets: 6 }, memory: { guestCurrent: '6Gi' } }) },
      { cpus: 6, memory: 6 * 2 ** 30 },
    ],
    [
      'an instance type',
      {
        machine: machine({ instancetype: { name: 'u1.small' }, template: { spec: { domain: { devices: {} } } } }),
        instancetype: { cpu: { guest: 1 }, memory: { guest: '2Gi' } },
      },
      { instancetype: 'u1.small', cpus: 1, memory: 2 * 2 ** 30 },
    ],
    [
      'a migration',
      {
        machine: machine({}, { printableStatus: 'Running' }),
        instance: running,
        migration: { apiVersion: '', kind: '', metadata: {}, spec: { vmiName: 'web' }, status: { phase: 'Running' } },
      },
      { status: 'Migrating', tone: 'migrating' },
    ],
    [
      'a pause because of a disk',
      {
        machine: machine({}, { printableStatus: 'Paused' }),
        instance: instance({
          phase: 'Running',
          conditions: [{ type: 'Paused', status: 'True', reason: 'PausedIOError' }],
        }),
      },
      { status: 'Paused', tone: 'attention' },
    ],
    ['a guest that ended badly', { instance: instance({ phase: 'Failed' }) }, { status: 'Stopped', tone: 'attention' }],
    [
      'a state of a newer server',
      { machine: machine({}, { printableStatus: 'constructor' as 'Running' }) },
      { tone: 'attention' },
    ],
    ['no status yet', { machine: { ...machine(), status: {} } }, { status: 'Stopped' }],
    [
      'its disks',
      { machine: withDisk, claims: [claim('Bound')] },
      { storage: 11 * 2 ** 30, storageClasses: ['local'] },
    ],
    ['disks that are being made', { machine: withDisk, dataVolumes: [volume(undefined)] }, { storage: 9 * 2 ** 30 }],
    [
      'its networks',
      {
        machine: machine({
          template: {
            spec: {
              domain: { devices: {} },
              networks: [
                { name: 'a', pod: {} },
                { name: 'b', multus: { networkName: 'lab/blue' } },
              ],
            },
          },
        }),
      },
      { networks: ['pod', 'lab/blue'] },
    ],
    [
      'its devices',
      {
        machine: machine({
          template: {
            spec: {
              domain: {
                firmware: { bootloader: { efi: {} } },
                devices: {
                  tpm: {},
                  gpus: [{ name: 'g', deviceName: 'x' }],
                  disks: [{ name: 'cd', cdrom: { bus: 'sata' } }],
                },
              },
              volumes: [{ name: 'init', cloudInitNoCloud: { userData: 'secret' } }],
            },
          },
        }),
      },
      { has: ['gpu', 'tpm', 'efi', 'secureboot', 'cdrom', 'cloudinit'] },
    ],
    [
      'an instance alone',
      { machine: standaloneMachine(running), instance: running, standalone: true },
      { kind: 'VirtualMachineInstance', key: 'c1/VirtualMachineInstance/shop/web', status: 'Running' },
    ],
    [
      'sizes that are none',
      { machine: machine({ template: { spec: { domain: { memory: { guest: 'much' }, devices: {} } } } }) },
      { cpus: 1 },
    ],
  ])('shows %s', (_, given, expected) => {
    expect(machineRow(parts(given))).toMatchObject(expected)
  })

  it('survives an object that says next to nothing', () => {
    const bare = { apiVersion: 'kubevirt.io/v1', kind: 'VirtualMachine', metadata: {}, spec: {} } as VirtualMachine
    expect(machineRow({ ...parts(), machine: slimMachine(bare) })).toMatchObject({ name: '', cpus: 1 })
  })

  it('is made from objects without secrets and long texts', () => {
    const whole = machine({
      template: {
        spec: { domain: { devices: {} }, volumes: [{ name: 'i', cloudInitNoCloud: { userData: 'top secret' } }] },
      },
    })
    const text = JSON.stringify(slimMachine(whole))
    expect(text).not.toContain('top secret')
    expect(text).not.toContain('xxx')
  })
})

describe('what is worked out for rows that are seen', () => {
  const detail = (given: Partial<MachineParts>, tone: Parameters<typeof rowDetail>[1] = 'attention') =>
    rowDetail(parts(given), tone, now)

  it('refuses actions in the words of the server', () => {
    expect(detail({}, 'stopped').refused).toMatchObject({
      stop: 'VM is not running',
      pause: 'VMI is not started',
      restart: 'RunStategy Halted does not support manual restart requests',
    })
    expect(detail({}, 'stopped').refused).not.toHaveProperty('start')
    expect(detail({ machine: machine({ runStrategy: 'Always' }), instance: running }, 'running').refused).toMatchObject(
      {
        start: 'VM is already running',
        unpause: 'VMI is not paused',
      },
    )
  })

  it('refuses nothing when the instance may not be seen', () => {
    expect(detail({ hidden: { instances: true, claims: false, dataVolumes: false } }).refused).toEqual({})
  })

  it.each<[string, Partial<MachineParts>, string | undefined]>([
    [
      'a claim that is missing',
      {
        machine: {
          ...withDisk,
          spec: { ...withDisk.spec, runStrategy: 'Always' },
          status: { printableStatus: 'ErrorPvcNotFound' },
        },
      },
      'There is no DataVolume "web-root" in namespace "shop".',
    ],
    [
      'an import under way',
      {
        machine: {
          ...withDisk,
          spec: { ...withDisk.spec, runStrategy: 'Always' },
          status: { printableStatus: 'Provisioning' },
        },
        dataVolumes: [volume({ phase: 'ImportInProgress', progress: '41.00%' })],
      },
      'It is being filled: ImportInProgress (41.00% done). The VM starts when it is whole.',
    ],
    [
      'no room',
      {
        machine: machine({ runStrategy: 'Always' }, { printableStatus: 'ErrorUnschedulable' }),
        instance: instance({
          phase: 'Scheduling',
          conditions: [
            {
              type: 'PodScheduled',
              status: 'False',
              reason: 'Unschedulable',
              message: '0/1 nodes are available: 1 Insufficient memory.',
            },
          ],
        }),
      },
      'No node can take it: 0/1 nodes are available: 1 Insufficient memory.',
    ],
  ])('says in a sentence that there is %s', (_, given, reason) => {
    expect(detail(given).reason).toBe(reason)
  })

  it('says nothing of claims that the reader may not list', () => {
    const hidden = { instances: false, claims: true, dataVolumes: true }
    const starting = {
      ...withDisk,
      spec: { ...withDisk.spec, runStrategy: 'Always' as const },
      status: { printableStatus: 'Starting' as const },
    }
    expect(detail({ machine: starting, hidden }, 'starting').reason).not.toContain('web-root')
  })

  it('says nothing of what is well', () => {
    expect(detail({}, 'stopped')).not.toHaveProperty('reason')
  })
})

describe('rows of containers', () => {
  const object = (kind: string): KubeObject => ({ apiVersion: 'v1', kind, metadata: { ...metadata, labels: {} } })
  const pod = (status: PodObject['status'], deleted = false): PodObject => {
    const plain = object('Pod')
    return {
      ...plain,
      metadata: { ...plain.metadata, ...(deleted ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}) },
      spec: {
        nodeName: 'n1',
        containers: [{ name: 'a', resources: { requests: { cpu: '500m', memory: '1Gi' } } }, { name: 'b' }],
      },
      ...(status === undefined ? {} : { status }),
    }
  }
  it.each<[string, PodObject, object]>([
    [
      'runs',
      pod({ phase: 'Running', podIPs: [{ ip: '10.1.0.2' }] }),
      { status: 'Running', tone: 'running', addresses: ['10.1.0.2'], cpus: 0.5, memory: 2 ** 30 },
    ],
    [
      'crashes',
      pod({
        phase: 'Running',
        containerStatuses: [{ state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s' } } }],
      }),
      { status: 'CrashLoopBackOff', tone: 'attention', reason: 'back-off 5m0s' },
    ],
    [
      'begins',
      pod({ phase: 'Pending', containerStatuses: [{ state: { waiting: { reason: 'ContainerCreating' } } }] }),
      { status: 'Pending', tone: 'starting' },
    ],
    [
      'fits nowhere',
      pod({ phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', message: 'no nodes' }] }),
      { tone: 'attention', reason: 'no nodes' },
    ],
    ['goes', pod({ phase: 'Running' }, true), { status: 'Terminating', tone: 'starting', deleting: true }],
    ['says nothing', pod(undefined), { status: 'Unknown', tone: 'attention' }],
  ])('a pod that %s', (_, given, expected) => {
    expect(podRow('c1', slimPod(given))).toMatchObject(expected)
  })
  it.each<[string, Omit<DeploymentObject, keyof KubeObject>, object]>([
    ['is whole', { spec: { replicas: 2 }, status: { readyReplicas: 2 } }, { status: 'Running', tone: 'running' }],
    [
      'is coming up',
      { spec: { replicas: 2 }, status: { readyReplicas: 1 } },
      { status: 'Starting', reason: '1 of 2 pods are ready.' },
    ],
    ['is scaled to none', { spec: { replicas: 0 } }, { status: 'Stopped', tone: 'stopped' }],
    [
      'is stuck',
      { spec: {}, status: { conditions: [{ type: 'Progressing', status: 'False', message: 'deadline' }] } },
      { tone: 'attention', reason: 'deadline' },
    ],
  ])('a deployment that %s', (_, given, expected) => {
    expect(deploymentRow('c1', { ...object('Deployment'), ...given })).toMatchObject(expected)
  })
})

describe('order', () => {
  it('counts as people do', () => {
    const names = ['web-10', 'web-9', 'Web-1', 'web-01', 'web', 'db-100', 'db-20', 'web-1a', 'a1b2', 'a1b10', '7', '10']
    const sorted = names.toSorted((a, b) =>
      naturalKey(a) < naturalKey(b) ? -1 : naturalKey(a) > naturalKey(b) ? 1 : 0,
    )
    expect(sorted).toEqual([
      '7',
      '10',
      'a1b2',
      'a1b10',
      'db-20',
      'db-100',
      'web',
      'Web-1',
      'web-01',
      'web-1a',
      'web-9',
      'web-10',
    ])
  })

  it.each([
    [1, 2, false, -1],
    [1, 2, true, 1],
    [undefined, 2, false, 1],
    [undefined, 2, true, 1],
    ['a', undefined, true, -1],
    [undefined, undefined, false, 0],
  ])('of %s and %s, descending %s, is %i', (left, right, descending, order) => {
    expect(compareKeys(left, right, descending)).toBe(order)
  })

  it('finds columns by their other names, and labels', () => {
    const row = machineRow(parts())
    expect(columnOf('ns')?.id).toBe('namespace')
    expect(columnOf('label:app')?.value(row)).toBe('web')
    expect(columnOf('label:toString')?.value(row)).toBeUndefined()
    expect(columnOf('label:')).toBeUndefined()
    expect(columnOf('constructor')).toBeUndefined()
    const values = ['node', 'network', 'restart'].map((id) => {
      const column = columnOf(id)
      return column === undefined ? [] : facetValues(column, row)
    })
    expect(values).toEqual([[''], ['pod'], ['no']])
  })
})
