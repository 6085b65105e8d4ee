import { StatusError, type KubeObject, type Resource } from '@berth/meta'
import { describe, expect, it } from 'vitest'
import type { VirtualMachine } from '../types/machine.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import { collectFacts, type FactReader } from './collect-facts.ts'
import { explain } from './explain.ts'
import type { WhyFacts } from './facts.ts'
import type { Finding } from './finding.ts'

const now = new Date('2026-01-01T12:00:00Z')
const metadata = { namespace: 'shop', name: 'web' }

function machine(change: Partial<VirtualMachine> = {}): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata,
    spec: { runStrategy: 'Always', template: { spec: { domain: { devices: {} } } } },
    status: { printableStatus: 'Starting' },
    ...change,
  }
}

function instance(change: Partial<VirtualMachineInstance> = {}): VirtualMachineInstance {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata,
    spec: { domain: { devices: {}, memory: { guest: '64Gi' } } },
    status: { phase: 'Pending' },
    ...change,
  }
}

function facts(change: Partial<WhyFacts> = {}): WhyFacts {
  return {
    machine: machine(),
    instance: undefined,
    dataVolumes: [],
    claims: [],
    sources: new Set(),
    classes: [],
    nodes: [],
    pods: [],
    events: [],
    missingInputs: [],
    unread: [],
    ...change,
  }
}

/** Kind and words of every link, causes indented. */
function told(findings: readonly Finding[], depth = 0): string[] {
  return findings.flatMap(({ about, says, because }) => [
    `${'  '.repeat(depth)}${about.kind} ${about.name}: ${says}`,
    ...told(because, depth + 1),
  ])
}

const withVolume = (volume: object): VirtualMachine =>
  machine({
    spec: {
      runStrategy: 'Always',
      template: { spec: { domain: { devices: {} }, volumes: [{ name: 'root', ...volume }] } },
    },
  })

const dataVolume = (status: object, spec: object = { source: { http: { url: 'https://images/x' } } }): never =>
  ({
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { ...metadata, name: 'disk' },
    spec,
    status,
  }) as never

const claim = (storageClassName: string, phase: string): never =>
  ({ metadata: { ...metadata, name: 'disk' }, spec: { storageClassName }, status: { phase } }) as never

const scheduledNowhere = instance({
  status: {
    phase: 'Pending',
    conditions: [
      {
        type: 'PodScheduled',
        status: 'False',
        reason: 'Unschedulable',
        message: '0/1 nodes are available: 1 Insufficient memory.',
      },
    ],
  },
})

