/** Asks guest agents what they know, often at first and then less (KubeVirt polls users every 10 s and the rest every 2 to 5 minutes). */

import { messageOf } from '@berth/base'
import type { VirtualMachineInstance } from '@berth/api'
import type { Domain, GuestInfo } from '@berth/hypervisor'
import { keyOf } from '@berth/kube'
import type { EngineServices } from '../services.ts'

const delaysMs = [2_000, 5_000, 10_000, 30_000, 60_000, 120_000]

interface Entry {
  domain: Domain
  info: GuestInfo | undefined
  asked: number
  cancel: () => void
}

export class AgentWatch {
  readonly #services: EngineServices
  readonly #changed: (key: string) => void
  readonly #entries = new Map<string, Entry>()

  constructor(services: EngineServices, changed: (key: string) => void) {
    this.#services = services
    this.#changed = changed
  }

  /** What the agent last said; starts asking when it is connected, stops when it is not. */
  observe(instance: Readonly<VirtualMachineInstance>, domain: Domain): GuestInfo | undefined {
    const key = keyOf(instance)
    const entry = this.#entries.get(key)
    if (!domain.status.agentConnected || domain.status.state !== 'running') {
      if (!domain.status.agentConnected) this.forget(key)
      return entry?.info
    }
    if (entry !== undefined && entry.domain === domain) return entry.info
    this.forget(key)
    const fresh: Entry = { domain, info: undefined, asked: 0, cancel: () => {} }
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
    try {
      const info = await entry.domain.agent.info()
      if (this.#entries.get(key) !== entry) return
      entry.info = info
      this.#changed(key)
    } catch (error) {
      // A guest may be slow or broken; the machine itself is not, so this is not a failure of ours.
      this.#services.logger.debug({ instance: key, error: messageOf(error) }, 'guest agent did not answer')
    }
    if (this.#entries.get(key) !== entry) return
    const delay = delaysMs[Math.min(entry.asked, delaysMs.length - 1)] ?? 120_000
    entry.asked += 1
    entry.cancel = this.#services.clock.after(delay, () => void this.#ask(key, entry))
  }
}
