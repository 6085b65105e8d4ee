/** The parts of Kubernetes' own kinds that machines and their controllers touch. Times are RFC 3339 text, as on the wire. */

import type { Condition, KubeObject, OwnerReference } from '@berth/meta'

export interface ResourceRequirements {
  requests?: Record<string, string>
  limits?: Record<string, string>
}

export type AccessMode = 'ReadWriteOnce' | 'ReadOnlyMany' | 'ReadWriteMany' | 'ReadWriteOncePod'
export type VolumeMode = 'Filesystem' | 'Block'

export interface PersistentVolumeClaimSpec {
  accessModes?: AccessMode[]
  /** What the volume is filled from, by a populator. */
  dataSource?: object
  dataSourceRef?: object
  resources?: ResourceRequirements
  storageClassName?: string
  volumeMode?: VolumeMode
  volumeName?: string
}

export interface PersistentVolumeClaim extends KubeObject {
  spec: PersistentVolumeClaimSpec
  status?: {
    phase?: 'Pending' | 'Bound' | 'Lost'
    accessModes?: AccessMode[]
    capacity?: Record<string, string>
    conditions?: Condition[]
  }
}

export interface ObjectReference {
  apiVersion?: string
  kind?: string
  namespace?: string
  name?: string
  uid?: string
}

export interface PersistentVolume extends KubeObject {
  spec: {
    accessModes?: AccessMode[]
    capacity?: Record<string, string>
    claimRef?: ObjectReference
    persistentVolumeReclaimPolicy?: 'Delete' | 'Retain'
    storageClassName?: string
    volumeMode?: VolumeMode
    [source: string]: unknown
  }
  status?: { phase?: 'Available' | 'Bound' | 'Released' | 'Failed' | 'Pending'; message?: string; reason?: string }
}

export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown'

/** A launcher pod: the pod that stands for a machine in the eyes of Kubernetes clients. */
export interface Pod extends KubeObject {
  spec: {
    nodeName?: string
    hostname?: string
    restartPolicy?: 'Never' | 'Always' | 'OnFailure'
    nodeSelector?: Record<string, string>
    terminationGracePeriodSeconds?: number
    containers: { name: string; image?: string; resources?: ResourceRequirements; [field: string]: unknown }[]
    [field: string]: unknown
  }
  status?: {
    phase?: PodPhase
    podIP?: string
    podIPs?: { ip: string }[]
    hostIP?: string
    qosClass?: QosClass
    startTime?: string
    reason?: string
    message?: string
    conditions?: Condition[]
    containerStatuses?: { name: string; ready: boolean; restartCount: number; image: string; imageID: string }[]
  }
}

export type QosClass = 'Guaranteed' | 'Burstable' | 'BestEffort'

/** apps/v1: the spec a machine was started with. */
export interface ControllerRevision extends KubeObject {
  data?: { spec?: unknown }
  revision: number
}

/** The schema leaves it free, and admission takes null for nothing. */
export interface TemplateMetadata {
  name?: string | null
  generateName?: string | null
  namespace?: string | null
  labels?: Record<string, string> | null
  annotations?: Record<string, string> | null
  ownerReferences?: OwnerReference[] | null
}

/** An object of the same namespace. */
export interface TypedReference {
  apiGroup?: string | null
  kind: string
  name: string
}
