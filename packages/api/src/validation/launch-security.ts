/** Admission of encrypted guests. */

import type { StatusCause } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { forbiddenField, invalidField } from './cause.ts'
import type { InstanceRule, Place } from './instance-rule.ts'

const types = [
  { key: 'sev', word: 'SEV', gate: 'WorkloadEncryptionSEV' },
  { key: 'snp', word: 'SNP', gate: 'WorkloadEncryptionSEV' },
  { key: 'tdx', word: 'TDX', gate: 'WorkloadEncryptionTDX' },
] as const

export const launchSecurityAdmission: readonly InstanceRule[] = [{ name: 'launch security', causes: launchSecurity }]

function launchSecurity(spec: VirtualMachineInstanceSpec, place: Place): StatusCause[] {
  const security = spec.domain.launchSecurity
  if (security === undefined || spec.architecture === 's390x') return []
  if (spec.architecture !== 'amd64') {
    const message = `No launchSecurity support for architecture: ${spec.architecture ?? ''}`
    return [invalidField(`${place.field}.architecture`, message)]
  }
  const at = `${place.field}.launchSecurity`
  const chosen = types.filter(({ key }) => security[key] !== undefined)
  const [type] = chosen
  if (type === undefined || chosen.length > 1) {
    return [forbiddenField(at, 'One and only one launchSecurity type can be set')]
  }
  if (!place.configuration.enabled(type.gate)) {
    return [invalidField(at, `${type.gate} feature gate is not enabled in kubevirt-config`)]
  }
  return conflicts(spec, type).map((message) => invalidField(at, message))
}

function conflicts({ domain, startStrategy }: VirtualMachineInstanceSpec, type: (typeof types)[number]): string[] {
  const { key, word } = type
  const found: string[] = []
  const smm = domain.features?.smm
  if (key === 'tdx' && smm !== undefined && smm.enabled !== false) found.push('TDX does not work along with SMM')
  const efi = domain.firmware?.bootloader?.efi
  if (efi === undefined) found.push(`${word} requires OVMF (UEFI)`)
  else {
    if (key !== 'tdx' && efi.secureBoot !== false) found.push(`${word} does not work along with SecureBoot`)
    if (key !== 'sev' && efi.persistent === true) {
      found.push(`${word} does not work along with Persistent EFI variables`)
    }
  }
  if (key === 'sev' && startStrategy !== 'Paused' && domain.launchSecurity?.sev?.attestation !== undefined) {
    found.push("SEV attestation requires VMI StartStrategy 'Paused'")
  }
  for (const { name, bootOrder } of domain.devices.interfaces ?? []) {
    if (bootOrder !== undefined) found.push(`${word} does not work with bootable NICs: ${name}`)
  }
  return found
}
