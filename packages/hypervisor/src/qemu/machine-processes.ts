/** The processes of the machines of a state directory, as the kernel has them. */

import { relative } from 'node:path'
import { findByFolder, type ProcessIdentity } from './process-identity.ts'

export interface MachineProcess {
  identity: ProcessIdentity
  /** Name of the helper; undefined for QEMU, which runs in `<machine>/run`, helpers run in `<machine>/run/<name>`. */
  companion?: string
}

/** @param directory without symbolic links */
export function processesByMachine(directory: string): Map<string, MachineProcess[]> {
  const found = new Map<string, MachineProcess[]>()
  for (const [folder, identities] of findByFolder(directory)) {
    const [machine = '', , companion] = relative(directory, folder).split('/')
    const processes = identities.map((identity) => ({ identity, ...(companion === undefined ? {} : { companion }) }))
    found.set(machine, [...(found.get(machine) ?? []), ...processes])
  }
  return found
}
