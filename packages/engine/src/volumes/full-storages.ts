/** Machines that QEMU paused because a storage was full: which storage it is, and going on when there is room again. */

import { messageOf } from '@berth/base'
import type { Domain } from '@berth/hypervisor'
import { instanceOf, type EngineServices } from '../services.ts'

/** Milliseconds. */
const everyMs = 5000
/** Bytes that must be free before a machine goes on; it would only be paused again. */
const enoughBytes = 64 * 1024 ** 2

/** Storages that the failing disks lie in; none when it was no lack of room. */
export function fullStoragesOf(
  { status, spec }: Pick<Domain, 'status' | 'spec'>,
  { volumes }: Pick<EngineServices, 'volumes'>,
): string[] {
  const { detail = '' } = status
  if (status.state !== 'paused' || status.reason !== 'io-error' || !detail.includes('no space left')) return []
  const names = spec.disks
    .filter(({ name }) => detail.includes(`${name} (no space left)`))
    .map(({ path }) => volumes.storageAt(path))
  return [...new Set(names.filter((name) => name !== undefined))]
}

/** Until the returned function is called, which resolves when nothing is under way. */
export function resumeWhenRoom(services: EngineServices): () => Promise<void> {
  const { clock, logger } = services
  let stopped = false
  let cancel: () => void = () => {}
  const round = async (): Promise<void> => {
    await resumeAll(services).catch((error: unknown) =>
      logger.warn({ error: messageOf(error) }, 'machines that wait for room were not looked at'),
    )
    if (!stopped)
      cancel = clock.after(everyMs, () => {
        running = round()
      })
  }
  let running = round()
  return async () => {
    stopped = true
    cancel()
    await running
  }
}

async function resumeAll(services: EngineServices): Promise<void> {
  const { driver, volumes, informers, handlerEvents } = services
  const waiting = driver.list().filter((domain) => fullStoragesOf(domain, services).length > 0)
  if (waiting.length === 0) return
  const usages = await volumes.storages()
  for (const domain of waiting) {
    const full = fullStoragesOf(domain, services)
    if (usages.some(({ name, freeBytes }) => full.includes(name) && freeBytes < enoughBytes)) continue
    await domain.resume()
    const instance = instanceOf(informers, domain.id)
    const message = `The machine goes on: storage ${full.map((name) => `"${name}"`).join(', ')} has room again.`
    if (instance !== undefined) handlerEvents.record(instance, { type: 'Normal', reason: 'StorageHasRoom', message })
  }
}
