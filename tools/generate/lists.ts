/**
 * How lists and objects merge: server-side apply's list and map types and strategic merge patch's keys. The npm types do not carry them;
 * the facts are those of Kubernetes' and KubeVirt's published OpenAPI. A list that is not named here is atomic, an object granular.
 */

import type { Schema } from '@berth/meta'

type ListRule = Pick<Schema, 'listType' | 'listMapKeys' | 'patchStrategy' | 'patchMergeKey'>
type ObjectRule = Pick<Schema, 'patchStrategy' | 'mapType'>

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

const admission = 'io.k8s.api.admissionregistration.'

/** `<definition>.<property>` to its rule. */
const rules: Record<string, ListRule> = {
  [`${admission}v1.MutatingWebhook.matchConditions`]: by('name'),
  [`${admission}v1.MutatingWebhookConfiguration.webhooks`]: by('name'),
  [`${admission}v1.ValidatingAdmissionPolicyBindingSpec.validationActions`]: set,
  [`${admission}v1.ValidatingAdmissionPolicySpec.matchConditions`]: by('name'),
  [`${admission}v1.ValidatingAdmissionPolicySpec.variables`]: by('name'),
  [`${admission}v1.ValidatingAdmissionPolicyStatus.conditions`]: mapOf('type'),
  [`${admission}v1.ValidatingWebhook.matchConditions`]: by('name'),
  [`${admission}v1.ValidatingWebhookConfiguration.webhooks`]: by('name'),
  [`${admission}v1alpha1.MutatingAdmissionPolicySpec.matchConditions`]: by('name'),
  [`${admission}v1beta1.MutatingAdmissionPolicySpec.matchConditions`]: by('name'),
  [`${admission}v1beta1.ValidatingAdmissionPolicyBindingSpec.validationActions`]: set,
  [`${admission}v1beta1.ValidatingAdmissionPolicySpec.matchConditions`]: by('name'),
  [`${admission}v1beta1.ValidatingAdmissionPolicySpec.variables`]: by('name'),
  [`${admission}v1beta1.ValidatingAdmissionPolicyStatus.conditions`]: mapOf('type'),

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

  [`${core}ComponentStatus.conditions`]: by('type'),
  [`${core}ContainerStatus.allocatedResourcesStatus`]: by('name'),
  [`${core}ContainerStatus.volumeMounts`]: by('mountPath'),
  [`${core}ResourceStatus.resources`]: mapOf('resourceID'),
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
  'io.k8s.api.certificates.v1.CertificateSigningRequestStatus.conditions': mapOf('type'),
  'io.k8s.api.discovery.v1.Endpoint.addresses': set,
  'io.k8s.api.storage.v1.CSIDriverSpec.volumeLifecycleModes': set,
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

/** Properties that are objects, not lists. `retainKeys` clears what a strategic merge patch leaves out of a union. */
const objects: Record<string, ObjectRule> = {
  'io.k8s.api.apps.v1.DeploymentSpec.strategy': { patchStrategy: 'retainKeys' },
  'io.k8s.api.policy.v1.PodDisruptionBudgetSpec.selector': { patchStrategy: 'replace' },
  [`${core}PersistentVolumeClaimStatus.allocatedResourceStatuses`]: { mapType: 'granular' },
  [`${core}PersistentVolumeSpec.claimRef`]: { mapType: 'granular' },
  [`${core}PodSpec.nodeSelector`]: { mapType: 'atomic' },
  [`${core}ReplicationControllerSpec.selector`]: { mapType: 'atomic' },
  [`${core}ServiceSpec.selector`]: { mapType: 'atomic' },
}

/** Definitions whose objects server-side apply owns and replaces as a whole. */
const atomic = new Set([
  ...['v1', 'v1alpha1', 'v1beta1'].flatMap((version) =>
    ['MatchResources', 'NamedRuleWithOperations', 'ParamKind', 'ParamRef'].map(
      (kind) => `${admission}${version}.${kind}`,
    ),
  ),
  `${admission}v1.Variable`,
  `${admission}v1beta1.Variable`,
  `${core}ConfigMapKeySelector`,
  `${core}EndpointAddress`,
  `${core}EndpointPort`,
  `${core}LocalObjectReference`,
  `${core}NodeSelector`,
  `${core}NodeSelectorTerm`,
  `${core}ObjectFieldSelector`,
  `${core}ObjectReference`,
  `${core}ResourceFieldSelector`,
  `${core}ScopeSelector`,
  `${core}SecretKeySelector`,
  `${core}SecretReference`,
  `${core}TopologySelectorTerm`,
  `${core}TypedLocalObjectReference`,
  'io.k8s.api.discovery.v1.EndpointPort',
  'io.k8s.api.rbac.v1.RoleRef',
  'io.k8s.api.rbac.v1.Subject',
  `${meta}LabelSelector`,
  `${meta}OwnerReference`,
])

export function listRule(definition: string, property: string): ListRule {
  return rules[`${definition}.${property}`] ?? { listType: 'atomic' }
}

export function objectRule(definition: string, property: string): ObjectRule {
  return objects[`${definition}.${property}`] ?? {}
}

export function mapRule(definition: string): ObjectRule {
  return atomic.has(definition) ? { mapType: 'atomic' } : {}
}

/** Every `<definition>.<property>` the tables name, so that a test can tell a misspelt one. */
export const namedLists: string[] = [...Object.keys(rules), ...Object.keys(objects)]

/** Every definition they name. */
export const namedObjects: string[] = [...atomic]
