/**
 * How lists merge: server-side apply's list types and strategic merge patch's keys. The npm types do not carry them; the facts are those
 * of Kubernetes' and KubeVirt's published OpenAPI. A list that is not named here is atomic.
 */

import type { Schema } from '@berth/meta'

type ListRule = Pick<Schema, 'listType' | 'listMapKeys' | 'patchStrategy' | 'patchMergeKey'>

/** A list of objects merged by one key, in both kinds of patch. */
const by = (key: string, ...more: string[]): ListRule => ({
  listType: 'map',
  listMapKeys: [key, ...more],
  patchStrategy: 'merge',
  patchMergeKey: key,
})
/** Strategic merge by a key where server-side apply replaces the list. */
const patchBy = (key: string): ListRule => ({ listType: 'atomic', patchStrategy: 'merge', patchMergeKey: key })
/** Server-side apply by keys; the kind takes no strategic merge patch. */
const mapOf = (...keys: string[]): ListRule => ({ listType: 'map', listMapKeys: keys })
const set: ListRule = { listType: 'set' }
const mergedSet: ListRule = { listType: 'set', patchStrategy: 'merge' }
const retainKeys = (key: string): ListRule => ({ ...by(key), patchStrategy: 'merge,retainKeys' })

const core = 'io.k8s.api.core.v1.'
const meta = 'io.k8s.apimachinery.pkg.apis.meta.v1.'

/** `<definition>.<property>` to its rule. */
const rules: Record<string, ListRule> = {
  [`${meta}ObjectMeta.finalizers`]: mergedSet,
  [`${meta}ObjectMeta.ownerReferences`]: by('uid'),

  [`${core}Container.env`]: by('name'),
  [`${core}Container.ports`]: by('containerPort', 'protocol'),
  [`${core}Container.volumeDevices`]: by('devicePath'),
  [`${core}Container.volumeMounts`]: by('mountPath'),
  [`${core}EphemeralContainer.env`]: by('name'),
  [`${core}EphemeralContainer.ports`]: by('containerPort', 'protocol'),
  [`${core}EphemeralContainer.volumeDevices`]: by('devicePath'),
  [`${core}EphemeralContainer.volumeMounts`]: by('mountPath'),
  [`${core}PodSpec.containers`]: by('name'),
  [`${core}PodSpec.ephemeralContainers`]: by('name'),
  [`${core}PodSpec.hostAliases`]: by('ip'),
  [`${core}PodSpec.imagePullSecrets`]: by('name'),
  [`${core}PodSpec.initContainers`]: by('name'),
  [`${core}PodSpec.resourceClaims`]: retainKeys('name'),
  [`${core}PodSpec.schedulingGates`]: by('name'),
  [`${core}PodSpec.topologySpreadConstraints`]: by('topologyKey', 'whenUnsatisfiable'),
  [`${core}PodSpec.volumes`]: retainKeys('name'),
  [`${core}PodStatus.conditions`]: by('type'),
  [`${core}PodStatus.hostIPs`]: patchBy('ip'),
  [`${core}PodStatus.podIPs`]: by('ip'),
  [`${core}PodStatus.resourceClaimStatuses`]: retainKeys('name'),
  [`${core}ResourceRequirements.claims`]: mapOf('name'),

  [`${core}NamespaceStatus.conditions`]: by('type'),
  [`${core}NodeSpec.podCIDRs`]: mergedSet,
  [`${core}NodeStatus.addresses`]: by('type'),
  [`${core}NodeStatus.conditions`]: by('type'),
  [`${core}PersistentVolumeClaimStatus.conditions`]: by('type'),
  [`${core}ReplicationControllerStatus.conditions`]: by('type'),
  [`${core}ServiceAccount.secrets`]: by('name'),
  [`${core}ServiceSpec.ports`]: by('port', 'protocol'),
  [`${core}ServiceStatus.conditions`]: by('type'),

  'io.k8s.api.apps.v1.DaemonSetStatus.conditions': by('type'),
  'io.k8s.api.apps.v1.DeploymentStatus.conditions': by('type'),
  'io.k8s.api.apps.v1.ReplicaSetStatus.conditions': by('type'),
  'io.k8s.api.apps.v1.StatefulSetStatus.conditions': by('type'),
  'io.k8s.api.policy.v1.PodDisruptionBudgetStatus.conditions': by('type'),
  'io.k8s.api.storage.v1.CSINodeSpec.drivers': by('name'),
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus.conditions': mapOf('type'),
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps.x-kubernetes-validations': {
    ...mapOf('rule'),
    patchStrategy: 'merge',
    patchMergeKey: 'rule',
  },
  'io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus.conditions': by('type'),

  'io.kubevirt.v1.KubeVirtConfiguration.supportContainerResources': mapOf('type'),
  'io.kubevirt.v1.QemuGuestAgentSSHPublicKeyAccessCredentialPropagation.users': set,
  'io.kubevirt.v1.TLSConfiguration.ciphers': set,
  'io.kubevirt.v1.VirtualMachineInstanceSpec.resourceClaims': mapOf('name'),
  'io.kubevirt.v1.VirtualMachineInstanceSpec.topologySpreadConstraints': mapOf('topologyKey', 'whenUnsatisfiable'),
  'io.kubevirt.v1.VirtualMachineInstanceSpec.utilityVolumes': mapOf('name'),
}

/** Objects (not lists) whose keys a strategic merge patch clears before merging: a union would otherwise keep both arms. */
const retained: Record<string, ListRule> = {
  'io.k8s.api.apps.v1.DeploymentSpec.strategy': { patchStrategy: 'retainKeys' },
}

export function listRule(definition: string, property: string): ListRule {
  return rules[`${definition}.${property}`] ?? { listType: 'atomic' }
}

export function objectRule(definition: string, property: string): ListRule {
  return retained[`${definition}.${property}`] ?? {}
}

/** Every `<definition>.<property>` the tables name, so that a test can tell a misspelt one. */
export const namedLists: string[] = [...Object.keys(rules), ...Object.keys(retained)]
