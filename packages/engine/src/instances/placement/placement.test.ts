import type { Affinity, Toleration, TopologySpreadConstraint, VirtualMachineInstance } from '@berth/api'
import type { Node } from '@berth/kube'
import { describe, expect, it } from 'vitest'
import { instanceOf } from '../../testing/manifests.ts'
import { chooseNode } from '../scheduler.ts'
import { toleratedSeconds, type Taint } from './taints.ts'

function node(name: string, labels: Record<string, string> = {}, taints: Taint[] = []): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, ...labels } },
    spec: { taints },
    status: { allocatable: { memory: '1Gi' }, conditions: [{ type: 'Ready', status: 'True' }] },
  }
}

function machine(
  name: string,
  more: {
    labels?: Record<string, string>
    on?: string
    namespace?: string
    affinity?: Affinity
    tolerations?: Toleration[]
    spread?: TopologySpreadConstraint[]
  } = {},
): VirtualMachineInstance {
  const { labels = {}, on, namespace = 'default', affinity, tolerations, spread } = more
  const instance = instanceOf(name, {
    ...(affinity === undefined ? {} : { affinity }),
    ...(tolerations === undefined ? {} : { tolerations }),
    ...(spread === undefined ? {} : { topologySpreadConstraints: spread }),
  })
  instance.metadata = { ...instance.metadata, uid: name, labels, namespace }
  if (on !== undefined) instance.status = { phase: 'Running', nodeName: on }
  return instance
}

function choose(
  instance: VirtualMachineInstance,
  nodes: Node[],
  instances: VirtualMachineInstance[] = [],
  namespaceLabels: (name: string) => Record<string, string> = () => ({}),
): string {
  const choice = chooseNode(instance, { nodes, instances, namespaceLabels })
  return choice.node ?? choice.why
}

const none = (count: number, why: string): string => `0/${count} nodes are available: ${count} ${why}.`
const nodeMismatch = "node(s) didn't match Pod's node affinity/selector"

describe('node affinity', () => {
  const zone = (operator: string, ...values: string[]): Affinity => ({
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: 'zone', operator, values }] }],
      },
    },
  })
  const nodes = [node('a', { zone: 'one', rank: '3' }), node('b')]
  it.each<[Affinity, string]>([
    [zone('In', 'one'), 'a'],
    [zone('NotIn', 'one'), 'b'],
    [zone('Exists'), 'a'],
    [zone('DoesNotExist'), 'b'],
    [zone('In', 'two'), none(2, nodeMismatch)],
    [zone('Nonsense', 'one'), none(2, nodeMismatch)],
    [
      {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [
              { matchExpressions: [{ key: 'rank', operator: 'Gt', values: ['5'] }] },
              { matchFields: [{ key: 'metadata.name', operator: 'In', values: ['b'] }] },
            ],
          },
        },
      },
      'b',
    ],
    [
      { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } } },
      none(2, nodeMismatch),
    ],
    [
      {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 1, preference: { matchExpressions: [{ key: 'zone', operator: 'DoesNotExist' }] } },
          ],
        },
      },
      'b',
    ],
  ])('%j chooses %s', (affinity, expected) => {
    expect(choose(machine('new', { affinity }), nodes)).toBe(expected)
  })
})

describe('taints', () => {
  const taint: Taint = { key: 'dedicated', value: 'db', effect: 'NoSchedule' }
  const untolerated = none(1, 'node(s) had untolerated taint {dedicated: db}')
  it.each<[Toleration[], string]>([
    [[], untolerated],
    [[{ key: 'dedicated', value: 'db' }], 'a'],
    [[{ key: 'dedicated', value: 'web' }], untolerated],
    [[{ key: 'dedicated', operator: 'Exists', effect: 'NoExecute' }], untolerated],
    [[{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }], 'a'],
    [[{ operator: 'Exists' }], 'a'],
    [[{ key: 'other', operator: 'Exists' }], untolerated],
  ])('tolerations %j: %s', (tolerations, expected) => {
    expect(choose(machine('new', { tolerations }), [node('a', {}, [taint])])).toBe(expected)
  })

  it.each<[Toleration[], number | 'always']>([
    [[], 0],
    [[{ key: 'dedicated', operator: 'Exists' }], 'always'],
    [[{ key: 'dedicated', operator: 'Exists', effect: 'NoSchedule' }], 0],
    [[{ key: 'dedicated', operator: 'Exists', tolerationSeconds: 60 }], 60],
    [[{ key: 'dedicated', operator: 'Exists', tolerationSeconds: -1 }], 0],
    [
      [
        { operator: 'Exists', tolerationSeconds: 60 },
        { key: 'dedicated', operator: 'Exists' },
      ],
      60,
    ],
  ])('tolerations %j: ends after %s', (tolerations, expected) => {
    const ending = node('a', {}, [{ ...taint, effect: 'NoExecute' }])
    expect(toleratedSeconds(ending, tolerations)).toBe(expected)
  })

  it('end nobody when they only keep machines off', () => {
    expect(toleratedSeconds(node('a', {}, [taint]), [])).toBe('always')
  })

  it('avoids a node that would rather not, if there is another', () => {
    const reluctant = node('a', {}, [{ key: 'old', effect: 'PreferNoSchedule' }])
    expect(choose(machine('new'), [reluctant, node('b')])).toBe('b')
    expect(choose(machine('new'), [reluctant])).toBe('a')
  })

  it('lets whoever tolerates a cordon past it', () => {
    const cordoned: Node = { ...node('a'), spec: { unschedulable: true } }
    expect(choose(machine('new'), [cordoned])).toBe(none(1, 'node(s) were unschedulable'))
    expect(choose(machine('new', { tolerations: [{ operator: 'Exists' }] }), [cordoned])).toBe('a')
  })
})

