/** Where each kind of the list lives in the API. */

import type { ObjectReference } from '../protocol/reference.ts'
import type { WorkloadKind } from '../rows/row.ts'

const places: Record<WorkloadKind, Pick<ObjectReference, 'group' | 'version' | 'resource'>> = {
  VirtualMachine: { group: 'kubevirt.io', version: 'v1', resource: 'virtualmachines' },
  VirtualMachineInstance: { group: 'kubevirt.io', version: 'v1', resource: 'virtualmachineinstances' },
  Pod: { group: '', version: 'v1', resource: 'pods' },
  Deployment: { group: 'apps', version: 'v1', resource: 'deployments' },
}

/** The object behind a row's key (`cluster/kind/namespace/name`); undefined for what is no key. */
export function referenceOfKey(key: string): (ObjectReference & { kind: WorkloadKind; namespace: string }) | undefined {
  const [cluster, kind, namespace, name, ...more] = key.split('/')
  if (cluster === undefined || namespace === undefined || name === undefined || more.length > 0) return undefined
  if (cluster === '' || namespace === '' || name === '' || !isWorkloadKind(kind)) return undefined
  return { cluster, ...places[kind], kind, namespace, name }
}

function isWorkloadKind(kind: string | undefined): kind is WorkloadKind {
  return kind !== undefined && Object.hasOwn(places, kind)
}

/** Undefined for what the list does not show. */
export function kindOfResource(resource: string): WorkloadKind | undefined {
  return (Object.keys(places) as WorkloadKind[]).find((kind) => places[kind].resource === resource)
}
