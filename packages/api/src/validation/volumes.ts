/** Admission of volumes: one source each, cloud-init's limits, host disks. */

import { isDns1123Subdomain, parseQuantity, type StatusCause } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { CloudInitSource, Volume } from '../types/volume.ts'
import { duplicates, invalidField, requiredField, type Rule } from './cause.ts'

/** What fits beside the rest in a guest's metadata; longer data goes into a secret. */
const cloudInitMaxBytes = 2048

interface Item {
  volume: Volume
  field: string
}

const volumeRules: readonly { name: string; causes: (item: Item) => StatusCause[] }[] = [
  {
    name: 'one source',
    causes: ({ volume, field }) =>
      Object.entries(volume).filter(([key, value]) => key !== 'name' && value !== undefined && value !== null)
        .length === 1
        ? []
        : [invalidField(field, `${field} must have exactly one source type set`)],
  },
  {
    name: 'name',
    causes: ({ volume, field }) =>
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(volume.name)
        ? []
        : [
            invalidField(
              `${field}.name`,
              `${field}.name '${volume.name.slice(0, 80)}' must be lower case letters, digits and dashes, at most 63.`,
            ),
          ],
  },
  { name: 'references', causes: references },
  {
    name: 'cloud-init',
    causes: ({ volume, field }) => [
      ...cloudInit(volume.cloudInitNoCloud, `${field}.cloudInitNoCloud`),
      ...cloudInit(volume.cloudInitConfigDrive, `${field}.cloudInitConfigDrive`),
    ],
  },
  { name: 'host disk', causes: hostDisk },
  {
    name: 'empty disk',
    causes: ({ volume, field }) =>
      volume.emptyDisk === undefined || isPositive(volume.emptyDisk.capacity)
        ? []
        : [invalidField(`${field}.emptyDisk.capacity`, `${field}.emptyDisk.capacity must be greater than 0`)],
  },
]

/** A name that must be there, and be one. */
function references({ volume, field }: Item): StatusCause[] {
  const found: { at: string; name: string | undefined; message: string }[] = []
  if (volume.dataVolume !== undefined) {
    found.push({ at: 'dataVolume.name', name: volume.dataVolume.name, message: "DataVolume 'name' must be set" })
  }
  if (volume.persistentVolumeClaim !== undefined) {
    const { claimName } = volume.persistentVolumeClaim
    found.push({
      at: 'persistentVolumeClaim.claimName',
      name: claimName,
      message: 'PersistentVolumeClaim name must be set',
    })
  }
  if (volume.configMap !== undefined) {
    found.push({
      at: 'configMap.name',
      name: volume.configMap.name,
      message: `${field}.configMap.name is a required field`,
    })
  }
  if (volume.secret !== undefined) {
    const message = `${field}.secret.secretName is a required field`
    found.push({ at: 'secret.secretName', name: volume.secret.secretName, message })
  }
  return found.flatMap(({ at, name, message }) => {
    const path = `${field}.${at}`
    if (name === undefined || name === '') return [requiredField(path, message)]
    const problems = isDns1123Subdomain(name)
    return problems.length === 0 ? [] : [invalidField(path, `${path} is not a valid name: ${problems.join('; ')}`)]
  })
}

function cloudInit(source: CloudInitSource | undefined, field: string): StatusCause[] {
  if (source === undefined) return []
  const causes: StatusCause[] = []
  const users = [source.userData, source.userDataBase64, source.secretRef].filter(isSet)
  const networks = [source.networkData, source.networkDataBase64, source.networkDataSecretRef].filter(isSet)
  if (users.length > 1) causes.push(invalidField(field, `${field} must have only one userdatasource set.`))
  if (networks.length > 1) causes.push(invalidField(field, `${field} must have only one networkdata source set.`))
  if (users.length + networks.length === 0) {
    causes.push(invalidField(field, `${field} must have at least one userdatasource or one networkdatasource set.`))
  }
  causes.push(
    ...bounded(source.userData, `${field}.userData`, 'userdata', 'UserDataSecretRef'),
    ...boundedBase64(source.userDataBase64, `${field}.userDataBase64`, 'userdata', 'UserDataSecretRef'),
    ...bounded(source.networkData, `${field}.networkData`, 'networkdata', 'NetworkDataSecretRef'),
    ...boundedBase64(source.networkDataBase64, `${field}.networkDataBase64`, 'networkdata', 'NetworkDataSecretRef'),
  )
  for (const key of ['secretRef', 'networkDataSecretRef'] as const) {
    const reference = source[key]
    if (reference !== undefined && (reference.name ?? '') === '') {
      causes.push(requiredField(`${field}.${key}.name`, `${field}.${key}.name must be set`))
    }
  }
  return causes
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== ''
}

function bounded(text: string | undefined, field: string, what: string, instead: string): StatusCause[] {
  return byteLength(text ?? '') <= cloudInitMaxBytes ? [] : [tooLong(field, what, instead)]
}

function boundedBase64(text: string | undefined, field: string, what: string, instead: string): StatusCause[] {
  if (text === undefined || text === '') return []
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) {
    return [invalidField(field, `${field} is not a valid base64 value.`)]
  }
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  return (text.length / 4) * 3 - padding <= cloudInitMaxBytes ? [] : [tooLong(field, what, instead)]
}

function tooLong(field: string, what: string, instead: string): StatusCause {
  return invalidField(
    field,
    `${field} ${what} exceeds ${cloudInitMaxBytes} byte limit. Should use ${instead} for larger data.`,
  )
}

/** Bytes in UTF-8, without building them: input may be long. */
function byteLength(text: string): number {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes
}

function hostDisk({ volume, field }: Item): StatusCause[] {
  const disk = volume.hostDisk
  if (disk === undefined) return []
  const at = `${field}.hostDisk`
  const causes: StatusCause[] = []
  if (disk.path === '') causes.push(requiredField(`${at}.path`, `${at}.path is required for hostDisk volume`))
  if (disk.type !== 'Disk' && disk.type !== 'DiskOrCreate') {
    causes.push(
      invalidField(
        `${at}.type`,
        `${at}.type has invalid value '${String(disk.type)}', allowed are 'Disk' or 'DiskOrCreate'`,
      ),
    )
  }
  if (disk.type === 'Disk' && disk.capacity !== undefined) {
    causes.push(
      invalidField(`${at}.capacity`, `${at}.capacity is allowed to pass only with type equal to 'DiskOrCreate'`),
    )
  }
  if (disk.type === 'DiskOrCreate' && (disk.capacity === undefined || !isPositive(disk.capacity))) {
    causes.push(invalidField(`${at}.capacity`, `${at}.capacity must be greater than 0 with type 'DiskOrCreate'`))
  }
  return causes
}

function isPositive(text: string): boolean {
  try {
    return parseQuantity(text).nanos > 0n
  } catch {
    return false
  }
}

export const volumeAdmission: readonly Rule<VirtualMachineInstanceSpec>[] = [
  {
    name: 'each volume',
    causes: (spec, field) =>
      (spec.volumes ?? []).flatMap((volume, index) =>
        volumeRules.flatMap((rule) => rule.causes({ volume, field: `${field}.volumes[${index}]` })),
      ),
  },
  {
    name: 'unique names',
    causes: (spec, field) => duplicates(spec.volumes ?? [], `${field}.volumes`, ({ name }) => name),
  },
]
