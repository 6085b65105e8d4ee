/** Networks and volumes of a machine. Every field of the API; what the engine refuses of it is in honoured/. */

import type { PullPolicy } from './domain.ts'

export interface Network {
  name: string
  pod?: { vmNetworkCIDR?: string; vmIPv6NetworkCIDR?: string }
  multus?: { networkName: string; default?: boolean }
  resourceClaim?: { claimName?: string; requestName?: string }
}

export interface LocalReference {
  name?: string
}

/** cloud-init's inputs. The user data is in one of three places, and so is the network data. */
export interface CloudInitSource {
  userData?: string
  userDataBase64?: string
  secretRef?: LocalReference
  networkData?: string
  networkDataBase64?: string
  networkDataSecretRef?: LocalReference
}

export interface DownwardApiField {
  path: string
  fieldRef?: { apiVersion?: string; fieldPath: string }
  resourceFieldRef?: { containerName?: string; divisor?: string; resource: string }
  mode?: number
}

export interface Volume {
  name: string
  cloudInitConfigDrive?: CloudInitSource
  cloudInitNoCloud?: CloudInitSource
  configMap?: { name?: string; optional?: boolean; volumeLabel?: string }
  containerDisk?: { image: string; imagePullPolicy?: PullPolicy; imagePullSecret?: string; path?: string }
  containerPath?: { path: string; readOnly?: boolean }
  dataVolume?: { name: string; hotpluggable?: boolean }
  downwardAPI?: { fields?: DownwardApiField[]; volumeLabel?: string }
  downwardMetrics?: object
  emptyDisk?: { capacity: string }
  ephemeral?: { persistentVolumeClaim?: { claimName: string; readOnly?: boolean } }
  hostDisk?: { path: string; type: 'Disk' | 'DiskOrCreate'; capacity?: string; shared?: boolean }
  memoryDump?: { claimName: string; readOnly?: boolean; hotpluggable?: boolean }
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean; hotpluggable?: boolean }
  secret?: { secretName?: string; optional?: boolean; volumeLabel?: string }
  serviceAccount?: { serviceAccountName?: string }
  sysprep?: { configMap?: LocalReference; secret?: LocalReference }
}

/** A volume's source by its field name. */
export type VolumeSourceKind = Exclude<keyof Volume, 'name'>

/** A claim as it is when a volume moves from it or to it. */
export interface MigratedClaim {
  claimName: string
  accessModes?: string[]
  volumeMode?: string
  requests?: Record<string, string>
  capacity?: Record<string, string>
}

/** A volume of a running machine on its way from one claim to another. */
export interface MigratedVolume {
  volumeName: string
  sourcePVCInfo?: MigratedClaim
  destinationPVCInfo?: MigratedClaim
}
