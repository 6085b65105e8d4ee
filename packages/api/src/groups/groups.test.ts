import { describe, expect, it } from 'vitest'
import type { VirtualMachinePool } from '../types/group.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { VirtualMachine } from '../types/machine.ts'
import { replicaMembers, surplus } from './members.ts'
import { isIll, maxUnavailable } from './pool-health.ts'
import { indexedSpec, newPoolNames, poolIndex } from './pool-names.ts'
import { selectedByPolicy, sortedByPolicy } from './pool-selection.ts'
import { instanceUpdate, isOutdatedMachine, poolRevisionLabel, type PoolSpec } from './pool-update.ts'

const domain = { devices: {} }

function pool(change: Partial<PoolSpec> = {}): VirtualMachinePool {
  return {
    apiVersion: 'pool.kubevirt.io/v1beta1',
    kind: 'VirtualMachinePool',
    metadata: { name: 'web', generation: 2 },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      virtualMachineTemplate: { metadata: { labels: { app: 'web' } }, spec: { template: { spec: { domain } } } },
      ...change,
    },
  }
}

function machine(name: string, change: Partial<VirtualMachine> = {}): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name },
    spec: { template: { spec: { domain } } },
    ...change,
  }
}

const names = (machines: readonly { metadata: { name?: string } }[]): (string | undefined)[] =>
  machines.map(({ metadata }) => metadata.name)

describe('members of a replica set', () => {
  const instance = (name: string, change: object): VirtualMachineInstance => ({
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name },
    spec: { domain },
    ...change,
  })

  it('are those that run or will; the ended are replaced, the deleted are nobody', () => {
    const { active, finished } = replicaMembers([
      instance('runs', { status: { phase: 'Running' } }),
      instance('new', {}),
      instance('ended', { status: { phase: 'Succeeded' } }),
      instance('leaving', {
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'False', reason: 'PodTerminating' }] },
      }),
      instance('deleted', { metadata: { name: 'deleted', deletionTimestamp: '2026-01-01T00:00:00Z' } }),
    ])
    expect(names(active)).toEqual(['runs', 'new'])
    expect(names(finished)).toEqual(['ended', 'leaving'])
  })

  it.each([
    [{}, 0, -1],
    [{ replicas: 3 }, 5, 2],
    [{ replicas: 0 }, 0, 0],
  ])('%j with %i present is %i too many', (spec, present, expected) => {
    expect(surplus(spec, present)).toBe(expected)
  })
})

describe('names in a pool', () => {
  it('are the lowest that are free', () => {
    const taken = new Set(['web-0', 'web-2'])
    expect(newPoolNames('web', 3, (name) => taken.has(name))).toEqual(['web-1', 'web-3', 'web-4'])
  })

  it.each([
    ['web-12', 12],
    ['web', undefined],
    ['web-a1', undefined],
  ])('%s has number %s', (name, index) => {
    expect(poolIndex(name)).toBe(index)
  })

  const spec = (nameGeneration?: PoolSpec['nameGeneration']): PoolSpec =>
    pool({
      ...(nameGeneration === undefined ? {} : { nameGeneration }),
      virtualMachineTemplate: {
        spec: {
          dataVolumeTemplates: [{ metadata: { name: 'root' }, spec: {} }],
          template: {
            spec: {
              domain,
              volumes: [
                { name: 'a', dataVolume: { name: 'root' } },
                { name: 'b', persistentVolumeClaim: { claimName: 'root' } },
                { name: 'c', persistentVolumeClaim: { claimName: 'shared' } },
                { name: 'd', configMap: { name: 'config' } },
                { name: 'e', secret: { secretName: 'keys' } },
                { name: 'f', cloudInitNoCloud: { secretRef: { name: 'user' } } },
              ],
            },
          },
        },
      },
    }).spec

  it('number what belongs to one machine alone', () => {
    const { dataVolumeTemplates, template } = indexedSpec(spec(), 4)
    expect(dataVolumeTemplates?.[0]?.metadata.name).toBe('root-4')
    expect(template.spec.volumes).toMatchObject([
      { dataVolume: { name: 'root-4' } },
      { persistentVolumeClaim: { claimName: 'root-4' } },
      { persistentVolumeClaim: { claimName: 'shared' } },
      { configMap: { name: 'config' } },
      { secret: { secretName: 'keys' } },
      { cloudInitNoCloud: { secretRef: { name: 'user' } } },
    ])
  })

  it('number config maps and secrets when asked to', () => {
    const all = { appendIndexToConfigMapRefs: true, appendIndexToSecretRefs: true }
    expect(indexedSpec(spec(all), 4).template.spec.volumes?.slice(3)).toMatchObject([
      { configMap: { name: 'config-4' } },
      { secret: { secretName: 'keys-4' } },
      { cloudInitNoCloud: { secretRef: { name: 'user-4' } } },
    ])
  })
})

