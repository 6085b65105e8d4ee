/** What machines of a state directory have left on this host, whether or not a driver knows of them. Looks only. */

import { realpath } from 'node:fs/promises'
import { silentLogger } from '@berth/base'
import { Cgroups } from './cgroups/cgroups.ts'
import { processesByMachine } from './machine-processes.ts'

export interface MachineTraces {
  /** Process ids, by machine. */
  processes: ReadonlyMap<string, readonly number[]>
  /** Machines that have a control group. */
  controlGroups: readonly string[]
}

export async function findMachineTraces(directory: string): Promise<MachineTraces> {
  const root = await realpath(directory)
  const groups = await Cgroups.open(root, silentLogger)
  try {
    const processes = [...processesByMachine(root)].map(
      ([machine, all]) => [machine, all.map(({ identity }) => identity.pid)] as const,
    )
    return { processes: new Map(processes), controlGroups: await groups.list() }
  } finally {
    await groups.close()
  }
}
