/** Networks and volumes of a machine. */

export interface Network {
  name: string
  pod?: { vmNetworkCIDR?: string }
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

export interface Volume {
  name: string
  dataVolume?: { name: string; hotpluggable?: boolean }
  persistentVolumeClaim?: { claimName: string; readOnly?: boolean; hotpluggable?: boolean }
  cloudInitNoCloud?: CloudInitSource
  cloudInitConfigDrive?: CloudInitSource
  emptyDisk?: { capacity: string }
  configMap?: { name?: string; optional?: boolean; volumeLabel?: string }
  secret?: { secretName?: string; optional?: boolean; volumeLabel?: string }
  hostDisk?: { path: string; type: 'Disk' | 'DiskOrCreate'; capacity?: string; shared?: boolean }
}

/** A volume's source by its field name. */
export type VolumeSourceKind = Exclude<keyof Volume, 'name'>
