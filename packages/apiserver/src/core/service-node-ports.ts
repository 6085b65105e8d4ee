/** The fields of a service that depend on its type: what one type has and the next has not is given up, and ports on nodes are found. */

import { invalid, invalidValue, type JsonObject, type StatusCause } from '@berth/meta'
import type { CoreObject } from './built-in.ts'
import { defaultTo, numberAt, objectAt, objectsAt, textAt } from './fields.ts'
import { nodePortsOf, type NodePorts } from './node-ports.ts'

/** Reachable from outside through a port of every node. */
export function isExternal(spec: JsonObject): boolean {
  return ['NodePort', 'LoadBalancer'].includes(textAt(spec, 'type'))
}

function wantsNodePorts(spec: JsonObject | undefined): boolean {
  if (spec === undefined || !isExternal(spec)) return false
  return textAt(spec, 'type') === 'NodePort' || spec['allocateLoadBalancerNodePorts'] !== false
}

function checksHealth(spec: JsonObject | undefined): boolean {
  return textAt(spec, 'type') === 'LoadBalancer' && textAt(spec, 'externalTrafficPolicy') === 'Local'
}

/** A client that only changes the type leaves in place what the old type needed; it is not what the client asked for. */
export function dropOfOldType(spec: JsonObject, before: JsonObject | undefined): void {
  if (before === undefined) return
  if (isExternal(before) && !isExternal(spec)) {
    if (textAt(spec, 'externalTrafficPolicy') === textAt(before, 'externalTrafficPolicy')) {
      delete spec['externalTrafficPolicy']
    }
    const had = new Set(nodePortsOf(before))
    for (const port of objectsAt(spec, 'ports')) if (had.has(numberAt(port, 'nodePort'))) delete port['nodePort']
  }
  if (textAt(before, 'type') === 'LoadBalancer' && textAt(spec, 'type') !== 'LoadBalancer') {
    for (const field of ['allocateLoadBalancerNodePorts', 'loadBalancerClass'] as const) {
      if (spec[field] === before[field]) delete spec[field]
    }
  }
  if (checksHealth(before) && !checksHealth(spec) && spec['healthCheckNodePort'] === before['healthCheckNodePort']) {
    delete spec['healthCheckNodePort']
  }
}

/**
 * Completes the ports on nodes: kept from before, as asked for, or any.
 * @throws {StatusError} Invalid when one that was asked for cannot be had
 */
export function giveNodePorts(
  service: CoreObject,
  before: JsonObject | undefined,
  { ports, dryRun }: { ports: NodePorts; dryRun: boolean },
): void {
  const spec = objectAt(service, 'spec')
  if (spec === undefined) return
  const had = new Set(nodePortsOf(before))
  const kept = new Map(objectsAt(before, 'ports').map((port) => [keyOf(port), numberAt(port, 'nodePort')]))
  const causes: StatusCause[] = []
  const give = (holder: JsonObject, field: string, { path, old }: { path: string; old: number }): void => {
    const asked = holder[field] ?? 0
    // Anything else is the schema's to refuse.
    if (typeof asked !== 'number') return
    if (asked === 0) {
      delete holder[field]
      // A dry run shows everything but a new port, which it must not use up.
      if (old !== 0) holder[field] = old
      else if (!dryRun) holder[field] = ports.allocate()
      return
    }
    const problem = had.has(asked) ? undefined : ports.reserve(asked)
    if (problem !== undefined) causes.push(invalidValue(path, asked, problem))
  }
  if (wantsNodePorts(spec)) {
    objectsAt(spec, 'ports').forEach((port, index) => {
      give(port, 'nodePort', { path: `spec.ports[${index}].nodePort`, old: kept.get(keyOf(port)) ?? 0 })
    })
  }
  if (checksHealth(spec)) {
    give(spec, 'healthCheckNodePort', {
      path: 'spec.healthCheckNodePort',
      old: numberAt(before, 'healthCheckNodePort'),
    })
  }
  if (causes.length > 0) throw invalid({ group: '', kind: 'Service' }, service.metadata.name ?? '', causes)
}

function keyOf(port: JsonObject): string {
  return `${textAt(port, 'protocol')}/${numberAt(port, 'port')}`
}

const threeHours = 10_800

/** What the type and the affinity bring along. */
export function defaultOfType(spec: JsonObject): void {
  if (textAt(spec, 'type') === 'LoadBalancer') defaultTo(spec, { allocateLoadBalancerNodePorts: true })
  if (isExternal(spec)) defaultTo(spec, { externalTrafficPolicy: 'Cluster' })
  if (textAt(spec, 'sessionAffinity') === 'None') delete spec['sessionAffinityConfig']
  if (textAt(spec, 'sessionAffinity') !== 'ClientIP') return
  defaultTo(spec, { sessionAffinityConfig: {} })
  const affinity = objectAt(spec, 'sessionAffinityConfig')
  if (affinity === undefined) return
  defaultTo(affinity, { clientIP: {} })
  const client = objectAt(affinity, 'clientIP')
  if (client !== undefined) defaultTo(client, { timeoutSeconds: threeHours })
}
