/** The file behind each volume of a machine: found for claims, made for what lives only as long as the run. */

import { volumeSourceKind, type Disk, type KnownVolumeSource, type VirtualMachineInstance } from '@berth/api'
import type { EngineServices } from '../../services.ts'
import { claimFile } from './claim.ts'
import { cloudInitFile } from './cloud-init.ts'
import { configFile } from './config-files.ts'
import { containerDiskFile } from './container-disk.ts'
import { downwardMetricsFile } from './downward-metrics.ts'
import { emptyDiskFile } from './empty-disk.ts'
import { ephemeralFile } from './ephemeral-claim.ts'
import { hostDiskFile } from './host-disk.ts'
import { missing, type VolumeFile, type VolumeRequest } from './volume-file.ts'

/** One file of this folder per kind. */
const sources: Record<KnownVolumeSource, (request: VolumeRequest) => VolumeFile | Promise<VolumeFile>> = {
  dataVolume: claimFile,
  persistentVolumeClaim: claimFile,
  ephemeral: ephemeralFile,
  containerDisk: containerDiskFile,
  cloudInitNoCloud: cloudInitFile,
  cloudInitConfigDrive: cloudInitFile,
  emptyDisk: emptyDiskFile,
  hostDisk: hostDiskFile,
  configMap: configFile,
  secret: configFile,
  sysprep: configFile,
  downwardAPI: configFile,
  serviceAccount: configFile,
  downwardMetrics: downwardMetricsFile,
}

/**
 * @throws {EngineError} MissingDependency when what it names is not there (yet)
 * @throws {StatusError} when the API refuses a read
 * @throws {ImagingError} when a disk cannot be made
 */
export async function resolveVolume(request: {
  disk: Disk
  instance: Readonly<VirtualMachineInstance>
  services: EngineServices
}): Promise<VolumeFile> {
  const { disk, instance, services } = request
  const volume = instance.spec.volumes?.find((entry) => entry.name === disk.name)
  if (volume === undefined) throw missing(instance, `volume "${disk.name}"`)
  const kind = volumeSourceKind(volume)
  if (kind === undefined) throw missing(instance, `the source of volume "${volume.name}"`)
  return sources[kind]({ volume, instance, services })
}
