/** A guest that writes nothing for a moment, so that its file systems are whole in a backup. */

import type { InstanceBackupStatus, VirtualMachineInstance } from '@berth/api'
import { messageOf } from '@berth/base'
import { DriverError, type Domain } from '@berth/hypervisor'
import { freeze, thaw } from '../instances/guest/freeze.ts'
import type { EngineServices } from '../services.ts'

/** The agent's own limit on Windows is ten seconds; a guest is never held longer than this. */
const holdMs = 60_000

export interface Hold {
  status: NonNullable<InstanceBackupStatus['quiesceStatus']>
  warning?: string
  /** Does it once. Never rejects: a guest that cannot be told is let go when its time is over. */
  release(this: void): Promise<void>
}

/** A guest that cannot be frozen is backed up all the same. */
export async function holdGuest(
  services: EngineServices,
  {
    skipQuiesce,
    instance,
    domain,
  }: { skipQuiesce: boolean; instance: Readonly<VirtualMachineInstance>; domain: Domain },
): Promise<Hold> {
  const nothing = { release: () => Promise.resolve() }
  if (skipQuiesce) return { status: 'Skipped', ...nothing }
  try {
    await freeze(services, { instance, domain, timeoutMs: holdMs })
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    // The driver names machines by their uid, which tells a person nothing.
    const why = error.code === 'AgentUnavailable' ? 'no guest agent is connected' : error.message
    return { status: 'Failed', warning: `the guest's file systems were not frozen: ${why}`, ...nothing }
  }
  const letGo = async (): Promise<void> => {
    try {
      await thaw(services, { instance, domain })
    } catch (error) {
      services.logger.warn({ instance: instance.metadata.name, error: messageOf(error) }, 'a guest was not thawed')
    }
  }
  let released: Promise<void> | undefined
  return { status: 'Succeeded', release: () => (released ??= letGo()) }
}
