/**
 * Which field of a message in protocol buffers is which member in JSON, for the kinds that clients send in that form. The numbers
 * are those of the generated.proto files of k8s.io/api and k8s.io/apimachinery 0.37, the names their Go types' JSON names.
 *
 * Each field reads `number`, mark, type, mark, space, JSON name. Marks before the type: `*` a list, `%` a map with string keys,
 * `^` a message whose members are those of its parent (it has no name). After it: `?` zero and empty were said, not left out
 * (a pointer in Go); `!` they are part of the JSON too (no `omitempty` in Go).
 * Types: `s` string, `b` boolean, `i` integer, `y` bytes, `t` Time, `u` MicroTime, `q` Quantity, `o` IntOrString,
 * `r` JSON inside (RawExtension, FieldsV1), `l` a list of strings in a message of its own; else a message.
 */
export const messageFields: Readonly<Record<string, string>> = {
  'core.v1.Namespace': '1meta.v1.ObjectMeta metadata, 2core.v1.NamespaceSpec spec, 3core.v1.NamespaceStatus status',
  'core.v1.ConfigMap': '1meta.v1.ObjectMeta metadata, 4b? immutable, 2%s data, 3%y binaryData',
  'core.v1.Secret': '1meta.v1.ObjectMeta metadata, 5b? immutable, 2%y data, 4%s stringData, 3s type',
  'core.v1.ServiceAccount':
    '1meta.v1.ObjectMeta metadata, 2*core.v1.ObjectReference secrets, 3*core.v1.LocalObjectReference imagePullSecrets, 4b? automountServiceAccountToken',
  'core.v1.Service': '1meta.v1.ObjectMeta metadata, 2core.v1.ServiceSpec spec, 3core.v1.ServiceStatus status',
  'core.v1.Pod': '1meta.v1.ObjectMeta metadata, 2core.v1.PodSpec spec, 3core.v1.PodStatus status',
  'core.v1.Node': '1meta.v1.ObjectMeta metadata, 2core.v1.NodeSpec spec, 3core.v1.NodeStatus status',
  'core.v1.PersistentVolumeClaim':
    '1meta.v1.ObjectMeta metadata, 2core.v1.PersistentVolumeClaimSpec spec, 3core.v1.PersistentVolumeClaimStatus status',
  'core.v1.PersistentVolume':
    '1meta.v1.ObjectMeta metadata, 2core.v1.PersistentVolumeSpec spec, 3core.v1.PersistentVolumeStatus status',
  'core.v1.Event':
    '1meta.v1.ObjectMeta metadata, 2core.v1.ObjectReference involvedObject, 3s reason, 4s message, 5core.v1.EventSource source, 6t firstTimestamp, 7t lastTimestamp, 8i count, 9s type, 10u eventTime, 11core.v1.EventSeries series, 12s action, 13core.v1.ObjectReference related, 14s! reportingComponent, 15s! reportingInstance',
  'core.v1.Binding': '1meta.v1.ObjectMeta metadata, 2core.v1.ObjectReference target',
  'certificates.v1.CertificateSigningRequest':
    '1meta.v1.ObjectMeta metadata, 2certificates.v1.CertificateSigningRequestSpec spec, 3certificates.v1.CertificateSigningRequestStatus status',
  'certificates.v1.CertificateSigningRequestSpec':
    '1y! request, 7s! signerName, 8i? expirationSeconds, 5*s usages, 2s username, 3s uid, 4*s groups, 6%l extra',
  'certificates.v1.CertificateSigningRequestStatus':
    '1*certificates.v1.CertificateSigningRequestCondition conditions, 2y certificate',
  'certificates.v1.CertificateSigningRequestCondition':
    '1s! type, 6s! status, 2s reason, 3s message, 4t lastUpdateTime, 5t lastTransitionTime',
  'authentication.v1.TokenRequest':
    '1meta.v1.ObjectMeta metadata, 2authentication.v1.TokenRequestSpec spec, 3authentication.v1.TokenRequestStatus status',
  'authentication.v1.TokenReview':
    '1meta.v1.ObjectMeta metadata, 2authentication.v1.TokenReviewSpec spec, 3authentication.v1.TokenReviewStatus status',
  'authentication.v1.SelfSubjectReview':
    '1meta.v1.ObjectMeta metadata, 2authentication.v1.SelfSubjectReviewStatus status',
  'authorization.v1.SubjectAccessReview':
    '1meta.v1.ObjectMeta metadata, 2authorization.v1.SubjectAccessReviewSpec spec, 3authorization.v1.SubjectAccessReviewStatus status',
  'authorization.v1.SelfSubjectAccessReview':
    '1meta.v1.ObjectMeta metadata, 2authorization.v1.SelfSubjectAccessReviewSpec spec, 3authorization.v1.SubjectAccessReviewStatus status',
  'authorization.v1.LocalSubjectAccessReview':
    '1meta.v1.ObjectMeta metadata, 2authorization.v1.SubjectAccessReviewSpec spec, 3authorization.v1.SubjectAccessReviewStatus status',
  'authorization.v1.SelfSubjectRulesReview':
    '1meta.v1.ObjectMeta metadata, 2authorization.v1.SelfSubjectRulesReviewSpec spec, 3authorization.v1.SubjectRulesReviewStatus status',
  'rbac.v1.Role': '1meta.v1.ObjectMeta metadata, 2*rbac.v1.PolicyRule rules',
  'rbac.v1.RoleBinding': '1meta.v1.ObjectMeta metadata, 2*rbac.v1.Subject subjects, 3rbac.v1.RoleRef roleRef',
  'rbac.v1.ClusterRole':
    '1meta.v1.ObjectMeta metadata, 2*rbac.v1.PolicyRule rules, 3rbac.v1.AggregationRule aggregationRule',
  'rbac.v1.ClusterRoleBinding': '1meta.v1.ObjectMeta metadata, 2*rbac.v1.Subject subjects, 3rbac.v1.RoleRef roleRef',
  'policy.v1.Eviction': '1meta.v1.ObjectMeta metadata, 2meta.v1.DeleteOptions deleteOptions',
  'coordination.v1.Lease': '1meta.v1.ObjectMeta metadata, 2coordination.v1.LeaseSpec spec',
  'storage.v1.StorageClass':
    '1meta.v1.ObjectMeta metadata, 2s! provisioner, 3%s parameters, 4s? reclaimPolicy, 5*s mountOptions, 6b? allowVolumeExpansion, 7s? volumeBindingMode, 8*core.v1.TopologySelectorTerm allowedTopologies',
  'scheduling.v1.PriorityClass':
    '1meta.v1.ObjectMeta metadata, 2i! value, 3b globalDefault, 4s description, 5s? preemptionPolicy',
  'apps.v1.ControllerRevision': '1meta.v1.ObjectMeta metadata, 2r data, 3i! revision',
  'meta.v1.DeleteOptions':
    '1i? gracePeriodSeconds, 2meta.v1.Preconditions preconditions, 3b? orphanDependents, 4s? propagationPolicy, 5*s dryRun, 6b? ignoreStoreReadErrorWithClusterBreakingPotential',
  'meta.v1.ObjectMeta':
    '1s name, 2s generateName, 3s namespace, 4s selfLink, 5s uid, 6s resourceVersion, 7i generation, 8t creationTimestamp, 9t? deletionTimestamp, 10i? deletionGracePeriodSeconds, 11%s labels, 12%s annotations, 13*meta.v1.OwnerReference ownerReferences, 14*s finalizers, 17*meta.v1.ManagedFieldsEntry managedFields',
  'core.v1.NamespaceSpec': '1*s finalizers',
  'core.v1.NamespaceStatus': '1s phase, 2*core.v1.NamespaceCondition conditions',
  'core.v1.ObjectReference': '1s kind, 2s namespace, 3s name, 4s uid, 5s apiVersion, 6s resourceVersion, 7s fieldPath',
  'core.v1.LocalObjectReference': '1s name',
  'core.v1.ServiceSpec':
    '1*core.v1.ServicePort ports, 2%s selector, 3s clusterIP, 18*s clusterIPs, 4s type, 5*s externalIPs, 7s sessionAffinity, 8s loadBalancerIP, 9*s loadBalancerSourceRanges, 10s externalName, 11s externalTrafficPolicy, 12i healthCheckNodePort, 13b publishNotReadyAddresses, 14core.v1.SessionAffinityConfig sessionAffinityConfig, 19*s ipFamilies, 17s? ipFamilyPolicy, 20b? allocateLoadBalancerNodePorts, 21s? loadBalancerClass, 22s? internalTrafficPolicy, 23s? trafficDistribution',
  'core.v1.ServiceStatus': '1core.v1.LoadBalancerStatus loadBalancer, 2*meta.v1.Condition conditions',
  'core.v1.PodSpec':
    '1*core.v1.Volume volumes, 20*core.v1.Container initContainers, 2*core.v1.Container containers, 34*core.v1.EphemeralContainer ephemeralContainers, 3s restartPolicy, 4i? terminationGracePeriodSeconds, 5i? activeDeadlineSeconds, 6s dnsPolicy, 7%s nodeSelector, 8s serviceAccountName, 9s serviceAccount, 21b? automountServiceAccountToken, 10s nodeName, 11b hostNetwork, 12b hostPID, 13b hostIPC, 27b? shareProcessNamespace, 14core.v1.PodSecurityContext securityContext, 15*core.v1.LocalObjectReference imagePullSecrets, 16s hostname, 17s subdomain, 18core.v1.Affinity affinity, 19s schedulerName, 22*core.v1.Toleration tolerations, 23*core.v1.HostAlias hostAliases, 24s priorityClassName, 25i? priority, 26core.v1.PodDNSConfig dnsConfig, 28*core.v1.PodReadinessGate readinessGates, 29s? runtimeClassName, 30b? enableServiceLinks, 31s? preemptionPolicy, 32%q overhead, 33*core.v1.TopologySpreadConstraint topologySpreadConstraints, 35b? setHostnameAsFQDN, 36core.v1.PodOS os, 37b? hostUsers, 38*core.v1.PodSchedulingGate schedulingGates, 39*core.v1.PodResourceClaim resourceClaims, 40core.v1.ResourceRequirements resources, 41s? hostnameOverride, 43core.v1.PodSchedulingGroup schedulingGroup, 44*core.v1.EvictionResponder evictionResponders',
  'core.v1.PodStatus':
    '17i observedGeneration, 1s phase, 2*core.v1.PodCondition conditions, 3s message, 4s reason, 11s nominatedNodeName, 5s hostIP, 16*core.v1.HostIP hostIPs, 6s podIP, 12*core.v1.PodIP podIPs, 7t? startTime, 10*core.v1.ContainerStatus initContainerStatuses, 8*core.v1.ContainerStatus containerStatuses, 9s qosClass, 13*core.v1.ContainerStatus ephemeralContainerStatuses, 14s resize, 15*core.v1.PodResourceClaimStatus resourceClaimStatuses, 18core.v1.PodExtendedResourceClaimStatus extendedResourceClaimStatus, 19%q allocatedResources, 20core.v1.ResourceRequirements resources, 21*core.v1.NodeAllocatableResourceClaimStatus nodeAllocatableResourceClaimStatuses, 22*core.v1.PodVolumeHealth volumeHealth',
  'core.v1.NodeSpec':
    '1s podCIDR, 7*s podCIDRs, 3s providerID, 4b unschedulable, 5*core.v1.Taint taints, 6core.v1.NodeConfigSource configSource, 2s externalID, 8core.v1.NodePodPreemptionPolicy podPreemptionPolicy',
  'core.v1.NodeStatus':
    '1%q capacity, 2%q allocatable, 3s phase, 4*core.v1.NodeCondition conditions, 5*core.v1.NodeAddress addresses, 6core.v1.NodeDaemonEndpoints daemonEndpoints, 7core.v1.NodeSystemInfo nodeInfo, 8*core.v1.ContainerImage images, 9*s volumesInUse, 10*core.v1.AttachedVolume volumesAttached, 11core.v1.NodeConfigStatus config, 12*core.v1.NodeRuntimeHandler runtimeHandlers, 13core.v1.NodeFeatures features, 14*s declaredFeatures',
  'core.v1.PersistentVolumeClaimSpec':
    '1*s accessModes, 4meta.v1.LabelSelector selector, 2core.v1.VolumeResourceRequirements resources, 3s volumeName, 5s? storageClassName, 6s? volumeMode, 7core.v1.TypedLocalObjectReference dataSource, 8core.v1.TypedObjectReference dataSourceRef, 9s? volumeAttributesClassName',
  'core.v1.PersistentVolumeClaimStatus':
    '1s phase, 2*s accessModes, 3%q capacity, 4*core.v1.PersistentVolumeClaimCondition conditions, 5%q allocatedResources, 7%s allocatedResourceStatuses, 8s? currentVolumeAttributesClassName, 9core.v1.ModifyVolumeStatus modifyVolumeStatus, 10core.v1.VolumeHealthStatus healthStatus',
  'core.v1.PersistentVolumeSpec':
    '1%q capacity, 2^core.v1.PersistentVolumeSource, 3*s accessModes, 4core.v1.ObjectReference claimRef, 5s persistentVolumeReclaimPolicy, 6s storageClassName, 7*s mountOptions, 8s? volumeMode, 9core.v1.VolumeNodeAffinity nodeAffinity, 10s? volumeAttributesClassName',
  'core.v1.PersistentVolumeStatus': '1s phase, 2s message, 3s reason, 4t? lastPhaseTransitionTime',
  'core.v1.EventSource': '1s component, 2s host',
  'core.v1.EventSeries': '1i count, 2u lastObservedTime',
  'authentication.v1.TokenRequestSpec':
    '1*s audiences, 4i? expirationSeconds, 3authentication.v1.BoundObjectReference boundObjectRef, 5%l attestations',
  'authentication.v1.TokenRequestStatus': '1s! token, 2t expirationTimestamp',
  'authentication.v1.TokenReviewSpec': '1s token, 2*s audiences',
  'authentication.v1.TokenReviewStatus': '1b authenticated, 2authentication.v1.UserInfo user, 4*s audiences, 3s error',
  'authentication.v1.SelfSubjectReviewStatus': '1authentication.v1.UserInfo userInfo',
  'authorization.v1.SubjectAccessReviewSpec':
    '1authorization.v1.ResourceAttributes resourceAttributes, 2authorization.v1.NonResourceAttributes nonResourceAttributes, 3s user, 4*s groups, 5%l extra, 6s uid',
  'authorization.v1.SubjectAccessReviewStatus': '1b! allowed, 4b denied, 2s reason, 3s evaluationError',
  'authorization.v1.SelfSubjectAccessReviewSpec':
    '1authorization.v1.ResourceAttributes resourceAttributes, 2authorization.v1.NonResourceAttributes nonResourceAttributes',
  'authorization.v1.SelfSubjectRulesReviewSpec': '1s namespace',
  'authorization.v1.SubjectRulesReviewStatus':
    '1*authorization.v1.ResourceRule resourceRules, 2*authorization.v1.NonResourceRule nonResourceRules, 3b! incomplete, 4s evaluationError',
  'rbac.v1.PolicyRule': '1*s verbs, 2*s apiGroups, 3*s resources, 4*s resourceNames, 5*s nonResourceURLs',
  'rbac.v1.Subject': '1s! kind, 2s apiGroup, 3s! name, 4s namespace',
  'rbac.v1.RoleRef': '1s! apiGroup, 2s! kind, 3s! name',
  'rbac.v1.AggregationRule': '1*meta.v1.LabelSelector clusterRoleSelectors',
  'coordination.v1.LeaseSpec':
    '1s? holderIdentity, 2i? leaseDurationSeconds, 3u? acquireTime, 4u? renewTime, 5i? leaseTransitions, 6s? strategy, 7s? preferredHolder',
  'core.v1.TopologySelectorTerm': '1*core.v1.TopologySelectorLabelRequirement matchLabelExpressions',
  'meta.v1.Preconditions': '1s? uid, 2s? resourceVersion',
  'meta.v1.OwnerReference': '5s! apiVersion, 1s! kind, 3s! name, 4s! uid, 6b? controller, 7b? blockOwnerDeletion',
  'meta.v1.ManagedFieldsEntry':
    '1s manager, 2s operation, 3s apiVersion, 4t? time, 6s fieldsType, 7r? fieldsV1, 8s subresource',
  'core.v1.NamespaceCondition': '1s! type, 2s! status, 4t lastTransitionTime, 5s reason, 6s message',
  'core.v1.ServicePort': '1s name, 2s protocol, 6s? appProtocol, 3i! port, 4o! targetPort, 5i nodePort',
  'core.v1.SessionAffinityConfig': '1core.v1.ClientIPConfig clientIP',
  'core.v1.LoadBalancerStatus': '1*core.v1.LoadBalancerIngress ingress',
  'meta.v1.Condition': '1s! type, 2s! status, 3i observedGeneration, 4t lastTransitionTime, 5s! reason, 6s! message',
  'core.v1.Volume': '1s! name, 2^core.v1.VolumeSource',
  'core.v1.Container':
    '1s! name, 2s image, 3*s command, 4*s args, 5s workingDir, 6*core.v1.ContainerPort ports, 19*core.v1.EnvFromSource envFrom, 7*core.v1.EnvVar env, 8core.v1.ResourceRequirements resources, 23*core.v1.ContainerResizePolicy resizePolicy, 24s? restartPolicy, 25*core.v1.ContainerRestartRule restartPolicyRules, 9*core.v1.VolumeMount volumeMounts, 21*core.v1.VolumeDevice volumeDevices, 10core.v1.Probe livenessProbe, 11core.v1.Probe readinessProbe, 22core.v1.Probe startupProbe, 12core.v1.Lifecycle lifecycle, 13s terminationMessagePath, 20s terminationMessagePolicy, 14s imagePullPolicy, 15core.v1.SecurityContext securityContext, 16b stdin, 17b stdinOnce, 18b tty',
  'core.v1.EphemeralContainer': '1^core.v1.EphemeralContainerCommon, 2s targetContainerName',
  'core.v1.PodSecurityContext':
    '1core.v1.SELinuxOptions seLinuxOptions, 8core.v1.WindowsSecurityContextOptions windowsOptions, 2i? runAsUser, 6i? runAsGroup, 3b? runAsNonRoot, 4*i supplementalGroups, 12s? supplementalGroupsPolicy, 5i? fsGroup, 7*core.v1.Sysctl sysctls, 9s? fsGroupChangePolicy, 10core.v1.SeccompProfile seccompProfile, 11core.v1.AppArmorProfile appArmorProfile, 13s? seLinuxChangePolicy',
  'core.v1.Affinity':
    '1core.v1.NodeAffinity nodeAffinity, 2core.v1.PodAffinity podAffinity, 3core.v1.PodAntiAffinity podAntiAffinity',
  'core.v1.Toleration': '1s key, 2s operator, 3s value, 4s effect, 5i? tolerationSeconds',
  'core.v1.HostAlias': '1s! ip, 2*s hostnames',
  'core.v1.PodDNSConfig': '1*s nameservers, 2*s searches, 3*core.v1.PodDNSConfigOption options',
  'core.v1.PodReadinessGate': '1s! conditionType',
  'core.v1.TopologySpreadConstraint':
    '1i! maxSkew, 2s! topologyKey, 3s! whenUnsatisfiable, 4meta.v1.LabelSelector labelSelector, 5i? minDomains, 6s? nodeAffinityPolicy, 7s? nodeTaintsPolicy, 8*s matchLabelKeys',
  'core.v1.PodOS': '1s! name',
  'core.v1.PodSchedulingGate': '1s! name',
  'core.v1.PodResourceClaim': '1s! name, 3s? resourceClaimName, 4s? resourceClaimTemplateName',
  'core.v1.ResourceRequirements': '1%q limits, 2%q requests, 3*core.v1.ResourceClaim claims',
  'core.v1.PodSchedulingGroup': '1s? podGroupName',
  'core.v1.EvictionResponder': '1s! name, 2i? priority',
  'core.v1.PodCondition':
    '1s! type, 7i observedGeneration, 2s! status, 3t lastProbeTime, 4t lastTransitionTime, 5s reason, 6s message',
  'core.v1.HostIP': '1s! ip',
  'core.v1.PodIP': '1s! ip',
  'core.v1.ContainerStatus':
    '1s! name, 2core.v1.ContainerState state, 3core.v1.ContainerState lastState, 4b! ready, 5i! restartCount, 6s! image, 7s! imageID, 8s containerID, 9b? started, 10%q allocatedResources, 11core.v1.ResourceRequirements resources, 12*core.v1.VolumeMountStatus volumeMounts, 13core.v1.ContainerUser user, 14*core.v1.ResourceStatus allocatedResourcesStatus, 15s? stopSignal',
  'core.v1.PodResourceClaimStatus': '1s! name, 2s? resourceClaimName',
  'core.v1.PodExtendedResourceClaimStatus':
    '1*core.v1.ContainerExtendedResourceRequest requestMappings, 2s! resourceClaimName',
  'core.v1.NodeAllocatableResourceClaimStatus':
    '1s! resourceClaimName, 2*s containers, 4*core.v1.NodeAllocatableMappedResources mapping, 5*core.v1.NodeAllocatableOverheadResources overhead',
  'core.v1.PodVolumeHealth': '1s! name, 2*core.v1.VolumeHealthCondition healthConditions, 3t lastTransitionTime',
  'core.v1.Taint': '1s! key, 2s value, 3s! effect, 4t? timeAdded',
  'core.v1.NodeConfigSource': '2core.v1.ConfigMapNodeConfigSource configMap',
  'core.v1.NodePodPreemptionPolicy': '1*s disableResizePreemption',
  'core.v1.NodeCondition': '1s! type, 2s! status, 3t lastHeartbeatTime, 4t lastTransitionTime, 5s reason, 6s message',
  'core.v1.NodeAddress': '1s! type, 2s! address',
  'core.v1.NodeDaemonEndpoints': '1core.v1.DaemonEndpoint kubeletEndpoint',
  'core.v1.NodeSystemInfo':
    '1s! machineID, 2s! systemUUID, 3s! bootID, 4s! kernelVersion, 5s! osImage, 6s! containerRuntimeVersion, 7s! kubeletVersion, 8s! kubeProxyVersion, 9s! operatingSystem, 10s! architecture, 11core.v1.NodeSwapStatus swap, 12b? runningInUserNamespace',
  'core.v1.ContainerImage': '1*s names, 2i sizeBytes',
  'core.v1.AttachedVolume': '1s! name, 2s! devicePath',
  'core.v1.NodeConfigStatus':
    '1core.v1.NodeConfigSource assigned, 2core.v1.NodeConfigSource active, 3core.v1.NodeConfigSource lastKnownGood, 4s error',
  'core.v1.NodeRuntimeHandler': '1s! name, 2core.v1.NodeRuntimeHandlerFeatures features',
  'core.v1.NodeFeatures': '1b? supplementalGroupsPolicy',
  'meta.v1.LabelSelector': '1%s matchLabels, 2*meta.v1.LabelSelectorRequirement matchExpressions',
  'core.v1.VolumeResourceRequirements': '1%q limits, 2%q requests',
  'core.v1.TypedLocalObjectReference': '1s? apiGroup, 2s! kind, 3s! name',
  'core.v1.TypedObjectReference': '1s? apiGroup, 2s! kind, 3s! name, 4s? namespace',
  'core.v1.PersistentVolumeClaimCondition':
    '1s! type, 2s! status, 3t lastProbeTime, 4t lastTransitionTime, 5s reason, 6s message',
  'core.v1.ModifyVolumeStatus': '1s targetVolumeAttributesClassName, 2s! status',
  'core.v1.VolumeHealthStatus': '1*core.v1.VolumeHealthCondition healthConditions, 2t lastTransitionTime',
  'core.v1.PersistentVolumeSource':
    '1core.v1.GCEPersistentDiskVolumeSource gcePersistentDisk, 2core.v1.AWSElasticBlockStoreVolumeSource awsElasticBlockStore, 3core.v1.HostPathVolumeSource hostPath, 4core.v1.GlusterfsPersistentVolumeSource glusterfs, 5core.v1.NFSVolumeSource nfs, 6core.v1.RBDPersistentVolumeSource rbd, 7core.v1.ISCSIPersistentVolumeSource iscsi, 8core.v1.CinderPersistentVolumeSource cinder, 9core.v1.CephFSPersistentVolumeSource cephfs, 10core.v1.FCVolumeSource fc, 11core.v1.FlockerVolumeSource flocker, 12core.v1.FlexPersistentVolumeSource flexVolume, 13core.v1.AzureFilePersistentVolumeSource azureFile, 14core.v1.VsphereVirtualDiskVolumeSource vsphereVolume, 15core.v1.QuobyteVolumeSource quobyte, 16core.v1.AzureDiskVolumeSource azureDisk, 17core.v1.PhotonPersistentDiskVolumeSource photonPersistentDisk, 18core.v1.PortworxVolumeSource portworxVolume, 19core.v1.ScaleIOPersistentVolumeSource scaleIO, 20core.v1.LocalVolumeSource local, 21core.v1.StorageOSPersistentVolumeSource storageos, 22core.v1.CSIPersistentVolumeSource csi',
  'core.v1.VolumeNodeAffinity': '1core.v1.NodeSelector required',
  'authentication.v1.BoundObjectReference': '1s kind, 2s apiVersion, 3s name, 4s uid',
  'authentication.v1.UserInfo': '1s username, 2s uid, 3*s groups, 4%l extra',
  'authorization.v1.ResourceAttributes':
    '1s namespace, 2s verb, 3s group, 4s version, 5s resource, 6s subresource, 7s name, 8authorization.v1.FieldSelectorAttributes fieldSelector, 9authorization.v1.LabelSelectorAttributes labelSelector',
  'authorization.v1.NonResourceAttributes': '1s path, 2s verb',
  'authorization.v1.ResourceRule': '1*s verbs, 2*s apiGroups, 3*s resources, 4*s resourceNames',
  'authorization.v1.NonResourceRule': '1*s verbs, 2*s nonResourceURLs',
  'core.v1.TopologySelectorLabelRequirement': '1s! key, 2*s values',
  'core.v1.ClientIPConfig': '1i? timeoutSeconds',
  'core.v1.LoadBalancerIngress': '1s ip, 2s hostname, 3s? ipMode, 4*core.v1.PortStatus ports',
  'core.v1.VolumeSource':
    '1core.v1.HostPathVolumeSource hostPath, 2core.v1.EmptyDirVolumeSource emptyDir, 3core.v1.GCEPersistentDiskVolumeSource gcePersistentDisk, 4core.v1.AWSElasticBlockStoreVolumeSource awsElasticBlockStore, 5core.v1.GitRepoVolumeSource gitRepo, 6core.v1.SecretVolumeSource secret, 7core.v1.NFSVolumeSource nfs, 8core.v1.ISCSIVolumeSource iscsi, 9core.v1.GlusterfsVolumeSource glusterfs, 10core.v1.PersistentVolumeClaimVolumeSource persistentVolumeClaim, 11core.v1.RBDVolumeSource rbd, 12core.v1.FlexVolumeSource flexVolume, 13core.v1.CinderVolumeSource cinder, 14core.v1.CephFSVolumeSource cephfs, 15core.v1.FlockerVolumeSource flocker, 16core.v1.DownwardAPIVolumeSource downwardAPI, 17core.v1.FCVolumeSource fc, 18core.v1.AzureFileVolumeSource azureFile, 19core.v1.ConfigMapVolumeSource configMap, 20core.v1.VsphereVirtualDiskVolumeSource vsphereVolume, 21core.v1.QuobyteVolumeSource quobyte, 22core.v1.AzureDiskVolumeSource azureDisk, 23core.v1.PhotonPersistentDiskVolumeSource photonPersistentDisk, 26core.v1.ProjectedVolumeSource projected, 24core.v1.PortworxVolumeSource portworxVolume, 25core.v1.ScaleIOVolumeSource scaleIO, 27core.v1.StorageOSVolumeSource storageos, 28core.v1.CSIVolumeSource csi, 29core.v1.EphemeralVolumeSource ephemeral, 30core.v1.ImageVolumeSource image',
  'core.v1.ContainerPort': '1s name, 2i hostPort, 3i! containerPort, 4s protocol, 5s hostIP',
  'core.v1.EnvFromSource': '1s prefix, 2core.v1.ConfigMapEnvSource configMapRef, 3core.v1.SecretEnvSource secretRef',
  'core.v1.EnvVar': '1s! name, 2s value, 3core.v1.EnvVarSource valueFrom',
  'core.v1.ContainerResizePolicy': '1s! resourceName, 2s! restartPolicy',
  'core.v1.ContainerRestartRule': '1s action, 2core.v1.ContainerRestartRuleOnExitCodes exitCodes',
  'core.v1.VolumeMount':
    '1s! name, 2b readOnly, 7s? recursiveReadOnly, 3s! mountPath, 4s subPath, 5s? mountPropagation, 6s subPathExpr, 8*s bindMountOptions',
  'core.v1.VolumeDevice': '1s! name, 2s! devicePath',
  'core.v1.Probe':
    '1^core.v1.ProbeHandler, 2i initialDelaySeconds, 3i timeoutSeconds, 4i periodSeconds, 5i successThreshold, 6i failureThreshold, 7i? terminationGracePeriodSeconds',
  'core.v1.Lifecycle': '1core.v1.LifecycleHandler postStart, 2core.v1.LifecycleHandler preStop, 3s? stopSignal',
  'core.v1.SecurityContext':
    '1core.v1.Capabilities capabilities, 2b? privileged, 3core.v1.SELinuxOptions seLinuxOptions, 10core.v1.WindowsSecurityContextOptions windowsOptions, 4i? runAsUser, 8i? runAsGroup, 5b? runAsNonRoot, 6b? readOnlyRootFilesystem, 7b? allowPrivilegeEscalation, 9s? procMount, 11core.v1.SeccompProfile seccompProfile, 12core.v1.AppArmorProfile appArmorProfile',
  'core.v1.EphemeralContainerCommon':
    '1s! name, 2s image, 3*s command, 4*s args, 5s workingDir, 6*core.v1.ContainerPort ports, 19*core.v1.EnvFromSource envFrom, 7*core.v1.EnvVar env, 8core.v1.ResourceRequirements resources, 23*core.v1.ContainerResizePolicy resizePolicy, 24s? restartPolicy, 25*core.v1.ContainerRestartRule restartPolicyRules, 9*core.v1.VolumeMount volumeMounts, 21*core.v1.VolumeDevice volumeDevices, 10core.v1.Probe livenessProbe, 11core.v1.Probe readinessProbe, 22core.v1.Probe startupProbe, 12core.v1.Lifecycle lifecycle, 13s terminationMessagePath, 20s terminationMessagePolicy, 14s imagePullPolicy, 15core.v1.SecurityContext securityContext, 16b stdin, 17b stdinOnce, 18b tty',
  'core.v1.SELinuxOptions': '1s user, 2s role, 3s type, 4s level',
  'core.v1.WindowsSecurityContextOptions':
    '1s? gmsaCredentialSpecName, 2s? gmsaCredentialSpec, 3s? runAsUserName, 4b? hostProcess',
  'core.v1.Sysctl': '1s! name, 2s! value',
  'core.v1.SeccompProfile': '1s! type, 2s? localhostProfile',
  'core.v1.AppArmorProfile': '1s! type, 2s? localhostProfile',
  'core.v1.NodeAffinity':
    '1core.v1.NodeSelector requiredDuringSchedulingIgnoredDuringExecution, 2*core.v1.PreferredSchedulingTerm preferredDuringSchedulingIgnoredDuringExecution',
  'core.v1.PodAffinity':
    '1*core.v1.PodAffinityTerm requiredDuringSchedulingIgnoredDuringExecution, 2*core.v1.WeightedPodAffinityTerm preferredDuringSchedulingIgnoredDuringExecution',
  'core.v1.PodAntiAffinity':
    '1*core.v1.PodAffinityTerm requiredDuringSchedulingIgnoredDuringExecution, 2*core.v1.WeightedPodAffinityTerm preferredDuringSchedulingIgnoredDuringExecution',
  'core.v1.PodDNSConfigOption': '1s name, 2s? value',
  'core.v1.ResourceClaim': '1s! name, 2s request',
  'core.v1.ContainerState':
    '1core.v1.ContainerStateWaiting waiting, 2core.v1.ContainerStateRunning running, 3core.v1.ContainerStateTerminated terminated',
  'core.v1.VolumeMountStatus':
    '1s! name, 2s! mountPath, 3b readOnly, 4s? recursiveReadOnly, 5core.v1.VolumeStatus volumeStatus',
  'core.v1.ContainerUser': '1core.v1.LinuxContainerUser linux',
  'core.v1.ResourceStatus': '1s! name, 2*core.v1.ResourceHealth resources',
  'core.v1.ContainerExtendedResourceRequest': '1s! containerName, 2s! resourceName, 3s! requestName',
  'core.v1.NodeAllocatableMappedResources': '1s! name, 2q? quantity',
  'core.v1.NodeAllocatableOverheadResources': '1s! name, 2q? perPod, 3q? perContainer',
  'core.v1.VolumeHealthCondition': '1s! status, 2s! reason, 3s message',
  'core.v1.ConfigMapNodeConfigSource': '1s! namespace, 2s! name, 3s uid, 4s resourceVersion, 5s! kubeletConfigKey',
  'core.v1.DaemonEndpoint': '1i! Port',
  'core.v1.NodeSwapStatus': '1i? capacity',
  'core.v1.NodeRuntimeHandlerFeatures': '1b? recursiveReadOnlyMounts, 2b? userNamespaces',
  'meta.v1.LabelSelectorRequirement': '1s! key, 2s! operator, 3*s values',
  'core.v1.GCEPersistentDiskVolumeSource': '1s! pdName, 2s fsType, 3i partition, 4b readOnly',
  'core.v1.AWSElasticBlockStoreVolumeSource': '1s! volumeID, 2s fsType, 3i partition, 4b readOnly',
  'core.v1.HostPathVolumeSource': '1s! path, 2s? type',
  'core.v1.GlusterfsPersistentVolumeSource': '1s! endpoints, 2s! path, 3b readOnly, 4s? endpointsNamespace',
  'core.v1.NFSVolumeSource': '1s! server, 2s! path, 3b readOnly',
  'core.v1.RBDPersistentVolumeSource':
    '1*s monitors, 2s! image, 3s fsType, 4s pool, 5s user, 6s keyring, 7core.v1.SecretReference secretRef, 8b readOnly',
  'core.v1.ISCSIPersistentVolumeSource':
    '1s! targetPortal, 2s! iqn, 3i! lun, 4s iscsiInterface, 5s fsType, 6b readOnly, 7*s portals, 8b chapAuthDiscovery, 11b chapAuthSession, 10core.v1.SecretReference secretRef, 12s? initiatorName',
  'core.v1.CinderPersistentVolumeSource': '1s! volumeID, 2s fsType, 3b readOnly, 4core.v1.SecretReference secretRef',
  'core.v1.CephFSPersistentVolumeSource':
    '1*s monitors, 2s path, 3s user, 4s secretFile, 5core.v1.SecretReference secretRef, 6b readOnly',
  'core.v1.FCVolumeSource': '1*s targetWWNs, 2i? lun, 3s fsType, 4b readOnly, 5*s wwids',
  'core.v1.FlockerVolumeSource': '1s datasetName, 2s datasetUUID',
  'core.v1.FlexPersistentVolumeSource':
    '1s! driver, 2s fsType, 3core.v1.SecretReference secretRef, 4b readOnly, 5%s options',
  'core.v1.AzureFilePersistentVolumeSource': '1s! secretName, 2s! shareName, 3b readOnly, 4s? secretNamespace',
  'core.v1.VsphereVirtualDiskVolumeSource': '1s! volumePath, 2s fsType, 3s storagePolicyName, 4s storagePolicyID',
  'core.v1.QuobyteVolumeSource': '1s! registry, 2s! volume, 3b readOnly, 4s user, 5s group, 6s tenant',
  'core.v1.AzureDiskVolumeSource': '1s! diskName, 2s! diskURI, 3s? cachingMode, 4s? fsType, 5b? readOnly, 6s? kind',
  'core.v1.PhotonPersistentDiskVolumeSource': '1s! pdID, 2s fsType',
  'core.v1.PortworxVolumeSource': '1s! volumeID, 2s fsType, 3b readOnly',
  'core.v1.ScaleIOPersistentVolumeSource':
    '1s! gateway, 2s! system, 3core.v1.SecretReference secretRef, 4b sslEnabled, 5s protectionDomain, 6s storagePool, 7s storageMode, 8s volumeName, 9s fsType, 10b readOnly',
  'core.v1.LocalVolumeSource': '1s! path, 2s? fsType',
  'core.v1.StorageOSPersistentVolumeSource':
    '1s volumeName, 2s volumeNamespace, 3s fsType, 4b readOnly, 5core.v1.ObjectReference secretRef',
  'core.v1.CSIPersistentVolumeSource':
    '1s! driver, 2s! volumeHandle, 3b readOnly, 4s fsType, 5%s volumeAttributes, 6core.v1.SecretReference controllerPublishSecretRef, 7core.v1.SecretReference nodeStageSecretRef, 8core.v1.SecretReference nodePublishSecretRef, 9core.v1.SecretReference controllerExpandSecretRef, 10core.v1.SecretReference nodeExpandSecretRef',
  'core.v1.NodeSelector': '1*core.v1.NodeSelectorTerm nodeSelectorTerms',
  'authorization.v1.FieldSelectorAttributes': '1s rawSelector, 2*meta.v1.FieldSelectorRequirement requirements',
  'authorization.v1.LabelSelectorAttributes': '1s rawSelector, 2*meta.v1.LabelSelectorRequirement requirements',
  'core.v1.PortStatus': '1i! port, 2s! protocol, 3s? error',
  'core.v1.EmptyDirVolumeSource': '1s medium, 2q? sizeLimit, 3i? mode',
  'core.v1.GitRepoVolumeSource': '1s! repository, 2s revision, 3s directory',
  'core.v1.SecretVolumeSource':
    '1s secretName, 2*core.v1.KeyToPath items, 3i? defaultMode, 4b? optional, 5i? defaultUser',
  'core.v1.ISCSIVolumeSource':
    '1s! targetPortal, 2s! iqn, 3i! lun, 4s iscsiInterface, 5s fsType, 6b readOnly, 7*s portals, 8b chapAuthDiscovery, 11b chapAuthSession, 10core.v1.LocalObjectReference secretRef, 12s? initiatorName',
  'core.v1.GlusterfsVolumeSource': '1s! endpoints, 2s! path, 3b readOnly',
  'core.v1.PersistentVolumeClaimVolumeSource': '1s! claimName, 2b readOnly',
  'core.v1.RBDVolumeSource':
    '1*s monitors, 2s! image, 3s fsType, 4s pool, 5s user, 6s keyring, 7core.v1.LocalObjectReference secretRef, 8b readOnly',
  'core.v1.FlexVolumeSource':
    '1s! driver, 2s fsType, 3core.v1.LocalObjectReference secretRef, 4b readOnly, 5%s options',
  'core.v1.CinderVolumeSource': '1s! volumeID, 2s fsType, 3b readOnly, 4core.v1.LocalObjectReference secretRef',
  'core.v1.CephFSVolumeSource':
    '1*s monitors, 2s path, 3s user, 4s secretFile, 5core.v1.LocalObjectReference secretRef, 6b readOnly',
  'core.v1.DownwardAPIVolumeSource': '1*core.v1.DownwardAPIVolumeFile items, 2i? defaultMode, 3i? defaultUser',
  'core.v1.AzureFileVolumeSource': '1s! secretName, 2s! shareName, 3b readOnly',
  'core.v1.ConfigMapVolumeSource':
    '1^core.v1.LocalObjectReference, 2*core.v1.KeyToPath items, 3i? defaultMode, 4b? optional, 5i? defaultUser',
  'core.v1.ProjectedVolumeSource': '1*core.v1.VolumeProjection sources, 2i? defaultMode, 3i? defaultUser',
  'core.v1.ScaleIOVolumeSource':
    '1s! gateway, 2s! system, 3core.v1.LocalObjectReference secretRef, 4b sslEnabled, 5s protectionDomain, 6s storagePool, 7s storageMode, 8s volumeName, 9s fsType, 10b readOnly',
  'core.v1.StorageOSVolumeSource':
    '1s volumeName, 2s volumeNamespace, 3s fsType, 4b readOnly, 5core.v1.LocalObjectReference secretRef',
  'core.v1.CSIVolumeSource':
    '1s! driver, 2b? readOnly, 3s? fsType, 4%s volumeAttributes, 5core.v1.LocalObjectReference nodePublishSecretRef',
  'core.v1.EphemeralVolumeSource': '1core.v1.PersistentVolumeClaimTemplate volumeClaimTemplate',
  'core.v1.ImageVolumeSource': '1s reference, 2s pullPolicy',
  'core.v1.ConfigMapEnvSource': '1^core.v1.LocalObjectReference, 2b? optional',
  'core.v1.SecretEnvSource': '1^core.v1.LocalObjectReference, 2b? optional',
  'core.v1.EnvVarSource':
    '1core.v1.ObjectFieldSelector fieldRef, 2core.v1.ResourceFieldSelector resourceFieldRef, 3core.v1.ConfigMapKeySelector configMapKeyRef, 4core.v1.SecretKeySelector secretKeyRef, 5core.v1.FileKeySelector fileKeyRef',
  'core.v1.ContainerRestartRuleOnExitCodes': '1s operator, 2*i values',
  'core.v1.ProbeHandler':
    '1core.v1.ExecAction exec, 2core.v1.HTTPGetAction httpGet, 3core.v1.TCPSocketAction tcpSocket, 4core.v1.GRPCAction grpc',
  'core.v1.LifecycleHandler':
    '1core.v1.ExecAction exec, 2core.v1.HTTPGetAction httpGet, 3core.v1.TCPSocketAction tcpSocket, 4core.v1.SleepAction sleep',
  'core.v1.Capabilities': '1*s add, 2*s drop',
  'core.v1.PreferredSchedulingTerm': '1i! weight, 2core.v1.NodeSelectorTerm preference',
  'core.v1.PodAffinityTerm':
    '1meta.v1.LabelSelector labelSelector, 2*s namespaces, 3s! topologyKey, 4meta.v1.LabelSelector namespaceSelector, 5*s matchLabelKeys, 6*s mismatchLabelKeys',
  'core.v1.WeightedPodAffinityTerm': '1i! weight, 2core.v1.PodAffinityTerm podAffinityTerm',
  'core.v1.ContainerStateWaiting': '1s reason, 2s message',
  'core.v1.ContainerStateRunning': '1t startedAt',
  'core.v1.ContainerStateTerminated':
    '1i! exitCode, 2i signal, 3s reason, 4s message, 5t startedAt, 6t finishedAt, 7s containerID',
  'core.v1.VolumeStatus': '1core.v1.ImageVolumeStatus image',
  'core.v1.LinuxContainerUser': '1i! uid, 2i! gid, 3*i supplementalGroups',
  'core.v1.ResourceHealth': '1s! resourceID, 2s health, 6s? message',
  'core.v1.SecretReference': '1s name, 2s namespace',
  'core.v1.NodeSelectorTerm':
    '1*core.v1.NodeSelectorRequirement matchExpressions, 2*core.v1.NodeSelectorRequirement matchFields',
  'meta.v1.FieldSelectorRequirement': '1s! key, 2s! operator, 3*s values',
  'core.v1.KeyToPath': '1s! key, 2s! path, 3i? mode, 4i? user',
  'core.v1.DownwardAPIVolumeFile':
    '1s! path, 2core.v1.ObjectFieldSelector fieldRef, 3core.v1.ResourceFieldSelector resourceFieldRef, 4i? mode, 5i? user',
  'core.v1.VolumeProjection':
    '1core.v1.SecretProjection secret, 2core.v1.DownwardAPIProjection downwardAPI, 3core.v1.ConfigMapProjection configMap, 4core.v1.ServiceAccountTokenProjection serviceAccountToken, 5core.v1.ClusterTrustBundleProjection clusterTrustBundle, 6core.v1.PodCertificateProjection podCertificate',
  'core.v1.PersistentVolumeClaimTemplate': '1meta.v1.ObjectMeta metadata, 2core.v1.PersistentVolumeClaimSpec spec',
  'core.v1.ObjectFieldSelector': '1s apiVersion, 2s! fieldPath',
  'core.v1.ResourceFieldSelector': '1s containerName, 2s! resource, 3q divisor',
  'core.v1.ConfigMapKeySelector': '1^core.v1.LocalObjectReference, 2s! key, 3b? optional',
  'core.v1.SecretKeySelector': '1^core.v1.LocalObjectReference, 2s! key, 3b? optional',
  'core.v1.FileKeySelector': '1s! volumeName, 2s! path, 3s! key, 4b? optional',
  'core.v1.ExecAction': '1*s command',
  'core.v1.HTTPGetAction': '1s path, 2o! port, 3s host, 4s scheme, 5*core.v1.HTTPHeader httpHeaders, 6s? protocol',
  'core.v1.TCPSocketAction': '1o! port, 2s host',
  'core.v1.GRPCAction': '1i! port, 2s? service, 3s? mode',
  'core.v1.SleepAction': '1i! seconds',
  'core.v1.ImageVolumeStatus': '1s imageRef',
  'core.v1.NodeSelectorRequirement': '1s! key, 2s! operator, 3*s values',
  'core.v1.SecretProjection': '1^core.v1.LocalObjectReference, 2*core.v1.KeyToPath items, 4b? optional',
  'core.v1.DownwardAPIProjection': '1*core.v1.DownwardAPIVolumeFile items',
  'core.v1.ConfigMapProjection': '1^core.v1.LocalObjectReference, 2*core.v1.KeyToPath items, 4b? optional',
  'core.v1.ServiceAccountTokenProjection': '1s audience, 2i? expirationSeconds, 3s! path, 4i? user',
  'core.v1.ClusterTrustBundleProjection':
    '1s? name, 2s? signerName, 3meta.v1.LabelSelector labelSelector, 5b? optional, 4s! path, 6i? user',
  'core.v1.PodCertificateProjection':
    '1s signerName, 2s keyType, 3i? maxExpirationSeconds, 4s credentialBundlePath, 5s keyPath, 6s certificateChainPath, 7%s userAnnotations, 8i? user',
  'core.v1.HTTPHeader': '1s! name, 2s! value',
}
