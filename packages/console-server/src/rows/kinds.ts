/** The kinds that rows are joined from. A row of the list stands for one of the first group; the others fill in its cells. */

import {
  clusterInstancetypes,
  dataVolumes,
  instancetypes,
  migrations,
  virtualMachineInstances,
  virtualMachines,
} from '@berth/api'
import { resource, type KubeObject, type Resource } from '@berth/meta'
import {
  containersOnly,
  slimClaim,
  slimDataVolume,
  slimDeployment,
  slimInstance,
  slimMachine,
  slimMigration,
  slimPod,
  type ClaimObject,
  type DeploymentObject,
  type PodObject,
} from '@berth/view'
import type { Variant } from '../watches/contract.ts'

export interface Kind<T extends KubeObject> {
  resource: Resource<T>
  variant: Variant<T>
  /** Its bit in a mask of rights. */
  bit: number
}

const claims = resource<ClaimObject>({
  apiVersion: 'v1',
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
})
const pods = resource<PodObject>({ apiVersion: 'v1', resource: 'pods', kind: 'Pod', namespaced: true })
const deployments = resource<DeploymentObject>({
  apiVersion: 'apps/v1',
  resource: 'deployments',
  kind: 'Deployment',
  namespaced: true,
})

function kind<T extends KubeObject>(
  bit: number,
  of: Resource<T>,
  shape?: (object: T) => T,
  labelSelector?: string,
): Kind<T> {
  return {
    resource: of,
    bit: 1 << bit,
    variant: {
      id: 'rows',
      ...(shape === undefined ? {} : { shape }),
      ...(labelSelector === undefined ? {} : { labelSelector }),
    },
  }
}

export const kinds = {
  machines: kind(0, virtualMachines, slimMachine),
  instances: kind(1, virtualMachineInstances, slimInstance),
  pods: kind(2, pods, slimPod, containersOnly),
  deployments: kind(3, deployments, slimDeployment),
  migrations: kind(4, migrations, slimMigration),
  claims: kind(5, claims, slimClaim),
  dataVolumes: kind(6, dataVolumes, slimDataVolume),
  instancetypes: kind(7, instancetypes),
  clusterInstancetypes: kind(8, clusterInstancetypes),
} as const

export type KindName = keyof typeof kinds
export const kindNames = Object.keys(kinds) as KindName[]
export const allKinds = (1 << kindNames.length) - 1
