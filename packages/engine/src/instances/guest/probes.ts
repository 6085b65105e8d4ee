/**
 * Runs the probes of machines as kubelet runs those of containers: a delay, a pace, and so many answers in a row until one counts.
 * A machine that stands still is not asked, and keeps what it was last found to be.
 */

import type { Probe, VirtualMachineInstance } from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import { keyOf } from '@berth/kube'
import type { EngineServices } from '../../services.ts'
import { ask } from './probe-handlers.ts'

export interface ProbeResult {
  /** undefined until enough answers have come. */
  well: boolean | undefined
  /** Why not, of the last answer that was bad. */
  failure?: string
}

export interface ProbeResults {
  /** undefined without such a probe. */
  readiness?: ProbeResult
  liveness?: ProbeResult
}

type Kind = 'readiness' | 'liveness'

interface Running {
  probe: Readonly<Probe>
  result: ProbeResult
  inARow: { good: boolean; count: number }
  cancel: () => void
}

interface Entry {
  instance: Readonly<VirtualMachineInstance>
  domain: Domain
  running: Map<Kind, Running>
}

export class Probes {
  readonly #services: Pick<EngineServices, 'clock'>
  readonly #changed: (key: string) => void
  /** Told of every bad answer, in words for an event. */
  readonly #failed: (instance: Readonly<VirtualMachineInstance>, words: string) => void
  readonly #entries = new Map<string, Entry>()

  constructor(parts: {
    services: Pick<EngineServices, 'clock'>
    changed: (key: string) => void
    failed: (instance: Readonly<VirtualMachineInstance>, words: string) => void
  }) {
    this.#services = parts.services
    this.#changed = parts.changed
    this.#failed = parts.failed
  }

  /** How the machine was last found; starts asking at the first call. */
  observe(instance: Readonly<VirtualMachineInstance>, domain: Domain): ProbeResults {
    const key = keyOf(instance)
    let entry = this.#entries.get(key)
    if (entry === undefined || entry.domain !== domain) {
      this.forget(key)
      entry = { instance, domain, running: new Map() }
      this.#entries.set(key, entry)
      this.#begin(key, entry, 'readiness', instance.spec.readinessProbe)
      this.#begin(key, entry, 'liveness', instance.spec.livenessProbe)
    }
    entry.instance = instance
    const readiness = entry.running.get('readiness')?.result
    const liveness = entry.running.get('liveness')?.result
    return { ...(readiness === undefined ? {} : { readiness }), ...(liveness === undefined ? {} : { liveness }) }
  }

  forget(key: string): void {
    for (const running of this.#entries.get(key)?.running.values() ?? []) running.cancel()
    this.#entries.delete(key)
  }

  stop(): void {
    for (const key of this.#entries.keys()) this.forget(key)
  }

  #begin(key: string, entry: Entry, kind: Kind, probe: Readonly<Probe> | undefined): void {
    if (probe === undefined) return
    const { clock } = this.#services
    const running: Running = {
      probe,
      result: { well: undefined },
      inARow: { good: true, count: 0 },
      cancel: () => {},
    }
    entry.running.set(kind, running)
    const since = clock.now().getTime() - entry.domain.startedAt.getTime()
    const delay = Math.max(0, (probe.initialDelaySeconds ?? 0) * 1000 - since)
    running.cancel = clock.after(delay, () => void this.#step(key, entry, kind))
  }

  async #step(key: string, entry: Entry, kind: Kind): Promise<void> {
    const running = entry.running.get(kind)
    if (running === undefined) return
    const { probe } = running
    const { instance, domain } = entry
    if (domain.status.state === 'running') {
      const failure = await ask(probe, { instance, domain })
      // Paused meanwhile, or over: the answer says nothing.
      if (this.#entries.get(key) !== entry) return
      if (domain.status.state === 'running') this.#count(key, entry, kind, failure)
    }
    running.cancel = this.#services.clock.after(
      (probe.periodSeconds ?? 10) * 1000,
      () => void this.#step(key, entry, kind),
    )
  }

  #count(key: string, entry: Entry, kind: Kind, failure: string | undefined): void {
    const running = entry.running.get(kind)
    if (running === undefined) return
    const { probe, inARow, result } = running
    const good = failure === undefined
    running.inARow = { good, count: inARow.good === good ? inARow.count + 1 : 1 }
    if (failure !== undefined)
      this.#failed(entry.instance, `${kind === 'readiness' ? 'Readiness' : 'Liveness'} probe failed: ${failure}`)
    const enough = good ? (probe.successThreshold ?? 1) : (probe.failureThreshold ?? 3)
    if (running.inARow.count < enough || result.well === good) return
    running.result = { well: good, ...(failure === undefined ? {} : { failure }) }
    this.#changed(key)
  }
}