describe('affinity between machines', () => {
  const term = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'db' } } }
  const together: Affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
  const apart: Affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } }
  const nodes = [node('a'), node('b')]
  const database = machine('db', { labels: { app: 'db' }, on: 'b' })

  it.each<[string, VirtualMachineInstance, VirtualMachineInstance[], string]>([
    ['joins company', machine('new', { affinity: together }), [database], 'b'],
    [
      'finds no company',
      machine('new', { affinity: together }),
      [],
      none(2, "node(s) didn't match pod affinity rules"),
    ],
    ['is the first of its group', machine('new', { affinity: together, labels: { app: 'db' } }), [], 'a'],
    ['keeps apart', machine('new', { affinity: apart }), [database], 'a'],
    [
      'does not mind the ended',
      machine('new', { affinity: apart }),
      [{ ...database, status: { phase: 'Failed' } }],
      'a',
    ],
    [
      'is kept apart by others',
      machine('new', { labels: { app: 'db' } }),
      [machine('x', { affinity: apart, on: 'a' })],
      'b',
    ],
    [
      'minds its own namespace',
      machine('new', { affinity: together }),
      [machine('db', { labels: { app: 'db' }, on: 'b', namespace: 'other' })],
      none(2, "node(s) didn't match pod affinity rules"),
    ],
  ])('%s', (_what, instance, instances, expected) => {
    expect(choose(instance, nodes, instances)).toBe(expected)
  })

  it('chooses namespaces by label', () => {
    const everywhere = { ...term, namespaceSelector: { matchLabels: { team: 'x' } } }
    const affinity: Affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [everywhere] } }
    const other = machine('db', { labels: { app: 'db' }, on: 'b', namespace: 'other' })
    const labels = (name: string): Record<string, string> => (name === 'other' ? { team: 'x' } : {})
    expect(choose(machine('new', { affinity }), nodes, [other], labels)).toBe('b')
  })

  it('weighs what is only preferred', () => {
    const liking = [{ weight: 5, podAffinityTerm: term }]
    const near: Affinity = { podAffinity: { preferredDuringSchedulingIgnoredDuringExecution: liking } }
    const far: Affinity = { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: liking } }
    expect(choose(machine('new', { affinity: near }), nodes, [database])).toBe('b')
    const first = machine('db', { labels: { app: 'db' }, on: 'a' })
    expect(choose(machine('new', { affinity: far }), nodes, [first])).toBe('b')
  })
})

describe('spread', () => {
  const constraint = (whenUnsatisfiable: string, more: Partial<TopologySpreadConstraint> = {}) => ({
    maxSkew: 1,
    topologyKey: 'zone',
    whenUnsatisfiable,
    labelSelector: { matchLabels: { app: 'web' } },
    ...more,
  })
  const nodes = [node('a', { zone: 'one' }), node('b', { zone: 'two' }), node('c')]
  const web = (name: string, on: string) => machine(name, { labels: { app: 'web' }, on })
  const next = (spread: TopologySpreadConstraint[]) => machine('new', { labels: { app: 'web' }, spread })

  it('keeps places within the skew', () => {
    expect(choose(next([constraint('DoNotSchedule')]), nodes, [web('1', 'a')])).toBe('b')
    expect(choose(next([constraint('DoNotSchedule')]), nodes.slice(0, 1), [web('1', 'a')])).toBe('a')
    expect(choose(next([constraint('DoNotSchedule', { minDomains: 2 })]), nodes.slice(0, 1), [web('1', 'a')])).toBe(
      none(1, "node(s) didn't match pod topology spread constraints"),
    )
    expect(choose(next([constraint('DoNotSchedule')]), nodes.slice(2))).toBe(
      none(1, "node(s) didn't match pod topology spread constraints (missing required label)"),
    )
  })

  it('prefers the emptier place where it need not hold', () => {
    const crowd = [web('1', 'a'), web('2', 'a')]
    expect(choose(next([constraint('ScheduleAnyway')]), nodes.slice(0, 2), crowd)).toBe('b')
  })
})
