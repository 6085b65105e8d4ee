/** What restored claims and disks are called. Source: KubeVirt's restore controller. */

import type { VirtualMachineRestore } from '../types/snapshot.ts'

const maxLabelLength = 63
/** Of an eight-digit hash with a dash on both sides. */
const hashLength = 10

/** Of the claim; a DataVolume has its claim's name. */
export function restoredName(
  { metadata, spec }: Readonly<VirtualMachineRestore>,
  { volume, claim }: { volume: string; claim: string },
): string {
  const wanted = (spec.volumeRestoreOverrides ?? []).find(
    ({ volumeName, restoreName = '' }) => volumeName === volume && restoreName !== '',
  )
  if (wanted?.restoreName !== undefined) return wanted.restoreName
  if (spec.volumeRestorePolicy === 'InPlace') return claim
  if (spec.volumeRestorePolicy === 'PrefixTargetName') return joinedName(spec.target.name, volume)
  return `restore-${metadata.uid ?? ''}-${volume}`
}

/** `base-suffix`, with a hash in it where that is too long, as KubeVirt shortens names. */
export function joinedName(base: string, suffix: string): string {
  const name = `${base}-${suffix}`
  if (name.length <= maxLabelLength) return name
  const room = maxLabelLength - hashLength - suffix.length
  if (room <= 0) return `${base.slice(0, maxLabelLength - hashLength + 1)}-${fnv32a(name)}`.slice(0, maxLabelLength)
  return `${base.slice(0, room)}-${fnv32a(base)}-${suffix}`
}

/** Eight hexadecimal digits. Names of objects have no other characters than ASCII's. */
function fnv32a(name: string): string {
  let hash = 0x811c9dc5
  for (let index = 0; index < name.length; index += 1) hash = Math.imul(hash ^ name.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
