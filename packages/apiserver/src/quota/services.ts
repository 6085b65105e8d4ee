/** What a Service counts for in a quota (Kubernetes' service evaluator). */

import { numberAt, objectAt, objectsAt, textAt } from '../core/fields.ts'
import type { Evaluator } from './evaluator.ts'
import { one, zero } from './usage.ts'

const names = new Set(['count/services', 'services', 'services.nodeports', 'services.loadbalancers'])

export const serviceEvaluator: Evaluator = {
  collection: 'core/services',
  counts: (name) => names.has(name),
  checks: ({ operation, subresource }) => subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
  inScope: () => false,
  missing: () => [],
  usage(service) {
    const spec = objectAt(service, 'spec')
    const type = textAt(spec, 'type')
    const ports = objectsAt(spec, 'ports')
    // Ports are counted by intent: they may be given out later.
    const chosen = type === 'LoadBalancer' && spec?.['allocateLoadBalancerNodePorts'] === false
    const counted = chosen ? ports.filter((port) => numberAt(port, 'nodePort') !== 0) : ports
    const nodePorts = type === 'NodePort' || type === 'LoadBalancer' ? counted.length : 0
    return new Map([
      ['count/services', one],
      ['services', one],
      ['services.nodeports', { ...one, nanos: one.nanos * BigInt(nodePorts) }],
      ['services.loadbalancers', type === 'LoadBalancer' ? one : zero],
    ])
  },
}