describe('choosing machines of a pool', () => {
  const made = (name: string, creationTimestamp: string): VirtualMachine =>
    machine(name, { metadata: { name, creationTimestamp } })
  const all = [
    made('web-2', '2026-01-01T00:00:00Z'),
    made('web-10', '2026-01-03T00:00:00Z'),
    made('web-0', '2026-01-02T00:00:00Z'),
  ]

  it.each([
    ['AscendingOrder', ['web-0', 'web-2', 'web-10']],
    ['DescendingOrder', ['web-10', 'web-2', 'web-0']],
    ['Newest', ['web-10', 'web-0', 'web-2']],
    ['Oldest', ['web-2', 'web-0', 'web-10']],
  ] as const)('%s', (sortPolicy, expected) => {
    expect(names(sortedByPolicy(all, { sortPolicy }, () => 0))).toEqual(expected)
  })

  it('is random without a policy', () => {
    const numbers = [0.5, 0.1, 0.9]
    expect(names(sortedByPolicy(all, undefined, () => numbers.shift() ?? 0))).toEqual(['web-10', 'web-2', 'web-0'])
  })

  it('goes by the labels and the nodeSelector of the template', () => {
    const of = (name: string, tier: string, zone?: string): VirtualMachine =>
      machine(name, {
        spec: {
          template: {
            metadata: { labels: { tier } },
            spec: { domain, ...(zone === undefined ? {} : { nodeSelector: { zone } }) },
          },
        },
      })
    const some = [of('a', 'gold', 'one'), of('b', 'gold'), of('c', 'lead', 'one')]
    const selectors = {
      labelSelector: { matchLabels: { tier: 'gold' } },
      nodeSelectorRequirementMatcher: [{ key: 'zone', operator: 'In', values: ['one'] }],
    }
    expect(names(selectedByPolicy(some, { selectors }))).toEqual(['a'])
    expect(names(selectedByPolicy(some, undefined))).toEqual(['a', 'b', 'c'])
  })
})

describe('health of a pool', () => {
  it.each([
    [{}, 1],
    [{ replicas: 10 }, 10],
    [{ replicas: 10, maxUnavailable: '25%' }, 2],
    [{ replicas: 2, maxUnavailable: '10%' }, 1],
    [{ replicas: 10, maxUnavailable: 3 }, 3],
  ])('%j lets %i be down', (spec, expected) => {
    expect(maxUnavailable(pool(spec).spec)).toBe(expected)
  })

  const now = new Date('2026-01-01T00:10:00Z')
  const notReady = (since: string): VirtualMachine['status'] => ({
    printableStatus: 'CrashLoopBackOff',
    conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: since }],
  })
  it.each<[string, VirtualMachine['status'], object, boolean]>([
    ['failed to start thrice', { startFailure: { consecutiveFailCount: 3 } }, {}, true],
    ['failed to start twice', { startFailure: { consecutiveFailCount: 2 } }, {}, false],
    [
      'failed once where one is enough',
      { startFailure: { consecutiveFailCount: 1 } },
      { startUpFailureThreshold: 1 },
      true,
    ],
    ['fails for six minutes', notReady('2026-01-01T00:04:00Z'), {}, true],
    ['fails for four minutes', notReady('2026-01-01T00:06:00Z'), {}, false],
    ['runs', { printableStatus: 'Running' }, {}, false],
  ])('a machine that %s', (_what, status, autohealing, expected) => {
    const patient = machine('web-0', status === undefined ? {} : { status })
    expect(isIll(patient, autohealing, { failingMs: undefined, now })).toBe(expected)
  })
})

describe('what is out of date in a pool', () => {
  const before = pool().spec
  const cores: PoolSpec = {
    ...before,
    virtualMachineTemplate: {
      ...before.virtualMachineTemplate,
      spec: { template: { spec: { domain: { devices: {}, cpu: { cores: 2 } } } } },
    },
  }
  const disks: PoolSpec = {
    ...before,
    virtualMachineTemplate: {
      ...before.virtualMachineTemplate,
      spec: { ...before.virtualMachineTemplate.spec, dataVolumeTemplates: [{ metadata: { name: 'd' }, spec: {} }] },
    },
  }
  const known: Record<string, PoolSpec> = {
    'web-1': before,
    'web-1b': structuredCopy(before),
    'web-2': cores,
    'web-3': disks,
  }
  const revisions = (name: string): PoolSpec | undefined => known[name]
  const of = (revision?: string) => ({
    metadata: { name: 'web-0', ...(revision === undefined ? {} : { labels: { [poolRevisionLabel]: revision } }) },
  })

  it.each([
    ['web-1', false],
    ['web-2', true],
    ['web-9', true],
    [undefined, true],
  ])('a machine of revision %s: %s', (revision, expected) => {
    expect(isOutdatedMachine(pool(), machine('web-0', of(revision)), revisions)).toBe(expected)
  })

  it.each([
    ['web-1', 'web-1', 'none'],
    ['web-1b', 'web-1', 'relabel'],
    ['web-2', 'web-1', 'restart'],
    ['web-2', undefined, 'restart'],
    ['web-2', 'web-9', 'restart'],
    ['web-9', 'web-1', 'none'],
    [undefined, 'web-1', 'none'],
    ['web-3', 'web-1', 'replace'],
  ] as const)('machine of %s, instance of %s: %s', (wanted, has, expected) => {
    const instance: VirtualMachineInstance = {
      apiVersion: 'kubevirt.io/v1',
      kind: 'VirtualMachineInstance',
      ...of(has),
      spec: { domain },
    }
    expect(instanceUpdate(machine('web-0', of(wanted)), instance, revisions)).toBe(expected)
  })
})

/** Equal, and not the same. */
function structuredCopy(spec: PoolSpec): PoolSpec {
  return {
    ...spec,
    virtualMachineTemplate: { ...spec.virtualMachineTemplate, spec: { ...spec.virtualMachineTemplate.spec } },
  }
}