describe('explain', () => {
  it.each<[string, Partial<WhyFacts>, string[]]>([
    [
      'a claim that is not there',
      { machine: withVolume({ persistentVolumeClaim: { claimName: 'disk' } }) },
      [
        'Volume root: The disk of volume "root" is not ready.',
        '  PersistentVolumeClaim disk: There is no PersistentVolumeClaim "disk" in namespace "shop".',
      ],
    ],
    [
      'a claim of a class that is not there',
      {
        machine: withVolume({ persistentVolumeClaim: { claimName: 'disk' } }),
        claims: [claim('fast', 'Pending')],
        classes: [{ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', metadata: { name: 'local' } }],
      },
      [
        'Volume root: The disk of volume "root" is not ready.',
        '  PersistentVolumeClaim disk: The claim is Pending.',
        '    StorageClass fast: There is no storage class "fast"; there are local.',
      ],
    ],
    [
      'an import that fails',
      {
        machine: withVolume({ dataVolume: { name: 'disk' } }),
        dataVolumes: [
          dataVolume({
            phase: 'ImportInProgress',
            conditions: [
              { type: 'Running', status: 'False', reason: 'Error', message: 'https://images/x: ECONNREFUSED' },
            ],
          }),
        ],
      },
      [
        'Volume root: The disk of volume "root" is not ready.',
        '  DataVolume disk: Filling it fails: https://images/x: ECONNREFUSED',
      ],
    ],
    [
      'an import that goes on',
      {
        machine: withVolume({ dataVolume: { name: 'disk' } }),
        dataVolumes: [dataVolume({ phase: 'ImportInProgress', progress: '41.00%' })],
      },
      [
        'Volume root: The disk of volume "root" is not ready.',
        '  DataVolume disk: It is being filled: ImportInProgress (41.00% done). The VM starts when it is whole.',
      ],
    ],
    [
      'a secret that is not there',
      { missingInputs: [{ kind: 'Secret', name: 'cloud' }] },
      ['Secret cloud: A disk is made of Secret "cloud", which is not there.'],
    ],
    [
      'no room, on a node that is closed besides',
      {
        instance: scheduledNowhere,
        nodes: [
          {
            apiVersion: 'v1',
            kind: 'Node',
            metadata: { name: 'node-1' },
            spec: { unschedulable: true },
            status: { conditions: [{ type: 'Ready', status: 'True' }] },
          },
        ],
      },
      [
        'VirtualMachineInstance web: No node can take it: 0/1 nodes are available: 1 Insufficient memory.',
        '  Node node-1: Node "node-1" is closed for new machines.',
      ],
    ],
    [
      'starts that fail',
      {
        machine: machine({
          status: {
            printableStatus: 'CrashLoopBackOff',
            startFailure: { consecutiveFailCount: 3, retryAfterTimestamp: '2026-01-01T12:00:30Z' },
          },
        }),
        events: [
          {
            apiVersion: 'v1',
            kind: 'Event',
            metadata: {},
            involvedObject: { kind: 'VirtualMachineInstance', name: 'web' },
            type: 'Warning',
            message: 'QEMU died.',
          },
        ],
      },
      [
        'VirtualMachine web: It failed to start 3 times in a row; the next attempt is in 30 s.',
        '  VirtualMachineInstance web: Its last start ended so: QEMU died.',
      ],
    ],
    [
      'a pod that the quota refuses',
      {
        instance: instance({
          status: {
            phase: 'Pending',
            conditions: [
              { type: 'Synchronized', status: 'False', reason: 'FailedCreate', message: 'exceeded quota: small' },
            ],
          },
        }),
      },
      ['VirtualMachineInstance web: Its pod is refused: exceeded quota: small'],
    ],
    [
      'an instance type that is not there',
      {
        machine: machine({
          status: {
            printableStatus: 'Stopped',
            conditions: [{ type: 'Failure', status: 'True', reason: 'FailedFindInstancetype', message: 'no u1.tiny' }],
          },
        }),
      },
      ['VirtualMachine web: The instance type it names is not there: no u1.tiny'],
    ],
    [
      'a deleted machine whose guest takes its time and that somebody holds',
      {
        machine: machine({
          metadata: { ...metadata, deletionTimestamp: '2026-01-01T11:59:50Z', finalizers: ['backup.example/hold'] },
          status: { printableStatus: 'Terminating' },
        }),
        instance: instance({
          metadata: { ...metadata, deletionTimestamp: '2026-01-01T11:59:50Z' },
          status: { phase: 'Running' },
        }),
      },
      [
        'VirtualMachine web: It is meant to be deleted, because its deletion was asked for.',
        '  VirtualMachineInstance web: The guest was asked to shut down and has 30 s for it.',
        '  VirtualMachine web: It is held by the finalizer backup.example/hold.',
      ],
    ],
  ])('traces %s', (_what, change, chain) => {
    const explanation = explain(facts(change), now)
    expect(told(explanation.findings)).toEqual(chain)
    expect(explanation.asWished).toBe(false)
  })

  it.each<[string, Partial<WhyFacts>, string[]]>([
    [
      'paused by an I/O error',
      {
        machine: machine({ status: { printableStatus: 'Paused' } }),
        instance: instance({
          status: { phase: 'Running', conditions: [{ type: 'Paused', status: 'True', reason: 'PausedIOError' }] },
        }),
      },
      ['It was stopped in its tracks because a disk could not be written or read.'],
    ],
    [
      'running with an older spec, on a node without KVM',
      {
        machine: machine({
          status: {
            printableStatus: 'Running',
            conditions: [{ type: 'RestartRequired', status: 'True', message: 'cores changed' }],
          },
        }),
        instance: instance({
          status: { phase: 'Running', nodeName: 'node-1', conditions: [{ type: 'Ready', status: 'True' }] },
        }),
        nodes: [
          {
            apiVersion: 'v1',
            kind: 'Node',
            metadata: { name: 'node-1' },
            status: { conditions: [{ type: 'SoftwareEmulation', status: 'True', message: 'no /dev/kvm' }] },
          },
        ],
      },
      [
        'It runs with an older spec than it has now: cores changed',
        'Its guest is emulated and slow, because KVM does not work on this node: no /dev/kvm',
      ],
    ],
  ])('remarks on a machine that is %s', (_what, change, says) => {
    expect(explain(facts(change), now).findings.map((each) => each.says)).toEqual(says)
  })

  it('leaves no chain without a remedy, but where waiting is the remedy', () => {
    const { findings } = explain(
      facts({ missingInputs: [{ kind: 'Secret', name: 'cloud' }], instance: scheduledNowhere }),
      now,
    )
    for (const each of findings) expect(each.remedy ?? each.because.at(-1)?.remedy).toBeDefined()
  })

  it('says that a stopped machine is as it should be, and why', () => {
    const halted = machine({
      spec: { runStrategy: 'Halted', template: { spec: { domain: { devices: {} } } } },
      status: { printableStatus: 'Stopped' },
    })
    const explanation = explain(facts({ machine: halted }), now)
    expect(explanation).toMatchObject({ asWished: true, wished: 'stopped', findings: [] })
    expect(explanation.wishedBecause).toBe('its run strategy is Halted')
  })
})

describe('collectFacts', () => {
  const reader = (objects: Record<string, KubeObject>, forbidden: string[] = []): FactReader => ({
    async get<T extends KubeObject>({ kind }: Resource<T>, { name }: { name: string }): Promise<T> {
      if (forbidden.includes(kind)) throw new StatusError('Forbidden', `${kind} is forbidden`)
      const found = objects[`${kind}/${name}`]
      if (found === undefined) throw new StatusError('NotFound', `${kind} "${name}" not found`)
      // Put there by the test under this kind.
      return found as T
    },
    async list({ kind }) {
      if (forbidden.includes(kind)) throw new StatusError('Forbidden', `${kind} is forbidden`)
      return { items: [] }
    },
  })
  const target = { namespace: 'shop', name: 'web' }

  it('is nothing for a machine that is not there', async () => {
    expect(await collectFacts(reader({}), target)).toBeUndefined()
  })

  it('names what may not be read, and raises no alarm about it', async () => {
    const there = withVolume({ secret: { secretName: 'keys' } })
    const read = reader({ 'VirtualMachine/web': there }, ['Node', 'Secret'])
    const collected = await collectFacts(read, target)
    expect(collected?.unread.map(({ what }) => what).sort()).toEqual(['Secret "keys"', 'nodes'])
    expect(collected?.missingInputs).toEqual([])
  })

  it('finds the secrets that are not there', async () => {
    const collected = await collectFacts(
      reader({ 'VirtualMachine/web': withVolume({ secret: { secretName: 'keys' } }) }),
      target,
    )
    expect(collected?.missingInputs).toEqual([{ kind: 'Secret', name: 'keys' }])
  })

  it('passes on that the machine itself may not be read', async () => {
    await expect(collectFacts(reader({}, ['VirtualMachine']), target)).rejects.toMatchObject({ code: 'Forbidden' })
  })
})
