/** What a machine's volumes refer to. */

import type { VirtualMachineInstanceSpec } from './types/instance.ts'
import type { VirtualMachine } from './types/machine.ts'
import type { Volume } from './types/volume.ts'

const sourceKinds = [
  'dataVolume',
  'persistentVolumeClaim',
  'ephemeral',
  'containerDisk',
  'cloudInitNoCloud',
  'cloudInitConfigDrive',
  'emptyDisk',
  'hostDisk',
  'configMap',
  'secret',
  'sysprep',
  'downwardAPI',
  'serviceAccount',
  'downwardMetrics',
] as const satisfies readonly (keyof Volume)[]

/** The sources that the embedded engine knows. */
export type KnownVolumeSource = (typeof sourceKinds)[number]

/** The source that is set; undefined when none of those the engine knows is. */
export function volumeSourceKind(volume: Volume): KnownVolumeSource | undefined {
  return sourceKinds.find((kind) => volume[kind] !== undefined)
}

/** The claim a volume lives in, or on top of; a DataVolume's claim has the DataVolume's name. */
export function claimNameOf(volume: Volume): string | undefined {
  return (
    volume.persistentVolumeClaim?.claimName ??
    volume.dataVolume?.name ??
    volume.ephemeral?.persistentVolumeClaim?.claimName
  )
}

/** Claims of all volumes, each once, in the order of the volumes. */
export function claimNames(spec: VirtualMachineInstanceSpec): string[] {
  return unique((spec.volumes ?? []).map(claimNameOf))
}

export function dataVolumeNames(spec: VirtualMachineInstanceSpec): string[] {
  return unique((spec.volumes ?? []).map((volume) => volume.dataVolume?.name))
}

/** DataVolumes the machine makes itself, from its dataVolumeTemplates. */
export function ownDataVolumeNames(machine: VirtualMachine): string[] {
  return unique((machine.spec.dataVolumeTemplates ?? []).map((template) => template.metadata.name))
}

/** Secrets and config maps that must exist before the machine can start. Optional ones are left out. */
export function requiredInputs(spec: VirtualMachineInstanceSpec): { secrets: string[]; configMaps: string[] } {
  const secrets: (string | undefined)[] = []
  const configMaps: (string | undefined)[] = []
  for (const volume of spec.volumes ?? []) {
    for (const source of [volume.cloudInitNoCloud, volume.cloudInitConfigDrive]) {
      secrets.push(source?.secretRef?.name, source?.networkDataSecretRef?.name)
    }
    if (volume.secret?.optional !== true) secrets.push(volume.secret?.secretName)
    if (volume.configMap?.optional !== true) configMaps.push(volume.configMap?.name)
    secrets.push(volume.sysprep?.secret?.name)
    configMaps.push(volume.sysprep?.configMap?.name)
  }
  return { secrets: unique(secrets), configMaps: unique(configMaps) }
}

function unique(names: (string | undefined)[]): string[] {
  return [...new Set(names.filter((name): name is string => name !== undefined && name !== ''))]
}
