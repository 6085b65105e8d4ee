/** How a field of a spec is treated by the embedded engine. A table of these is the whole truth: what is not in it is refused. */

import type { Json } from '@berth/meta'
import type { ComputeAbilities } from './compute-abilities.ts'

/** What this host can do and its operator allows. */
export interface HostAbilities {
  architecture: 'amd64' | 'arm64'
  /** UEFI firmware files are there. */
  uefi: boolean
  /** UEFI firmware with Secure Boot is there; undefined leaves the check to the emulator. */
  secureBoot?: boolean
  /** Why a helper program of machines cannot be used; those that are not named can. */
  missingPrograms?: { tpm?: string; virtiofs?: string }
  /** Machine types of the emulator; undefined leaves the check to it. */
  machineTypes?: readonly string[]
  /** Processors and memory; undefined leaves the check to the emulator. */
  compute?: ComputeAbilities
  /** The emulator's device types; undefined leaves the check to it. */
  deviceTypes?: readonly string[]
  /** Guests can have AF_VSOCK sockets; undefined leaves the check to the emulator. */
  vsock?: boolean
  /** Directories (absolute, normalised) below which hostDisk volumes may lie. */
  hostDiskDirectories: readonly string[]
}

export type Rule =
  | { kind: 'yes' }
  | { kind: 'only'; values: readonly Json[]; reason: string }
  | { kind: 'when'; refusal: (value: unknown, host: HostAbilities) => string | undefined }
  | { kind: 'no'; reason: string }

/** Honoured, with everything below it. */
export const yes: Rule = { kind: 'yes' }
/** Honoured with these values; any other is refused for the reason. */
export const only = (values: readonly Json[], reason: string): Rule => ({ kind: 'only', values, reason })
/** Honoured unless the function says why not. */
export const when = (refusal: (value: unknown, host: HostAbilities) => string | undefined): Rule => ({
  kind: 'when',
  refusal,
})
/** Refused, for a reason better than the general one. */
export const no = (reason: string): Rule => ({ kind: 'no', reason })

export const generalReason = 'the embedded engine does not honour this field yet'

/** `[]` stands for a list's items, `{}` for any key of a map. */
export type RuleTable = Readonly<Record<string, Rule>>

/** The table with every path moved below `prefix`. */
export function below(prefix: string, table: RuleTable): RuleTable {
  return Object.fromEntries(Object.entries(table).map(([path, rule]) => [`${prefix}.${path}`, rule]))
}
