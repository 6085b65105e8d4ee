/** The built-in kinds that clients look for, as one list for the registry. */

import { budgetedEviction } from '../disruption/eviction.ts'
import type { ResourceDefinition, Subresource } from '../resource/definition.ts'
import { clusterIps } from './cluster-ips.ts'
import { configmaps } from './configmaps.ts'
import { controllerrevisions } from './controllerrevisions.ts'
import { csistoragecapacities } from './csistoragecapacities.ts'
import { events, newEvents } from './events.ts'
import { leases } from './leases.ts'
import { limitranges } from './limitranges.ts'
import { namespaceFinalize } from './namespace-finalize.ts'
import { namespaces } from './namespaces.ts'
import { nodes } from './nodes.ts'
import { nodePorts } from './node-ports.ts'
import type { CoreOptions } from './options.ts'
import { persistentvolumeclaims } from './persistentvolumeclaims.ts'
import { persistentvolumes } from './persistentvolumes.ts'
import { poddisruptionbudgets } from './poddisruptionbudgets.ts'
import { pods } from './pods.ts'
import { priorityclasses } from './priorityclasses.ts'
import { resourcequotas } from './resourcequotas.ts'
import { secrets } from './secrets.ts'
import { serviceaccounts } from './serviceaccounts.ts'
import { services } from './services.ts'
import { storageclasses } from './storageclasses.ts'

/** Range of ClusterIPs unless told otherwise; kubeadm's habit. */
const defaultServiceRange = '10.96.0.0/16'

/** @throws Error when a schema is missing or `serviceRange` is not a range */
export function coreDefinitions(options: CoreOptions): ResourceDefinition[] {
  const { schemas, store } = options
  const addresses = clusterIps({
    store,
    range: options.serviceRange ?? defaultServiceRange,
    random: options.random ?? Math.random,
  })
  const ports = nodePorts({ store, random: options.random ?? Math.random })
  return [
    namespaces(schemas, namespaceFinalize),
    nodes(schemas),
    pods(schemas, podSubresources(options)),
    services(schemas, addresses, ports),
    secrets(schemas),
    configmaps(schemas),
    serviceaccounts(schemas, options.serviceAccountToken),
    events(schemas),
    newEvents(schemas),
    persistentvolumeclaims(schemas, store),
    persistentvolumes(schemas),
    storageclasses(schemas),
    csistoragecapacities(schemas),
    controllerrevisions(schemas),
    leases(schemas),
    priorityclasses(schemas),
    resourcequotas(schemas),
    limitranges(schemas),
    poddisruptionbudgets(schemas),
  ]
}

/** What whoever runs pods brings; evictions go by the budgets of their pods. */
function podSubresources({ podSubresources: brought = {}, store }: CoreOptions): Record<string, Subresource> {
  const { eviction } = brought
  return eviction === undefined ? brought : { ...brought, eviction: budgetedEviction(eviction, store) }
}
