/**
 * Asks guest agents what they know, each part at its own pace: at once when an agent connects, after 10 s, and then less and less
 * often. Source of the paces: KubeVirt's agent poller.
 */

import { messageOf } from '@berth/base'
import type { VirtualMachineInstance } from '@berth/api'
import { guestInfoParts, type Domain, type GuestInfo, type GuestInfoPart } from '@berth/hypervisor'
import { deepEqual } from '@berth/meta'
import { keyOf } from '@berth/kube'
import type { EngineServices } from '../../services.ts'
import { isFrozen } from './freeze.ts'

const firstDelayMs = 10_000
/** The slowest each part gets. */
const slowestMs: Record<GuestInfoPart, number> = {
  version: 300_000,
  system: 120_000,
  filesystems: 300_000,
  users: 10_000,
}

/** What a part brings. */
const fieldsOf = {
  version: ['agentVersion', 'supportedCommands'],
  system: ['hostname', 'os', 'timezone', 'interfaces'],
  filesystems: ['filesystems'],
  users: ['users'],
} as const satisfies Record<GuestInfoPart, (keyof GuestInfo)[]>

interface Entry {
  instance: Readonly<VirtualMachineInstance>
  domain: Domain
  info: GuestInfo | undefined
  /** By part: when it is asked for next, and how long it is waited after that, in milliseconds. */
  next: Map<GuestInfoPart, { due: number; delay: number }>
  cancel: () => void
}

export class AgentWatch {
  readonly #services: Pick<EngineServices, 'clock' | 'logger'>
  readonly #changed: (key: string) => void
  readonly #entries = new Map<string, Entry>()

  constructor(services: Pick<EngineServices, 'clock' | 'logger'>, changed: (key: string) => void) {
    this.#services = services
    this.#changed = changed
  }

  /** What the agent last said; starts asking when it is connected, stops when it is not. */
  observe(instance: Readonly<VirtualMachineInstance>, domain: Domain): GuestInfo | undefined {
    const key = keyOf(instance)
    const entry = this.#entries.get(key)
    if (!domain.status.agentConnected) {
      this.forget(key)
      return undefined
    }
    if (domain.status.state !== 'running') return entry?.info
    if (entry !== undefined && entry.domain === domain) {
      entry.instance = instance
      return entry.info
    }
    this.forget(key)
    const now = this.#services.clock.now().getTime()
    const fresh: Entry = {
      instance,
      domain,
      info: undefined,
      next: new Map(guestInfoParts.map((part) => [part, { due: now, delay: firstDelayMs }])),
      cancel: () => {},
    }
    this.#entries.set(key, fresh)
    fresh.cancel = this.#services.clock.after(0, () => void this.#ask(key, fresh))
    return undefined
  }

  forget(key: string): void {
    this.#entries.get(key)?.cancel()
    this.#entries.delete(key)
  }

  stop(): void {
    for (const entry of this.#entries.values()) entry.cancel()
    this.#entries.clear()
  }

  async #ask(key: string, entry: Entry): Promise<void> {
    const { clock, logger } = this.#services
    const now = clock.now().getTime()
    const parts = guestInfoParts.filter((part) => (entry.next.get(part)?.due ?? 0) <= now)
    for (const part of parts) {
      const delay = Math.min(entry.next.get(part)?.delay ?? firstDelayMs, slowestMs[part])
      entry.next.set(part, { due: now + delay, delay: delay * 2 })
    }
    try {
      // Held file systems keep an agent from answering most questions: what it said before still holds.
      if (!isFrozen(entry.instance)) this.#take(key, entry, parts, await entry.domain.agent.info(parts))
    } catch (error) {
      // A guest may be slow or broken; the machine itself is not, so this is not a failure of ours.
      logger.debug({ instance: key, error: messageOf(error) }, 'guest agent did not answer')
    }
    if (this.#entries.get(key) !== entry) return
    const due = Math.min(...[...entry.next.values()].map((next) => next.due))
    entry.cancel = clock.after(Math.max(0, due - clock.now().getTime()), () => void this.#ask(key, entry))
  }

  #take(key: string, entry: Entry, parts: readonly GuestInfoPart[], said: GuestInfo): void {
    if (this.#entries.get(key) !== entry) return
    const { info } = entry
    if (info === undefined) entry.info = said
    else {
      const kept = Object.entries(info).filter(([field]) => !isOf(field, parts))
      const taken = Object.entries(said).filter(([field]) => isOf(field, parts))
      entry.info = { ...said, ...Object.fromEntries([...kept, ...taken]) }
    }
    if (!deepEqual(info, entry.info)) this.#changed(key)
  }
}

function isOf(field: string, parts: readonly GuestInfoPart[]): boolean {
  return parts.some((part) => fieldsOf[part].some((each) => each === field))
}
