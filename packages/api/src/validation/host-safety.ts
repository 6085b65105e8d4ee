/**
 * What KubeVirt accepts and lets libvirt fail on later. Here the value would reach a command line, a file name or a size on disk, so
 * it is refused when it is asked for, in our own words.
 */

import { isDns1123Subdomain, type StatusCause } from '@berth/meta'
import type { CloudInitSource, Volume } from '../types/volume.ts'
import { readAmount } from './amount.ts'
import { invalidField, requiredField } from './cause.ts'
import { guestSafetyAdmission } from './guest-safety.ts'
import type { InstanceRule } from './instance-rule.ts'

export const hostSafetyAdmission: readonly InstanceRule[] = [
  {
    name: 'volumes',
    causes: ({ volumes }, { field }) =>
      (volumes ?? []).flatMap((volume, index) => volumeProblems(volume, `${field}.volumes[${index}]`)),
  },
  {
    name: 'read-only claims',
    causes: ({ domain, volumes }, { field }) => {
      const readOnly = new Set(
        (volumes ?? []).filter((volume) => volume.persistentVolumeClaim?.readOnly === true).map(({ name }) => name),
      )
      return (domain.devices.disks ?? []).flatMap((disk, index) => {
        const onSata = disk.cdrom === undefined && disk.lun === undefined && (disk.disk?.bus ?? 'sata') === 'sata'
        const at = `${field}.domain.devices.disks[${index}].disk.bus`
        const message = `${at} sata does not support a read-only hard disk; its claim is read-only, so use virtio or scsi.`
        return onSata && readOnly.has(disk.name) ? [invalidField(at, message)] : []
      })
    },
  },
  {
    name: 'group addresses',
    causes: ({ domain }, { field }) =>
      (domain.devices.interfaces ?? []).flatMap(({ macAddress: mac = '' }, index) => {
        // The lowest bit of the first byte marks a group: no card can have it as its own address.
        const group = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1
        const at = `${field}.domain.devices.interfaces[${index}]`
        const message = `interface ${at}.name has a multicast MAC address (${mac}).`
        return group ? [invalidField(`${at}.macAddress`, message)] : []
      }),
  },
  {
    name: 'pod network addresses',
    causes: ({ networks }, { field }) =>
      (networks ?? []).flatMap(({ pod }, index) => {
        const cidr = pod?.vmNetworkCIDR
        if (cidr === undefined || cidr === '' || isCidr(cidr)) return []
        return [invalidField(`${field}.networks[${index}].pod.vmNetworkCIDR`, `Invalid CIDR ${cidr.slice(0, 40)}`)]
      }),
  },
  ...guestSafetyAdmission,
]

function isCidr(text: string): boolean {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text)
  return match !== null && match.slice(1, 5).every((byte) => Number(byte) <= 255) && Number(match[5]) <= 32
}

function volumeProblems(volume: Volume, at: string): StatusCause[] {
  const causes: StatusCause[] = []
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(volume.name)) {
    const shown = volume.name.slice(0, 80)
    const message = `${at}.name '${shown}' must be lower case letters, digits and dashes, at most 63.`
    causes.push(invalidField(`${at}.name`, message))
  }
  return [
    ...causes,
    ...references(volume, at),
    ...secretNames(volume.cloudInitNoCloud, `${at}.cloudInitNoCloud`),
    ...secretNames(volume.cloudInitConfigDrive, `${at}.cloudInitConfigDrive`),
    ...sizes(volume, at),
  ]
}

/** Names of other objects: each must be one. That it is there is KubeVirt's rule where it has one. */
function references(
  { dataVolume, persistentVolumeClaim: claim, configMap, secret }: Volume,
  at: string,
): StatusCause[] {
  const found = [
    { path: `${at}.dataVolume.name`, name: dataVolume?.name },
    { path: `${at}.configMap.name`, name: configMap?.name },
    { path: `${at}.secret.secretName`, name: secret?.secretName },
    { path: `${at}.persistentVolumeClaim.claimName`, name: claim?.claimName },
  ]
  const causes = found.flatMap(({ path, name }) => {
    const problems = name === undefined || name === '' ? [] : isDns1123Subdomain(name)
    return problems.length === 0 ? [] : [invalidField(path, `${path} is not a valid name: ${problems.join('; ')}`)]
  })
  if (claim !== undefined && (claim.claimName ?? '') === '') {
    causes.push(requiredField(`${at}.persistentVolumeClaim.claimName`, 'PersistentVolumeClaim name must be set'))
  }
  return causes
}

function secretNames(source: CloudInitSource | undefined, at: string): StatusCause[] {
  return (['secretRef', 'networkDataSecretRef'] as const).flatMap((key) => {
    const path = `${at}.${key}.name`
    const missing = source?.[key] !== undefined && (source[key].name ?? '') === ''
    return missing ? [requiredField(path, `${path} must be set`)] : []
  })
}

function sizes({ emptyDisk, hostDisk }: Volume, at: string): StatusCause[] {
  const causes: StatusCause[] = []
  if (emptyDisk !== undefined && !isPositive(emptyDisk.capacity)) {
    causes.push(invalidField(`${at}.emptyDisk.capacity`, `${at}.emptyDisk.capacity must be greater than 0`))
  }
  if (hostDisk?.type === 'DiskOrCreate' && !isPositive(hostDisk.capacity)) {
    const path = `${at}.hostDisk.capacity`
    causes.push(invalidField(path, `${path} must be greater than 0 with type 'DiskOrCreate'`))
  }
  return causes
}

function isPositive(text: string | undefined): boolean {
  return (readAmount(text)?.nanos ?? 0n) > 0n
}
