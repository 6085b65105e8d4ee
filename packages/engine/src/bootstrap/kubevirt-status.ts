/** What the KubeVirt resource says of the installation: always the same, for the engine that serves it is the installation. */

import { createHash } from 'node:crypto'
import type { KubeVirt, KubeVirtStatus } from '@berth/api'
import { setCondition, type Condition } from '@berth/meta'

/** Where KubeVirt's own images would come from; clients print it. */
const registry = 'quay.io/kubevirt'

const conditionTable: readonly [type: string, status: 'True' | 'False', reason: string, message: string][] = [
  ['Created', 'True', 'AllResourcesCreated', 'All resources were created.'],
  ['Available', 'True', 'AllComponentsReady', 'All components are ready.'],
  ['Progressing', 'False', 'AllComponentsReady', 'All components are ready.'],
  ['Degraded', 'False', 'AllComponentsReady', 'All components are ready.'],
]

export interface Installation {
  /** KubeVirt's version that the API follows: `v1.9.0`. */
  version: string
  architecture: 'amd64' | 'arm64'
  now: Date
}

/** The status of an installed KubeVirt whose configuration is in force. */
export function installedStatus(
  { metadata, status }: Readonly<KubeVirt>,
  { version, architecture, now }: Installation,
): KubeVirtStatus {
  const { namespace = '', generation = 1 } = metadata
  const config = JSON.stringify({ id: deploymentId(version), namespace, registry, kubeVirtVersion: version })
  return {
    ...status,
    phase: 'Deployed',
    operatorVersion: version,
    observedKubeVirtVersion: version,
    targetKubeVirtVersion: version,
    observedKubeVirtRegistry: registry,
    targetKubeVirtRegistry: registry,
    observedDeploymentID: deploymentId(version),
    targetDeploymentID: deploymentId(version),
    observedDeploymentConfig: config,
    targetDeploymentConfig: config,
    defaultArchitecture: architecture,
    outdatedVirtualMachineInstanceWorkloads: 0,
    observedGeneration: generation,
    conditions: conditionTable.reduce<Condition[]>(
      (conditions, [type, state, reason, message]) => [
        ...setCondition(conditions, { type, status: state, reason, message }, now),
      ],
      status?.conditions ?? [],
    ),
  }
}

/** The same for the same version: clients compare the observed with the targeted. */
function deploymentId(version: string): string {
  return createHash('sha1').update(version).digest('hex')
}
