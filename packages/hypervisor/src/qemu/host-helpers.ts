/** What this host has beside QEMU for its machines: helper programs and limits. Quick to find out; no QEMU is started. */

import { readFile, realpath } from 'node:fs/promises'
import { silentLogger } from '@berth/base'
import type { CgroupAbility, HostProgram } from '../spec/capabilities.ts'
import { Cgroups } from './cgroups/cgroups.ts'
import { findPrograms } from './companions/programs.ts'
import { uidsOf } from './uid-pool.ts'

export interface HostHelpers {
  tpm: HostProgram
  virtiofs: HostProgram
  cgroup: CgroupAbility
}

/** @param directory the state directory of a driver; it need not be there yet */
export async function findHostHelpers(directory: string): Promise<HostHelpers> {
  const root = await realpath(directory).catch(() => directory)
  const uid = process.getuid?.() === 0 ? uidsOf(root, await readFile('/proc/self/uid_map', 'utf8')).base : undefined
  const groups = await Cgroups.open(root, silentLogger)
  await groups.close()
  return { ...(await findPrograms(uid)), cgroup: groups.ability }
}
