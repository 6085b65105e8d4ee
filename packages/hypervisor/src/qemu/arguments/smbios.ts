/** What the machine says about itself: SMBIOS system and chassis, and ACPI tables of the spec. */

import type { ComputeSpec } from '../../spec/compute.ts'
import { option, type OptionValue } from './escape.ts'

export function smbiosArguments(spec: ComputeSpec): string[] {
  const { system, chassis } = spec.smbios ?? {}
  const unnamed = { manufacturer: 'Berth', product: 'Virtual machine' }
  const systemValues = { ...filled({ ...(system ?? unnamed) }), uuid: spec.uuid, serial: spec.serial }
  const chassisValues = filled({ ...chassis })
  return [
    '-uuid',
    spec.uuid,
    '-smbios',
    option('type=1', systemValues),
    ...(Object.keys(chassisValues).length === 0 ? [] : ['-smbios', option('type=3', chassisValues)]),
  ]
}

/** @param files the open tables, in the order of the spec */
export function acpiTableArguments(spec: ComputeSpec, files: readonly string[] = []): string[] {
  return (spec.acpiTables ?? []).flatMap(({ signature }, index) => {
    const file = files[index]
    return file === undefined ? [] : ['-acpitable', option('', { sig: signature, file })]
  })
}

/** Empty text is text that was not given. */
function filled(values: Record<string, string | undefined>): Record<string, OptionValue> {
  return Object.fromEntries(Object.entries(values).filter(([, text]) => text !== undefined && text !== ''))
}
