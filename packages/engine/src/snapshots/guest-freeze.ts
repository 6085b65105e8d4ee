/** Holds a guest's writers while its volumes are frozen. When they let go is written down before (instances/guest/freeze.ts), so they do even when this engine ends. */

import { virtualMachineInstances } from '@berth/api'
import { messageOf } from '@berth/base'
import { DriverError } from '@berth/hypervisor'
import { unlessMissing } from '@berth/meta'
import { freeze, isFrozen, thaw } from '../instances/guest/freeze.ts'
import type { EngineServices } from '../services.ts'
import type { MachineSource } from './machine-source.ts'

/** Without a deadline of the snapshot's own, guests are not held for ever. */
const longestHoldMs = 5 * 60_000

/**
 * Does nothing to a machine that is off, stands still, or has no agent.
 * @returns whether it holds something now
 * @throws {DriverError} when the agent cannot
 */
export async function holdGuest(services: EngineServices, source: MachineSource, deadlineMs: number): Promise<boolean> {
  const { instance, online, paused, guestAgent } = source
  const domain = services.driver.get(instance?.metadata.uid ?? '')
  if (!online || paused || !guestAgent || instance === undefined || domain === undefined) return false
  const timeoutMs = deadlineMs === 0 ? longestHoldMs : Math.min(deadlineMs, longestHoldMs)
  await freeze(services, { instance, domain, timeoutMs })
  return domain.agent.isFrozen()
}

/** While the machine is locked for the snapshot, whatever it was held for. A guest that cannot be told is let go when its time is over. */
export async function letGuestGo(services: EngineServices, source: MachineSource | undefined): Promise<void> {
  if (source?.instance === undefined || source.paused || !source.locked) return
  const { namespace = '', name = '', uid = '' } = source.instance.metadata
  // From the server: the mark may have been made a moment ago.
  const instance = await unlessMissing(services.client.get(virtualMachineInstances, { namespace, name }))
  const domain = services.driver.get(uid)
  if (instance === undefined || domain === undefined || !isFrozen(instance)) return
  try {
    await thaw(services, { instance, domain })
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    services.logger.warn({ instance: name, error: messageOf(error) }, 'a guest was not thawed after its snapshot')
  }
}
