/** Admission of volumes: one source each, and what each source needs. */

import type { StatusCause } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { Volume } from '../types/volume.ts'
import { amountOf } from './amount.ts'
import { invalidField, notFoundField, requiredField } from './cause.ts'
import { cloudInit } from './cloud-init.ts'
import { validateFilePath } from './file-path.ts'
import type { InstanceRule, Place } from './instance-rule.ts'

interface Item extends Place {
  volume: Volume
  /** Path of the volume. */
  at: string
}

const volumeRules: readonly { name: string; causes: (item: Item) => StatusCause[] }[] = [
  {
    name: 'data volume',
    causes: ({ volume: { dataVolume }, at }) =>
      dataVolume !== undefined && (dataVolume.name ?? '') === ''
        ? [requiredField(`${at}.name`, "DataVolume 'name' must be set")]
        : [],
  },
  {
    name: 'one source',
    causes: ({ volume, at }) =>
      Object.entries(volume).filter(([key, value]) => key !== 'name' && value !== undefined && value !== null)
        .length === 1
        ? []
        : [invalidField(at, `${at} must have exactly one source type set`)],
  },
  {
    name: 'cloud-init',
    causes: ({ volume: { cloudInitNoCloud: noCloud, cloudInitConfigDrive: configDrive }, at }) => {
      if (noCloud !== undefined) return cloudInit(noCloud, at, 'cloudInitNoCloud')
      return configDrive === undefined ? [] : cloudInit(configDrive, at, 'cloudInitConfigDrive')
    },
  },
  {
    name: 'downward metrics',
    causes: ({ volume, at, configuration }) =>
      volume.downwardMetrics !== undefined && !configuration.enabled('DownwardMetrics')
        ? [invalidField(at, 'downwardMetrics disks are not allowed: DownwardMetrics feature gate is not enabled.')]
        : [],
  },
  { name: 'host disk', causes: hostDisk },
  required('configMap', 'name', ({ configMap }) => configMap && { name: configMap.name }),
  required('secret', 'secretName', ({ secret }) => secret && { name: secret.secretName }),
  required(
    'serviceAccount',
    'serviceAccountName',
    ({ serviceAccount }) => serviceAccount && { name: serviceAccount.serviceAccountName },
  ),
]

function required(
  source: string,
  key: string,
  read: (volume: Volume) => { name: string | undefined } | undefined,
): { name: string; causes: (item: Item) => StatusCause[] } {
  return {
    name: `${source} has a name`,
    causes: ({ volume, at }) => {
      const found = read(volume)
      if (found === undefined || (found.name ?? '') !== '') return []
      const path = `${at}.${source}.${key}`
      return [invalidField(path, `${path} is a required field`)]
    },
  }
}

function hostDisk({ volume, at, configuration, hostDisks }: Item): StatusCause[] {
  const disk = volume.hostDisk
  if (disk === undefined) return []
  const field = `${at}.hostDisk`
  const causes: StatusCause[] = []
  if (!configuration.enabled('HostDisk') && hostDisks !== true) {
    causes.push(invalidField(at, 'HostDisk feature gate is not enabled'))
  }
  if ((disk.path ?? '') === '') {
    causes.push(notFoundField(`${field}.path`, `${field}.path is required for hostDisk volume`))
  }
  if (disk.type !== 'Disk' && disk.type !== 'DiskOrCreate') {
    const message = `${field}.type has invalid value '${String(disk.type)}', allowed are 'Disk' or 'DiskOrCreate'`
    causes.push(invalidField(`${field}.type`, message))
  }
  if (disk.type === 'Disk' && amountOf(disk.capacity).nanos !== 0n) {
    const message = `${field}.capacity is allowed to pass only with ${field}.type equal to 'DiskOrCreate'`
    causes.push(invalidField(`${field}.capacity`, message))
  }
  return causes
}

/** Sources of which a machine has one at most, by their field and KubeVirt's word. */
const single = [
  ['serviceAccount', 'serviceAccount'],
  ['downwardMetrics', 'downwardMetric'],
  ['memoryDump', 'memory dump'],
] as const

export const volumeAdmission: readonly InstanceRule[] = [
  {
    name: 'each volume',
    causes: (spec, place) => {
      const first = new Map<string, number>()
      const list = `${place.field}.volumes`
      return (spec.volumes ?? []).flatMap((volume, index) => {
        const at = `${list}[${index}]`
        const earlier = first.get(volume.name)
        if (earlier === undefined) first.set(volume.name, index)
        return [
          ...(earlier === undefined
            ? []
            : [invalidField(`${at}.name`, `${at} and ${list}[${earlier}] must not have the same Name.`)]),
          ...volumeRules.flatMap((rule) => rule.causes({ ...place, volume, at })),
        ]
      })
    },
  },
  {
    name: 'one of a kind',
    causes: ({ volumes }, { field }) =>
      single.flatMap(([key, word]) =>
        (volumes ?? []).filter((volume) => volume[key] !== undefined).length > 1
          ? [invalidField(`${field}.volumes`, `${field}.volumes must have max one ${word} volume set`)]
          : [],
      ),
  },
  {
    name: 'paths in images',
    causes: ({ volumes }, { field }) =>
      (volumes ?? []).flatMap(({ containerDisk }, index) => {
        const path = containerDisk?.path ?? ''
        return path === '' ? [] : validateFilePath(path, `${field}.volumes[${index}].containerDisk`)
      }),
  },
  {
    name: 'utility volumes',
    causes: ({ utilityVolumes }, { field }) =>
      utilityVolumes === undefined
        ? []
        : [
            invalidField(
              `${field}.utilityVolumes`,
              'cannot create VMI with utility volumes in spec, utility volumes can only be added via hotplug',
            ),
          ],
  },
]

const reservedPaths = ['/var/run/kubevirt', '/var/run/libvirt']

/** Only of an instance: a machine's template gets disks for its volumes when it becomes one. */
export const mappedVolumeAdmission: readonly InstanceRule[] = [{ name: 'a device for every volume', causes: mapped }]

function mapped({ domain, volumes }: VirtualMachineInstanceSpec, { field }: Place): StatusCause[] {
  const disks = new Set((domain.devices.disks ?? []).map(({ name }) => name))
  const filesystems = new Set((domain.devices.filesystems ?? []).map(({ name }) => name))
  return (volumes ?? []).flatMap(({ name, memoryDump, containerPath }, index) => {
    if (memoryDump !== undefined) return []
    const at = `${field}.domain.volumes[${index}]`
    const causes: StatusCause[] = []
    if (!disks.has(name) && !filesystems.has(name)) {
      causes.push(invalidField(`${at}.name`, `${at}.name '${name}' not found.`))
    }
    if (containerPath === undefined) return causes
    if (disks.has(name)) {
      causes.push(invalidField(at, `ContainerPath volume '${name}' must be mapped to a filesystem, not a disk`))
    }
    if (!filesystems.has(name)) {
      const message = `ContainerPath volume '${name}' must have a matching filesystem defined in spec.domain.devices.filesystems`
      causes.push(invalidField(at, message))
    }
    const reserved = reservedPaths.find((prefix) => containerPath.path.startsWith(prefix))
    if (reserved !== undefined) {
      const message = `ContainerPath volume '${name}' uses reserved path prefix '${reserved}'`
      causes.push(invalidField(`${at}.containerPath.path`, message))
    }
    return causes
  })
}
