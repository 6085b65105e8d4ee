/** The processes of the machines of a state directory, as the kernel has them. */

import { readFileSync, readdirSync } from 'node:fs'
import { relative } from 'node:path'
import { findByFolder, identify, type ProcessIdentity } from './process-identity.ts'

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

/** Processes whose user is one of those asked for, wherever they run. */
export function processesOfUsers(isAsked: (uid: number) => boolean): ProcessIdentity[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry) && isAsked(userOf(entry) ?? -1))
    .flatMap((entry) => identify(Number(entry)) ?? [])
}

/** The real user id. The owner of the folder in /proc is another for some processes. */
function userOf(pid: string): number | undefined {
  try {
    const [, uid] = /^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return uid === undefined ? undefined : Number(uid)
  } catch {
    // Ended meanwhile.
    return undefined
  }
}
