/** One document of what a cluster can do and what a person may do there. Each part fails alone and says so. */

import { gateStages, kubeVirts, resolveConfiguration, type FeatureGate } from '@berth/api'
import { messageOf, type Clock } from '@berth/base'
import { namespaces, nodes, type Client, type Node } from '@berth/kube'
import { quantityToNumber, StatusError } from '@berth/meta'
import { rightText, type Capabilities, type NeededRight } from '@berth/view'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { Watches } from '../watches/contract.ts'
import { discover } from './discovery.ts'
import { takenMemory } from './free-memory.ts'
import { rightTable } from './right-table.ts'
import { readRuleReview } from './rule-review.ts'

/** More than this many namespaces are too many for a menu; people type the name. */
const maxNamespaces = 2000
const maxNodes = 1000
const patienceMs = 10_000

export interface CapabilityQuestion {
  cluster: Cluster
  identity: Identity
  namespace: string
  watches: Watches
  clock: Clock
}

export async function findCapabilities(question: CapabilityQuestion): Promise<Capabilities> {
  const { cluster, identity, namespace, watches, clock } = question
  const client = cluster.clientFor(identity)
  const signal = AbortSignal.timeout(patienceMs)
  const problems: Capabilities['problems'] = []
  async function part<T>(
    name: Capabilities['problems'][number]['part'],
    find: () => Promise<T>,
    otherwise: T,
  ): Promise<T> {
    try {
      return await find()
    } catch (error) {
      problems.push({ part: name, message: messageOf(error) })
      return otherwise
    }
  }
  const [resources, configuration, names, rights, hosts, taken] = await Promise.all([
    part('resources', () => discover(client, signal), {}),
    part('gates', () => configurationOf(client), undefined),
    part('namespaces', () => namespacesOf(client, [cluster.namespace, namespace]), {
      names: [cluster.namespace],
      complete: false,
    }),
    part('rights', () => rightsOf(client, question), {}),
    part<Capabilities['nodes']>('nodes', () => nodesOf(client), undefined),
    part('nodes', () => takenMemory(watches, { cluster, identity, clock }), undefined),
  ])
  const asked = taken?.(configuration?.memoryOvercommit ?? 100)
  return {
    cluster: cluster.id,
    resources,
    // The table's own keys.
    gates: (Object.keys(gateStages) as FeatureGate[]).filter((gate) => configuration?.enabled(gate) === true),
    namespaces: names,
    rights,
    ...(hosts === undefined ? {} : { nodes: hosts.map((host) => withFreeMemory(host, asked)) }),
    problems,
  }
}

async function configurationOf(client: Client): Promise<ReturnType<typeof resolveConfiguration> | undefined> {
  const { items } = await client.list(kubeVirts, { limit: 10 })
  const [first] = items
  return first === undefined ? undefined : resolveConfiguration(first.spec.configuration)
}

async function namespacesOf(client: Client, known: readonly string[]): Promise<Capabilities['namespaces']> {
  try {
    const { items, metadata } = await client.list(namespaces, { limit: maxNamespaces })
    const names = items.map((item) => item.metadata.name ?? '')
    return { names: names.sort(), complete: (metadata.continue ?? '') === '' }
  } catch (error) {
    // Most people of a shared cluster may not list them: they know theirs.
    if (error instanceof StatusError && error.httpCode === 403) return { names: [...new Set(known)], complete: false }
    throw error
  }
}

async function rightsOf(
  client: Client,
  { cluster, identity, namespace, watches }: CapabilityQuestion,
): Promise<Capabilities['rights']> {
  const answer = await client.raw({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectRulesReview', spec: { namespace } },
  })
  const review = readRuleReview(answer)
  const found: Capabilities['rights'] = {}
  await Promise.all(
    rightTable.map(async (right) => {
      const allowed =
        review.allows(right) ||
        (review.incomplete && (await watches.rights.may(cluster, identity, { ...right, namespace })))
      found[rightText(right)] = allowed ? true : whyNot(right, namespace)
    }),
  )
  return found
}

function whyNot({ verb, group, resource, subresource }: NeededRight, namespace: string): string {
  const whole = subresource === undefined ? resource : `${resource}/${subresource}`
  const what = group === '' ? whole : `${whole}.${group}`
  return `You have no right to ${verb} ${what} in the namespace "${namespace}". An administrator can give it to you.`
}

async function nodesOf(client: Client): Promise<Capabilities['nodes']> {
  try {
    const { items } = await client.list(nodes, { limit: maxNodes })
    return items.map(nodeOf)
  } catch (error) {
    // Hosts are nothing for many people, and no page needs them.
    if (error instanceof StatusError && error.httpCode === 403) return undefined
    throw error
  }
}

type Host = NonNullable<Capabilities['nodes']>[number]

function withFreeMemory(host: Host, asked: ReadonlyMap<string, number> | undefined): Host {
  return asked === undefined ? host : { ...host, freeMemory: Math.max(0, host.memory - (asked.get(host.name) ?? 0)) }
}

function nodeOf(node: Node): Host {
  const { allocatable = {} } = node.status ?? {}
  const acceleration = node.metadata.labels?.['berth.dev/acceleration']
  return {
    name: node.metadata.name ?? '',
    schedulable: node.spec?.unschedulable !== true,
    cpus: quantityToNumber(allocatable['cpu'] ?? '0'),
    memory: quantityToNumber(allocatable['memory'] ?? '0'),
    ...(acceleration === undefined ? {} : { acceleration }),
  }
}
