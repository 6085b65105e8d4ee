/**
 * Held file systems are let go when their time is over, whether somebody comes back for them or not. The time is written on the instance
 * before anything is held, so that it survives the engine.
 */

import { messageOf } from '@berth/base'
import { virtualMachineInstances, type VirtualMachineInstance } from '@berth/api'
import { DriverError, type Domain } from '@berth/hypervisor'
import { formatTime, parseTime } from '@berth/meta'
import type { EngineServices } from '../../services.ts'

/** When an instance's file systems are let go; `never` where nobody set a time. */
const thawAnnotation = 'berth.dev/unfreeze-at'
const retryMs = 5000

type Services = Pick<EngineServices, 'client' | 'clock' | 'logger'>

/**
 * @param timeoutMs after which they are let go without being asked; 0 for never
 * @throws {DriverError} when the agent cannot
 */
export async function freeze(
  services: Services,
  { instance, domain, timeoutMs }: { instance: Readonly<VirtualMachineInstance>; domain: Domain; timeoutMs: number },
): Promise<void> {
  const at = timeoutMs === 0 ? 'never' : formatTime(new Date(services.clock.now().getTime() + timeoutMs))
  await note(services, instance, at)
  try {
    // Asked a second time, what is held stays held; only the time begins anew.
    if (!(await domain.agent.isFrozen())) await domain.agent.freeze()
    // A guest without a file system that can be held has nothing to let go of.
    if (!(await domain.agent.isFrozen())) await note(services, instance, null)
  } catch (error) {
    await note(services, instance, null)
    throw error
  }
}

/** @throws {DriverError} when the agent cannot */
export async function thaw(
  services: Services,
  { instance, domain }: { instance: Readonly<VirtualMachineInstance>; domain: Domain },
): Promise<void> {
  await domain.agent.thaw()
  await note(services, instance, null)
}

/** A guest that has started over holds nothing any more, whatever it was told before. */
export async function forgetFreeze(services: Services, instance: Readonly<VirtualMachineInstance>): Promise<void> {
  if (isFrozen(instance)) await note(services, instance, null)
}

export function isFrozen({ metadata }: Readonly<VirtualMachineInstance>): boolean {
  return metadata.annotations?.[thawAnnotation] !== undefined
}

/**
 * Lets go of what was held too long.
 * @returns milliseconds until this has to be looked at again; undefined when nothing is held
 */
export async function thawWhenDue(
  services: Services,
  { instance, domain }: { instance: Readonly<VirtualMachineInstance>; domain: Domain },
): Promise<number | undefined> {
  const at = instance.metadata.annotations?.[thawAnnotation]
  if (at === undefined || at === 'never') return undefined
  const left = parseTime(at).getTime() - services.clock.now().getTime()
  if (left > 0) return left
  // A guest that stands still can be told nothing, and one that has started over holds nothing.
  if (domain.status.state !== 'running') return retryMs
  try {
    if (domain.status.agentConnected) await domain.agent.thaw()
    await note(services, instance, null)
    return undefined
  } catch (error) {
    if (!(error instanceof DriverError)) throw error
    services.logger.warn({ instance: instance.metadata.name, error: messageOf(error) }, 'a guest was not thawed')
    return retryMs
  }
}

async function note(
  services: Services,
  { metadata }: Readonly<VirtualMachineInstance>,
  at: string | null,
): Promise<void> {
  await services.client.patch(
    virtualMachineInstances,
    { namespace: metadata.namespace ?? '', name: metadata.name ?? '' },
    { type: 'merge', patch: { metadata: { annotations: { [thawAnnotation]: at } } } },
  )
}
