/** What a pod counts for in a quota (Kubernetes' pod evaluator). */

import { isTime, parseTime, type JsonObject, type Quantity } from '@berth/meta'
import { objectAt, objectsAt, textAt } from '../core/fields.ts'
import { qosClassOf } from '../core/pod-qos.ts'
import { hugePages, isExtendedResource, isHugePages, isNativeResource } from '../core/resource-names.ts'
import type { ApiObject } from '../rest/api-object.ts'
import type { Evaluator } from './evaluator.ts'
import { containerAmounts, hasPodResources, podAmounts } from './pod-resources.ts'
import { matchesValue, type ScopeRequirement } from './scopes.ts'
import { addTo, one, only, readUsage, type Usage } from './usage.ts'

const compute = ['cpu', 'memory', 'ephemeral-storage']
const names = new Set([
  'count/pods',
  'pods',
  ...compute,
  ...compute.map((name) => `requests.${name}`),
  ...compute.map((name) => `limits.${name}`),
])

/** A quota of one of these wants every container to say what it needs. */
const mustBeSaid = new Set(['cpu', 'memory', 'requests.cpu', 'requests.memory', 'limits.cpu', 'limits.memory'])

function computeUsage(requests: Usage, limits: Usage): Map<string, Quantity> {
  const usage = new Map<string, Quantity>([['pods', one]])
  for (const name of compute) {
    const [request, limit] = [requests.get(name), limits.get(name)]
    if (request !== undefined) usage.set(name, request).set(`requests.${name}`, request)
    if (limit !== undefined) usage.set(`limits.${name}`, limit)
  }
  for (const [name, request] of requests) {
    if (isHugePages(name)) usage.set(name, request)
    if (isHugePages(name) || isExtendedResource(name)) usage.set(`requests.${name}`, request)
  }
  return usage
}

/** When a pod that was told to stop is given up on, in milliseconds. */
function givenUpAt(pod: ApiObject): number | undefined {
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata
  if (deletionTimestamp === undefined || deletionGracePeriodSeconds === undefined || !isTime(deletionTimestamp)) {
    return undefined
  }
  return parseTime(deletionTimestamp).getTime() + deletionGracePeriodSeconds * 1000
}

function hasEnded(pod: ApiObject): boolean {
  const phase = textAt(objectAt(pod, 'status'), 'phase')
  return phase === 'Succeeded' || phase === 'Failed'
}

function isTerminating(pod: ApiObject): boolean {
  const deadline = objectAt(pod, 'spec')?.['activeDeadlineSeconds']
  return typeof deadline === 'number' && deadline >= 0
}

function isBestEffort(pod: ApiObject): boolean {
  return qosClassOf(objectAt(pod, 'spec') ?? {}) === 'BestEffort'
}

function reachesOtherNamespaces(pod: ApiObject): boolean {
  const affinity = objectAt(objectAt(pod, 'spec'), 'affinity')
  return ['podAffinity', 'podAntiAffinity'].some((key) => {
    const rules = objectAt(affinity, key)
    const preferred = objectsAt(rules, 'preferredDuringSchedulingIgnoredDuringExecution')
    const terms = [
      ...objectsAt(rules, 'requiredDuringSchedulingIgnoredDuringExecution'),
      ...preferred.map((each) => objectAt(each, 'podAffinityTerm') ?? {}),
    ]
    return terms.some((term) => {
      const namespaces = term['namespaces']
      return (Array.isArray(namespaces) && namespaces.length > 0) || objectAt(term, 'namespaceSelector') !== undefined
    })
  })
}

const scopes: Record<string, (pod: ApiObject, requirement: ScopeRequirement) => boolean> = {
  Terminating: isTerminating,
  NotTerminating: (pod) => !isTerminating(pod),
  BestEffort: isBestEffort,
  NotBestEffort: (pod) => !isBestEffort(pod),
  PriorityClass(pod, requirement) {
    const name = textAt(objectAt(pod, 'spec'), 'priorityClassName')
    return matchesValue(requirement, name === '' ? [] : [name])
  },
  CrossNamespacePodAffinity: reachesOtherNamespaces,
}

/** `limits.cpu for: c`, of every container that leaves open what `required` counts. */
function missing(pod: ApiObject, required: readonly string[]): string[] {
  const spec = objectAt(pod, 'spec')
  if (hasPodResources(spec)) return []
  const silent = new Map<string, Set<string>>()
  const containers = [...objectsAt(spec, 'containers'), ...objectsAt(spec, 'initContainers')]
  for (const container of containers) {
    const said = computeUsage(containerAmounts(container, 'requests'), containerAmounts(container, 'limits'))
    for (const name of required) {
      if (!mustBeSaid.has(name) || said.has(name)) continue
      const known = silent.get(name) ?? new Set()
      silent.set(name, known.add(textAt(container, 'name')))
    }
  }
  return [...silent.keys()].sort().map((name) => `${name} for: ${[...(silent.get(name) ?? [])].sort().join(',')}`)
}

export const podEvaluator: Evaluator = {
  collection: 'core/pods',
  counts(name) {
    if (names.has(name) || isHugePages(name) || name.startsWith(`requests.${hugePages}`)) return true
    return !isNativeResource(name) && name.startsWith('requests.')
  },
  checks({ operation, subresource, object, oldObject }) {
    if (operation === 'CREATE') return subresource === ''
    if (operation !== 'UPDATE' || object === undefined || oldObject === undefined) return false
    // Nothing else of a pod's needs can change.
    return subresource === 'resize' || (subresource === '' && isTerminating(object) !== isTerminating(oldObject))
  },
  inScope(pod, requirement) {
    const rule = Object.hasOwn(scopes, requirement.scope) ? scopes[requirement.scope] : undefined
    return rule?.(pod, requirement) === true
  },
  missing,
  usage(pod, now) {
    const usage = new Map<string, Quantity>([['count/pods', one]])
    const givenUp = givenUpAt(pod)
    if (hasEnded(pod) || (givenUp !== undefined && now.getTime() > givenUp)) return usage
    const spec: JsonObject | undefined = objectAt(pod, 'spec')
    const [requests, limits] = [podAmounts(spec, 'requests'), podAmounts(spec, 'limits')]
    const overhead = readUsage(objectAt(spec, 'overhead'))
    addTo(requests, overhead)
    // What is not limited stays so.
    addTo(limits, only(overhead, limits.keys()))
    addTo(usage, computeUsage(requests, limits))
    return usage
  },
  changesAt(pod) {
    return hasEnded(pod) ? undefined : givenUpAt(pod)
  },
}
