/** The file behind each volume of a machine: found for claims, made for what lives only as long as the run. */

import { lstat, realpath, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join, sep } from 'node:path'
import { claimNameOf, volumeSourceKind, type Disk, type VirtualMachineInstance, type Volume } from '@berth/api'
import { configDriveFiles, createImage, imageInfo, inspectUntrusted, noCloudFiles, writeIso } from '@berth/imaging'
import { controllerOf, quantityToBytes } from '@berth/meta'
import { configMaps, secrets } from '@berth/kube'
import { EngineError } from '../errors.ts'
import { ifPresent } from '../host/if-present.ts'
import type { EngineServices } from '../services.ts'
import { volumeNameFor } from '../volumes/claim-controller.ts'
import { guestHostname } from './guest-hostname.ts'
import { makeEphemeral } from './ephemeral.ts'

export interface VolumeFile {
  path: string
  format: 'qcow2' | 'raw'
  readOnly: boolean
}

interface Request {
  disk: Disk
  instance: Readonly<VirtualMachineInstance>
  services: EngineServices
}

export async function resolveVolume(request: Request): Promise<VolumeFile> {
  const volume = request.instance.spec.volumes?.find((entry) => entry.name === request.disk.name)
  if (volume === undefined) throw missing(request.instance, `volume "${request.disk.name}"`)
  const kind = volumeSourceKind(volume)
  if (kind === undefined) throw missing(request.instance, `the source of volume "${volume.name}"`)
  switch (kind) {
    case 'dataVolume':
    case 'persistentVolumeClaim':
      return claimFile(volume, request)
    case 'cloudInitNoCloud':
    case 'cloudInitConfigDrive':
      return cloudInitFile(volume, request, kind)
    case 'emptyDisk':
      return emptyDiskFile(volume, request)
    case 'configMap':
    case 'secret':
      return configFile(volume, request)
    case 'hostDisk':
      return hostDiskFile(volume, request)
    default:
      // Admission refuses the other sources before a machine is made.
      throw missing(request.instance, `support for the source of volume "${volume.name}" (${kind})`)
  }
}

function claimFile(volume: Volume, { instance, services }: Request): VolumeFile {
  const name = claimNameOf(volume) ?? ''
  const claim = services.informers.claims.get(instance.metadata.namespace, name)
  if (claim === undefined || claim.status?.phase !== 'Bound') throw missing(instance, `PersistentVolumeClaim "${name}"`)
  return {
    // From the claim's own identity: the name of a volume in its spec could be anybody's.
    path: services.volumes.diskPath(volumeNameFor(claim)),
    format: 'qcow2',
    readOnly: volume.persistentVolumeClaim?.readOnly === true,
  }
}

async function cloudInitFile(
  volume: Volume,
  { instance, services }: Request,
  kind: 'cloudInitNoCloud' | 'cloudInitConfigDrive',
): Promise<VolumeFile> {
  const source = volume[kind] ?? {}
  const [userData, networkData] = await Promise.all([
    textOf({
      inline: source.userData,
      base64: source.userDataBase64,
      secret: source.secretRef?.name,
      key: 'userdata',
    }),
    textOf({
      inline: source.networkData,
      base64: source.networkDataBase64,
      secret: source.networkDataSecretRef?.name,
      key: 'networkdata',
    }),
  ])
  // One identity per VM, not per run: cloud-init sets a machine up once and leaves it alone after that.
  const identity = controllerOf(instance)?.uid ?? instance.metadata.uid ?? ''
  const request = {
    instanceId: `${instance.metadata.name ?? ''}.${instance.metadata.namespace ?? ''}.${identity}`,
    hostname: guestHostname(instance),
    ...(userData === undefined ? {} : { userData }),
    ...(networkData === undefined ? {} : { networkData }),
  }
  const files =
    kind === 'cloudInitNoCloud'
      ? noCloudFiles(request)
      : configDriveFiles({ ...request, uuid: instance.spec.domain.firmware?.uuid ?? identity })
  return isoFile({
    volume,
    instance,
    services,
    label: files.label,
    files: new Map([...files.files].map(([path, text]) => [path, Buffer.from(text)])),
  })

  async function textOf(from: {
    inline: string | undefined
    base64: string | undefined
    secret: string | undefined
    key: string
  }): Promise<string | undefined> {
    if (from.inline !== undefined) return from.inline
    if (from.base64 !== undefined) return Buffer.from(from.base64, 'base64').toString('utf8')
    if (from.secret === undefined) return undefined
    const data = await services.client.get(secrets, { namespace: instance.metadata.namespace ?? '', name: from.secret })
    // KubeVirt takes both spellings.
    const value = data.data?.[from.key] ?? data.data?.[from.key === 'userdata' ? 'userData' : 'networkData']
    if (value === undefined) throw missing(instance, `key "${from.key}" in secret "${from.secret}"`)
    return Buffer.from(value, 'base64').toString('utf8')
  }
}

