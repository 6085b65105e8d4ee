/** The files cloud-init reads on a configuration disk, in the form KubeVirt writes them. Pure. */

export interface ConfigDisk {
  /** Volume label by which the guest finds the disk. */
  label: string
  /** Content by path. */
  files: Map<string, string>
}

export interface NoCloudRequest {
  /** cloud-init runs its once-per-instance steps again when this changes. */
  instanceId: string
  hostname: string
  userData?: string
  networkData?: string
  /** One OpenSSH public key each. */
  publicKeys?: readonly string[]
  instanceType?: string
}

/**
 * A disk for cloud-init's NoCloud data source
 * (https://cloudinit.readthedocs.io/en/latest/reference/datasources/nocloud.html).
 */
export function noCloudFiles(request: NoCloudRequest): ConfigDisk {
  const { instanceId, hostname, userData, networkData, publicKeys = [], instanceType } = request
  const metaData = {
    ...(instanceType === undefined ? {} : { 'instance-type': instanceType }),
    'instance-id': instanceId,
    'local-hostname': hostname,
    ...(publicKeys.length === 0 ? {} : { 'public-keys': keysByIndex(publicKeys) }),
  }
  const files = new Map([
    ['meta-data', JSON.stringify(metaData)],
    // Without this file cloud-init does not take the disk for its own.
    ['user-data', userData ?? ''],
  ])
  if (networkData !== undefined && networkData !== '') files.set('network-config', networkData)
  return { label: 'cidata', files }
}

/** A device the guest can find by its tag (OpenStack's device role tagging). */
export interface ConfigDriveDevice {
  type: 'nic' | 'disk' | 'hostdev'
  bus: string
  address: string
  mac?: string
  serial?: string
  tags: string[]
}

export interface ConfigDriveRequest {
  instanceId: string
  uuid: string
  hostname: string
  userData?: string
  networkData?: string
  publicKeys?: readonly string[]
  instanceType?: string
  devices?: readonly ConfigDriveDevice[]
}

/**
 * A disk for cloud-init's ConfigDrive data source
 * (https://cloudinit.readthedocs.io/en/latest/reference/datasources/configdrive.html).
 */
export function configDriveFiles(request: ConfigDriveRequest): ConfigDisk {
  const { instanceId, uuid, hostname, userData, networkData, publicKeys = [], instanceType, devices = [] } = request
  const metaData = {
    ...(instanceType === undefined ? {} : { instance_type: instanceType }),
    instance_id: instanceId,
    local_hostname: hostname,
    uuid,
    hostname,
    ...(devices.length === 0 ? {} : { devices }),
    ...(publicKeys.length === 0 ? {} : { public_keys: keysByIndex(publicKeys) }),
  }
  const files = new Map([['openstack/latest/meta_data.json', JSON.stringify(metaData)]])
  if (userData !== undefined && userData !== '') files.set('openstack/latest/user_data', userData)
  if (networkData !== undefined && networkData !== '') files.set('openstack/latest/network_data.json', networkData)
  return { label: 'config-2', files }
}

function keysByIndex(keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(keys.map((key, index) => [String(index), key.trim()]))
}
