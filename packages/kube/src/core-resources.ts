/** The core kinds this project's clients touch, with the fields they read. */

import { resource, type JsonObject, type KubeObject } from '@berth/meta'

export interface Condition {
  type: string
  status: 'True' | 'False' | 'Unknown'
  reason?: string
  message?: string
  lastTransitionTime?: string
  lastProbeTime?: string | null
  lastHeartbeatTime?: string
  observedGeneration?: number
}

export interface Pod extends KubeObject {
  spec: { nodeName?: string; containers: ({ name: string; image?: string } & JsonObject)[] } & JsonObject
  status?: {
    phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'
    conditions?: Condition[]
    podIP?: string
    podIPs?: { ip: string }[]
    hostIP?: string
    startTime?: string
    reason?: string
    message?: string
    containerStatuses?: JsonObject[]
    qosClass?: string
  }
}

export interface Node extends KubeObject {
  spec?: { unschedulable?: boolean; taints?: { key: string; value?: string; effect: string }[]; providerID?: string }
  status?: {
    conditions?: Condition[]
    addresses?: { type: string; address: string }[]
    capacity?: Record<string, string>
    allocatable?: Record<string, string>
    nodeInfo?: Record<string, string>
  }
}

export interface Namespace extends KubeObject {
  spec?: { finalizers?: string[] }
  status?: { phase?: 'Active' | 'Terminating'; conditions?: Condition[] }
}

export interface Secret extends KubeObject {
  type?: string
  immutable?: boolean
  /** Base64 values. */
  data?: Record<string, string>
  stringData?: Record<string, string>
}

export interface ConfigMap extends KubeObject {
  immutable?: boolean
  data?: Record<string, string>
  /** Base64 values. */
  binaryData?: Record<string, string>
}

export interface ServiceAccount extends KubeObject {
  secrets?: { name: string }[]
  automountServiceAccountToken?: boolean
  imagePullSecrets?: { name?: string }[]
}

export interface ObjectReference {
  apiVersion?: string
  kind?: string
  namespace?: string
  name?: string
  uid?: string
  resourceVersion?: string
  fieldPath?: string
}

/** A core/v1 Event. */
export interface EventObject extends KubeObject {
  involvedObject: ObjectReference
  type: 'Normal' | 'Warning'
  reason: string
  message: string
  count?: number
  firstTimestamp?: string | null
  lastTimestamp?: string | null
  eventTime?: string | null
  source?: { component?: string; host?: string }
  reportingComponent?: string
  reportingInstance?: string
}

export type AccessMode = 'ReadWriteOnce' | 'ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOncePod'

export interface PersistentVolumeClaim extends KubeObject {
  spec: {
    accessModes?: AccessMode[]
    resources?: { requests?: Record<string, string>; limits?: Record<string, string> }
    storageClassName?: string
    volumeMode?: 'Filesystem' | 'Block'
    volumeName?: string
    dataSource?: JsonObject
    dataSourceRef?: JsonObject
    selector?: JsonObject
  }
  status?: {
    phase?: 'Pending' | 'Bound' | 'Lost'
    accessModes?: AccessMode[]
    capacity?: Record<string, string>
    /** What it grows to, or was to. */
    allocatedResources?: Record<string, string>
    allocatedResourceStatuses?: Record<string, string>
    conditions?: Condition[]
  }
}

export interface PersistentVolume extends KubeObject {
  spec: {
    capacity?: Record<string, string>
    accessModes?: AccessMode[]
    claimRef?: ObjectReference
    storageClassName?: string
    volumeMode?: 'Filesystem' | 'Block'
    persistentVolumeReclaimPolicy?: 'Delete' | 'Retain'
    local?: { path: string }
    hostPath?: { path: string; type?: string }
    nodeAffinity?: JsonObject
  }
  status?: { phase?: 'Pending' | 'Available' | 'Bound' | 'Released' | 'Failed'; reason?: string; message?: string }
}

export interface StorageClass extends KubeObject {
  provisioner: string
  parameters?: Record<string, string>
  reclaimPolicy?: 'Delete' | 'Retain'
  volumeBindingMode?: 'Immediate' | 'WaitForFirstConsumer'
  allowVolumeExpansion?: boolean
}

export interface CsiStorageCapacity extends KubeObject {
  storageClassName: string
  nodeTopology?: JsonObject
  /** A quantity: what can still be written. */
  capacity?: string
  maximumVolumeSize?: string
}

export interface ControllerRevision extends KubeObject {
  data?: JsonObject
  revision: number
}

export interface Lease extends KubeObject {
  spec?: {
    holderIdentity?: string
    leaseDurationSeconds?: number
    /** RFC 3339 with microseconds. */
    acquireTime?: string
    renewTime?: string
    leaseTransitions?: number
  }
}

export const pods = resource<Pod>({ apiVersion: 'v1', resource: 'pods', kind: 'Pod', namespaced: true })
export const nodes = resource<Node>({ apiVersion: 'v1', resource: 'nodes', kind: 'Node', namespaced: false })
export const namespaces = resource<Namespace>({
  apiVersion: 'v1',
  resource: 'namespaces',
  kind: 'Namespace',
  namespaced: false,
})
export const secrets = resource<Secret>({ apiVersion: 'v1', resource: 'secrets', kind: 'Secret', namespaced: true })
export const configMaps = resource<ConfigMap>({
  apiVersion: 'v1',
  resource: 'configmaps',
  kind: 'ConfigMap',
  namespaced: true,
})
export const serviceAccounts = resource<ServiceAccount>({
  apiVersion: 'v1',
  resource: 'serviceaccounts',
  kind: 'ServiceAccount',
  namespaced: true,
})
export const events = resource<EventObject>({ apiVersion: 'v1', resource: 'events', kind: 'Event', namespaced: true })
export const persistentVolumeClaims = resource<PersistentVolumeClaim>({
  apiVersion: 'v1',
  resource: 'persistentvolumeclaims',
  kind: 'PersistentVolumeClaim',
  namespaced: true,
})
export const persistentVolumes = resource<PersistentVolume>({
  apiVersion: 'v1',
  resource: 'persistentvolumes',
  kind: 'PersistentVolume',
  namespaced: false,
})
export const storageClasses = resource<StorageClass>({
  apiVersion: 'storage.k8s.io/v1',
  resource: 'storageclasses',
  kind: 'StorageClass',
  namespaced: false,
})
export const csiStorageCapacities = resource<CsiStorageCapacity>({
  apiVersion: 'storage.k8s.io/v1',
  resource: 'csistoragecapacities',
  kind: 'CSIStorageCapacity',
  namespaced: true,
})
export const controllerRevisions = resource<ControllerRevision>({
  apiVersion: 'apps/v1',
  resource: 'controllerrevisions',
  kind: 'ControllerRevision',
  namespaced: true,
})
export const leases = resource<Lease>({
  apiVersion: 'coordination.k8s.io/v1',
  resource: 'leases',
  kind: 'Lease',
  namespaced: true,
})
