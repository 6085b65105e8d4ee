/** Services: a stable address in front of pods. */

import { isIP } from 'node:net'
import { invalid, invalidValue, type SchemaSet } from '@berth/meta'
import type { PrinterColumn, ResourceDefinition, ResourceRules } from '../resource/definition.ts'
import { ageColumn, builtIn, text, type CoreObject } from './built-in.ts'
import type { ClusterIps } from './cluster-ips.ts'
import { defaultTo, dropEmpty, ensureObject, objectAt, objectsAt, textAt, textsAt } from './fields.ts'
import type { NodePorts } from './node-ports.ts'
import { defaultOfType, dropOfOldType, giveNodePorts } from './service-node-ports.ts'
import { serviceCauses } from './service-validation.ts'

function rulesWith(addresses: ClusterIps, ports: NodePorts): ResourceRules {
  return {
    default(service, previous, context) {
      const spec = ensureObject(service, 'spec')
      defaultTo(spec, { type: 'ClusterIP', sessionAffinity: 'None' })
      dropEmpty(spec, 'selector')
      for (const port of objectsAt(spec, 'ports')) {
        defaultTo(port, { protocol: 'TCP' })
        // Go clients write 0 or "" where no target was set.
        if (port['targetPort'] === 0 || port['targetPort'] === '') delete port['targetPort']
        // One without a number is refused as number 0.
        defaultTo(port, { port: 0 })
        defaultTo(port, { targetPort: port['port'] ?? 0 })
      }
      const before = objectAt(previous, 'spec')
      dropOfOldType(spec, before)
      defaultOfType(spec)
      if (previous === undefined) service['status'] = { loadBalancer: {} }
      if (textAt(spec, 'type') === 'ExternalName') return
      defaultTo(spec, { internalTrafficPolicy: 'Cluster', ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })
      giveAddress(service, previous, { addresses, dryRun: context.dryRun })
      giveNodePorts(service, before, { ports, dryRun: context.dryRun })
    },
    completeStatus: (service) => defaultTo(ensureObject(service, 'status'), { loadBalancer: {} }),
    validate: serviceCauses,
  }
}

function giveAddress(
  service: CoreObject,
  previous: CoreObject | undefined,
  { addresses, dryRun }: { addresses: ClusterIps; dryRun: boolean },
): void {
  const spec = ensureObject(service, 'spec')
  // An address that is no text is the schema's to refuse.
  if (!['string', 'undefined'].includes(typeof spec['clusterIP'])) return
  const before = textAt(objectAt(previous, 'spec'), 'clusterIP')
  const asked = textAt(spec, 'clusterIP') || textsAt(spec, 'clusterIPs')[0] || ''
  let address = asked
  if (asked === '') address = before
  else if (asked !== 'None' && asked !== before && isIP(asked) !== 0) {
    const problem = addresses.reserve(asked)
    if (problem !== undefined) {
      throw invalid({ group: '', kind: 'Service' }, service.metadata.name ?? '', [
        invalidValue('spec.clusterIPs', [asked], problem),
      ])
    }
  }
  // A dry run shows everything but the address, which it must not use up.
  if (address === '' && !dryRun) address = addresses.allocate()
  if (address === '') return
  spec['clusterIP'] = address
  spec['clusterIPs'] = [address]
}

/** `80/TCP,443:30443/TCP`. */
function portsText(service: CoreObject): string {
  const ports = objectsAt(objectAt(service, 'spec'), 'ports').map((port) => {
    const node = typeof port['nodePort'] === 'number' ? `:${port['nodePort']}` : ''
    return `${Number(port['port'])}${node}/${textAt(port, 'protocol')}`
  })
  return ports.join(',') || '<none>'
}

function externalText(service: CoreObject): string {
  const spec = objectAt(service, 'spec')
  const type = textAt(spec, 'type')
  if (type === 'ExternalName') return textAt(spec, 'externalName') || '<none>'
  const given = textsAt(spec, 'externalIPs')
  if (type !== 'LoadBalancer') return given.join(',') || '<none>'
  const ingress = objectsAt(objectAt(objectAt(service, 'status'), 'loadBalancer'), 'ingress')
  const balanced = ingress.map((entry) => textAt(entry, 'ip') || textAt(entry, 'hostname'))
  return [...balanced, ...given].join(',') || '<pending>'
}

const columns: PrinterColumn[] = [
  text('Type', '.spec.type'),
  text('Cluster-IP', (service) => textAt(objectAt(service, 'spec'), 'clusterIP') || '<none>'),
  text('External-IP', externalText),
  text('Port(s)', portsText),
  ageColumn,
  text(
    'Selector',
    (service) =>
      Object.entries(objectAt(objectAt(service, 'spec'), 'selector') ?? {})
        .map(([key, value]) => `${key}=${typeof value === 'string' ? value : ''}`)
        .sort()
        .join(',') || '<none>',
    1,
  ),
]

export function services(schemas: SchemaSet, addresses: ClusterIps, ports: NodePorts): ResourceDefinition {
  return builtIn(schemas, {
    apiPackage: 'core.v1',
    group: '',
    kind: 'Service',
    resource: 'services',
    shortNames: ['svc'],
    categories: ['all'],
    namespaced: true,
    nameKind: 'dns1035Label',
    status: true,
    generation: false,
    answersDeleted: true,
    columns,
    selectableFields: { 'spec.clusterIP': '.spec.clusterIP', 'spec.type': '.spec.type' },
    rules: rulesWith(addresses, ports),
  })
}
