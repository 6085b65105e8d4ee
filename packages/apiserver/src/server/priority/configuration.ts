/**
 * Who goes first when there is too much to do: Kubernetes' API priority and fairness with its suggested configuration
 * (kube-apiserver's bootstrap FlowSchemas and PriorityLevelConfigurations).
 */

import { groups } from '../../auth/names.ts'

/** How requests of a level wait; a level without queues refuses at once. */
export interface Queuing {
  queues: number
  /** Queues one flow may use; a flood fills only these. */
  handSize: number
  queueLengthLimit: number
}

export interface PriorityLevel {
  name: string
  /** Never waits and is never refused. */
  exempt?: true
  /** Share of the server's seats, beside the shares of the others. */
  shares: number
  /** Of its own seats, how many others may use while they are free. */
  lendablePercent: number
  queuing?: Queuing
}

export type Subject = { user: string } | { group: string } | { serviceAccount: string; namespace: string }

export interface ResourceRule {
  groups: readonly string[]
  /** `nodes`, `nodes/status`, `*`. */
  resources: readonly string[]
  verbs: readonly string[]
  clusterScope?: true
}

export interface FlowSchema {
  name: string
  /** The lowest that matches counts. */
  precedence: number
  level: string
  /** What tells one flow from another. All requests are one flow without it. */
  by?: 'user' | 'namespace'
  subjects: readonly Subject[]
  /** Of any namespace. */
  resources: readonly ResourceRule[]
  /** Paths beside resources; `*` is all. */
  paths: readonly { verbs: readonly string[]; paths: readonly string[] }[]
}

const queues = (count: number, handSize = 6): Queuing => ({ queues: count, handSize, queueLengthLimit: 50 })

export const priorityLevels: readonly PriorityLevel[] = [
  { name: 'exempt', exempt: true, shares: 0, lendablePercent: 0 },
  { name: 'node-high', shares: 40, lendablePercent: 25, queuing: queues(64) },
  { name: 'system', shares: 30, lendablePercent: 33, queuing: queues(64) },
  { name: 'leader-election', shares: 10, lendablePercent: 0, queuing: queues(16, 4) },
  { name: 'workload-high', shares: 40, lendablePercent: 50, queuing: queues(128) },
  { name: 'workload-low', shares: 100, lendablePercent: 90, queuing: queues(128) },
  { name: 'global-default', shares: 20, lendablePercent: 50, queuing: queues(128) },
  { name: 'catch-all', shares: 5, lendablePercent: 0 },
]

const everyone: readonly Subject[] = [{ group: groups.unauthenticated }, { group: groups.authenticated }]
const nodes = 'system:nodes'
const kubeSystem: Subject = { serviceAccount: '*', namespace: 'kube-system' }
const controllerManager: Subject = { user: 'system:kube-controller-manager' }
const scheduler: Subject = { user: 'system:kube-scheduler' }

const everything: Pick<FlowSchema, 'resources' | 'paths'> = {
  resources: [{ groups: ['*'], resources: ['*'], verbs: ['*'], clusterScope: true }],
  paths: [{ verbs: ['*'], paths: ['*'] }],
}
const election = ['get', 'create', 'update']
const leases: ResourceRule = { groups: ['coordination.k8s.io'], resources: ['leases'], verbs: election }

export const flowSchemas: readonly FlowSchema[] = [
  { name: 'exempt', precedence: 1, level: 'exempt', subjects: [{ group: groups.masters }], ...everything },
  {
    name: 'probes',
    precedence: 2,
    level: 'exempt',
    subjects: everyone,
    resources: [],
    paths: [{ verbs: ['get'], paths: ['/healthz', '/readyz', '/livez'] }],
  },
  {
    name: 'system-leader-election',
    precedence: 100,
    level: 'leader-election',
    by: 'user',
    subjects: [controllerManager, scheduler, kubeSystem],
    resources: [leases],
    paths: [],
  },
  {
    name: 'endpoint-controller',
    precedence: 150,
    level: 'workload-high',
    by: 'user',
    subjects: [
      controllerManager,
      { serviceAccount: 'endpoint-controller', namespace: 'kube-system' },
      { serviceAccount: 'endpointslicemirroring-controller', namespace: 'kube-system' },
    ],
    resources: [{ groups: [''], resources: ['endpoints'], verbs: election }],
    paths: [],
  },
  {
    name: 'workload-leader-election',
    precedence: 200,
    level: 'leader-election',
    by: 'user',
    subjects: [kubeSystem],
    resources: [{ groups: [''], resources: ['endpoints', 'configmaps'], verbs: election }, leases],
    paths: [],
  },
  {
    name: 'system-node-high',
    precedence: 400,
    level: 'node-high',
    by: 'user',
    subjects: [{ group: nodes }],
    resources: [
      { groups: [''], resources: ['nodes', 'nodes/status'], verbs: ['*'], clusterScope: true },
      { ...leases, verbs: ['*'] },
    ],
    paths: [],
  },
  {
    name: 'system-nodes',
    precedence: 500,
    level: 'system',
    by: 'user',
    subjects: [{ group: nodes }],
    ...everything,
  },
  {
    name: 'kube-controller-manager',
    precedence: 800,
    level: 'workload-high',
    by: 'namespace',
    subjects: [controllerManager],
    ...everything,
  },
  {
    name: 'kube-scheduler',
    precedence: 800,
    level: 'workload-high',
    by: 'namespace',
    subjects: [scheduler],
    ...everything,
  },
  {
    name: 'kube-system-service-accounts',
    precedence: 900,
    level: 'workload-high',
    by: 'namespace',
    subjects: [kubeSystem],
    ...everything,
  },
  {
    name: 'service-accounts',
    precedence: 9000,
    level: 'workload-low',
    by: 'user',
    subjects: [{ group: groups.serviceAccounts }],
    ...everything,
  },
  {
    name: 'global-default',
    precedence: 9900,
    level: 'global-default',
    by: 'user',
    subjects: everyone,
    ...everything,
  },
  { name: 'catch-all', precedence: 10000, level: 'catch-all', by: 'user', subjects: everyone, ...everything },
]
