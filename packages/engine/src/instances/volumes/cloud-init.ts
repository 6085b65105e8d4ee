/** The disk that cloud-init reads, as NoCloud or as ConfigDrive. */

import { volumeSourceKind, type CloudInitSource, type VirtualMachineInstance } from '@berth/api'
import { configDriveFiles, noCloudFiles, type ConfigDisk } from '@berth/imaging'
import { secrets } from '@berth/kube'
import { controllerOf } from '@berth/meta'
import { taggedDevices } from '../domain/device-tags.ts'
import { guestHostname } from '../guest-hostname.ts'
import { cloudInitKeys } from './cloud-init-keys.ts'
import { isoFile } from './iso.ts'
import { missing, type VolumeFile, type VolumeRequest } from './volume-file.ts'

export async function cloudInitFile(request: VolumeRequest): Promise<VolumeFile> {
  const { volume, instance } = request
  const kind = volumeSourceKind(volume) === 'cloudInitNoCloud' ? 'noCloud' : 'configDrive'
  const source = volume.cloudInitNoCloud ?? volume.cloudInitConfigDrive ?? {}
  const [userData, networkData, publicKeys] = await Promise.all([
    textOf(request, {
      inline: source.userData,
      base64: source.userDataBase64,
      secret: source.secretRef?.name,
      keys: ['userdata', 'userData'],
    }),
    textOf(request, {
      inline: source.networkData,
      base64: source.networkDataBase64,
      secret: source.networkDataSecretRef?.name,
      keys: ['networkdata', 'networkData'],
    }),
    cloudInitKeys(request, kind),
  ])
  requireData(request, source, { userData, networkData })
  const { label, files } = cloudInitDisk({
    kind,
    instance,
    publicKeys,
    ...(userData === undefined ? {} : { userData }),
    ...(networkData === undefined ? {} : { networkData }),
  })
  return isoFile(request, { label, files: new Map([...files].map(([path, text]) => [path, Buffer.from(text)])) })
}

export interface CloudInitRequest {
  kind: 'noCloud' | 'configDrive'
  instance: Readonly<VirtualMachineInstance>
  userData?: string
  networkData?: string
  /** OpenSSH public keys that the guest's user is to accept. */
  publicKeys: readonly string[]
}

/** The files and their label, from texts that are all there. */
export function cloudInitDisk(request: CloudInitRequest): ConfigDisk {
  const { kind, instance, userData, networkData, publicKeys } = request
  const { name = '', namespace = '', annotations = {} } = instance.metadata
  const uuid = stableUuid(instance)
  const instanceType = annotations[clusterInstancetype] ?? annotations[instancetype]
  const common = {
    hostname: guestHostname(instance),
    publicKeys,
    ...(userData === undefined ? {} : { userData }),
    ...(networkData === undefined ? {} : { networkData }),
    ...(instanceType === undefined || instanceType === '' ? {} : { instanceType }),
  }
  return kind === 'noCloud'
    ? noCloudFiles({ ...common, instanceId: uuid })
    : configDriveFiles({ ...common, instanceId: `${name}.${namespace}`, uuid, devices: taggedDevices(instance) })
}

/** Which instance type a machine was made with. */
const clusterInstancetype = 'kubevirt.io/cluster-instancetype-name'
const instancetype = 'kubevirt.io/instancetype-name'

/** One identity per VM, not per run: cloud-init sets a machine up once and leaves it alone after that. */
function stableUuid(instance: Readonly<VirtualMachineInstance>): string {
  return instance.spec.domain.firmware?.uuid ?? controllerOf(instance)?.uid ?? instance.metadata.uid ?? ''
}

interface TextSource {
  inline: string | undefined
  base64: string | undefined
  secret: string | undefined
  /** KubeVirt takes both spellings. */
  keys: readonly string[]
}

async function textOf({ instance, services }: VolumeRequest, from: TextSource): Promise<string | undefined> {
  if (from.inline !== undefined && from.inline !== '') return from.inline
  if (from.base64 !== undefined && from.base64 !== '') return Buffer.from(from.base64, 'base64').toString('utf8')
  if (from.secret === undefined) return undefined
  const namespace = instance.metadata.namespace ?? ''
  const { data = {} } = await services.client.get(secrets, { namespace, name: from.secret })
  const value = from.keys.map((key) => data[key]).find((each) => each !== undefined)
  return value === undefined ? undefined : Buffer.from(value, 'base64').toString('utf8')
}

/** One of the two is enough, wherever it comes from. */
function requireData(
  { volume, instance }: VolumeRequest,
  source: CloudInitSource,
  { userData, networkData }: { userData: string | undefined; networkData: string | undefined },
): void {
  if (userData !== undefined || networkData !== undefined) return
  const secret = source.secretRef?.name ?? source.networkDataSecretRef?.name
  if (secret === undefined) return
  const key = source.secretRef === undefined ? 'networkdata' : 'userdata'
  throw missing(instance, `key "${key}" in secret "${secret}" of volume "${volume.name}"`)
}
