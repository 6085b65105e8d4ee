/** What becomes of a VM's disks when it is deleted, in words. */

import { claimNames, type VirtualMachine } from '@berth/api'

/** @param keep the disks made for it are taken from it before */
export function disksAtDeletion({ spec }: Readonly<VirtualMachine>, { keep }: { keep: boolean }): string[] {
  const made = new Set((spec.dataVolumeTemplates ?? []).flatMap(({ metadata }) => metadata.name ?? []))
  const used = [...new Set(claimNames(spec.template.spec))]
  const [going, staying] = keep
    ? [[], [...new Set([...made, ...used])]]
    : [[...made], used.filter((name) => !made.has(name))]
  return [
    ...(going.length === 0 ? [] : [`With it ${list(going)} for good: made for this VM.`]),
    ...(staying.length === 0 ? [] : [`${listStaying(staying)}.`]),
  ]
}

function list(names: readonly string[]): string {
  return names.length === 1 ? `disk ${quoted(names)} goes` : `disks ${quoted(names)} go`
}

function listStaying(names: readonly string[]): string {
  return names.length === 1 ? `Disk ${quoted(names)} stays` : `Disks ${quoted(names)} stay`
}

function quoted(names: readonly string[]): string {
  return names.map((name) => JSON.stringify(name)).join(', ')
}
