/** The kinds served, by definition name; the generator takes everything they refer to. */

const named = (prefix: string, kinds: string[]): string[] => kinds.map((kind) => `${prefix}.${kind}`)

export const coreRoots: string[] = [
  ...named('io.k8s.api.core.v1', [
    'Binding',
    'ComponentStatus',
    'ConfigMap',
    'Endpoints',
    'Event',
    'LimitRange',
    'Namespace',
    'Node',
    'PersistentVolume',
    'PersistentVolumeClaim',
    'Pod',
    'PodTemplate',
    'ReplicationController',
    'ResourceQuota',
    'Secret',
    'Service',
    'ServiceAccount',
  ]),
  ...named('io.k8s.api.apps.v1', ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet']),
  ...named('io.k8s.api.authentication.v1', ['SelfSubjectReview', 'TokenRequest', 'TokenReview']),
  ...named('io.k8s.api.authorization.v1', [
    'LocalSubjectAccessReview',
    'SelfSubjectAccessReview',
    'SelfSubjectRulesReview',
    'SubjectAccessReview',
  ]),
  ...named('io.k8s.api.coordination.v1', ['Lease']),
  ...named('io.k8s.api.discovery.v1', ['EndpointSlice']),
  ...named('io.k8s.api.events.v1', ['Event']),
  ...named('io.k8s.api.networking.v1', ['NetworkPolicy']),
  ...named('io.k8s.api.policy.v1', ['Eviction', 'PodDisruptionBudget']),
  ...named('io.k8s.api.rbac.v1', ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding']),
  ...named('io.k8s.api.scheduling.v1', ['PriorityClass']),
  ...named('io.k8s.api.storage.v1', ['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment']),
  ...named('io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1', ['CustomResourceDefinition']),
  ...named('io.k8s.kube-aggregator.pkg.apis.apiregistration.v1', ['APIService']),
  ...named('io.k8s.apimachinery.pkg.apis.meta.v1', [
    'APIGroup',
    'APIGroupList',
    'APIResourceList',
    'APIVersions',
    'DeleteOptions',
    'LabelSelector',
    'ListMeta',
    'ObjectMeta',
    'Status',
    'WatchEvent',
  ]),
  'io.k8s.apimachinery.pkg.version.Info',
]

export const kubevirtRoots: string[] = [
  ...named('io.kubevirt.v1', [
    'KubeVirt',
    'VirtualMachine',
    'VirtualMachineInstance',
    'VirtualMachineInstanceMigration',
    'VirtualMachineInstancePreset',
    'VirtualMachineInstanceReplicaSet',
  ]),
  ...named('io.kubevirt.cdi.v1beta1', [
    'CDIConfig',
    'DataSource',
    'DataVolume',
    'StorageProfile',
    'UploadTokenRequest',
  ]),
]