async function configFile(volume: Volume, { instance, services }: Request): Promise<VolumeFile> {
  const source = volume.configMap ?? volume.secret
  const files = await configEntries(volume, instance, services)
  return isoFile({ volume, instance, services, label: source?.volumeLabel ?? 'cfgdata', files })
}

async function configEntries(
  volume: Volume,
  instance: Readonly<VirtualMachineInstance>,
  { client }: EngineServices,
): Promise<Map<string, Buffer>> {
  const namespace = instance.metadata.namespace ?? ''
  const fromBase64 = (data: Record<string, string> = {}): [string, Buffer][] =>
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64')])
  const optional = volume.configMap?.optional === true || volume.secret?.optional === true
  try {
    if (volume.secret !== undefined) {
      const secret = await client.get(secrets, { namespace, name: volume.secret.secretName ?? '' })
      return new Map(fromBase64(secret.data))
    }
    const configMap = await client.get(configMaps, { namespace, name: volume.configMap?.name ?? '' })
    const texts = Object.entries(configMap.data ?? {}).map(([key, value]): [string, Buffer] => [
      key,
      Buffer.from(value),
    ])
    return new Map([...texts, ...fromBase64(configMap.binaryData)])
  } catch (error) {
    if (optional && error instanceof Error && 'code' in error && error.code === 'NotFound') return new Map()
    throw error
  }
}

async function isoFile(request: {
  volume: Volume
  instance: Readonly<VirtualMachineInstance>
  services: EngineServices
  label: string
  files: Map<string, Buffer>
}): Promise<VolumeFile> {
  const folder = await makeEphemeral(request.services.paths, request.instance.metadata.uid ?? '')
  const path = join(folder, `${request.volume.name}.iso`)
  // Holds what may be secret: only the machine's own user reads it (the driver hands the file over).
  await writeFile(path, writeIso({ label: request.label, files: request.files }), { mode: 0o600 })
  // Not read-only, unless the spec says so: a SATA disk cannot be, and the file is made anew for the next run.
  return { path, format: 'raw', readOnly: false }
}

async function emptyDiskFile(volume: Volume, { instance, services }: Request): Promise<VolumeFile> {
  const folder = await makeEphemeral(services.paths, instance.metadata.uid ?? '')
  const path = join(folder, `${volume.name}.qcow2`)
  const there = await ifPresent(stat(path))
  if (there === undefined)
    await createImage({ path, format: 'qcow2', sizeBytes: quantityToBytes(volume.emptyDisk?.capacity ?? '0') })
  return { path, format: 'qcow2', readOnly: false }
}

/** A file of the host, only below the folders the operator allowed; links out of them are refused. */
async function hostDiskFile(volume: Volume, { instance, services }: Request): Promise<VolumeFile> {
  const { path = '', type, capacity } = volume.hostDisk ?? {}
  const folders = await Promise.all(services.hostDiskFolders.map((folder) => realpath(folder)))
  const there = await ifPresent(lstat(path))
  // Links are followed before anything is made or opened: none may lead out of the allowed folders.
  const parent = await ifPresent(realpath(dirname(path)))
  if (parent === undefined) throw missing(instance, `the folder of hostDisk "${path}"`)
  const real = there === undefined ? join(parent, basename(path)) : await ifPresent(realpath(path))
  if (real === undefined) throw missing(instance, `what hostDisk "${path}" links to`)
  if (!folders.some((folder) => real.startsWith(folder + sep))) {
    throw missing(instance, `hostDisk "${path}" (it is not inside the folders the operator allows)`)
  }
  if (there === undefined) {
    if (type !== 'DiskOrCreate') throw missing(instance, `hostDisk "${path}"`)
    await createImage({ path: real, format: 'raw', sizeBytes: quantityToBytes(capacity ?? '0') })
  }
  const found = await inspectUntrusted(real)
  if (found.format !== 'qcow2' && found.format !== 'raw') throw missing(instance, `hostDisk "${path}" as qcow2 or raw`)
  await imageInfo({ path: real, format: found.format })
  return { path: real, format: found.format, readOnly: false }
}

function missing(instance: Readonly<VirtualMachineInstance>, what: string): EngineError {
  return new EngineError(
    'MissingDependency',
    `${what} that VirtualMachineInstance "${instance.metadata.namespace ?? ''}/${instance.metadata.name ?? ''}" needs is not there`,
    { remedy: 'Create it, or take it out of the spec; the machine starts by itself then.' },
  )
}
