/** Ends machines the gentle way: the power button again and again until the grace period is over, then the plug. */

import type { Clock } from '@berth/base'
import type { VirtualMachineInstance } from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import type { EventRecorder, ReconcileResult } from '@berth/kube'
import { terminating } from './instance-ready.ts'
import type { InstanceWriter } from './instance-writer.ts'
import { uidOf } from './uid.ts'

/** ACPI power-down is sent again this often: a guest that is booting or busy misses the first (KubeVirt does the same). */
const pressEveryMs = 5000
const defaultGraceSeconds = 30

export class PowerDown {
  readonly #clock: Clock
  readonly #events: EventRecorder
  readonly #writer: InstanceWriter
  readonly #pressed = new Map<string, number>()
  /** When a machine was found to be unwanted where no object carries the time. */
  readonly #unwantedSince = new Map<string, number>()

  constructor(parts: { clock: Clock; events: EventRecorder; writer: InstanceWriter }) {
    this.#clock = parts.clock
    this.#events = parts.events
    this.#writer = parts.writer
  }

  /**
   * One step towards the end of a running machine; call again as the result says.
   * @param since when the grace period began, in milliseconds; now, at the first call, unless given
   */
  async step(
    instance: Readonly<VirtualMachineInstance>,
    domain: Domain,
    times: { since?: number; deadline?: number } = {},
  ): Promise<ReconcileResult> {
    await this.#writer.apply(instance, { conditions: [terminating] })
    const id = uidOf(instance)
    const now = this.#clock.now().getTime()
    const deadline = times.deadline ?? (times.since ?? this.#firstSeen(id, now)) + graceMs(instance)
    // Without ACPI there is no power button to press.
    if (now >= deadline || instance.spec.domain.features?.acpi?.enabled === false) {
      this.#events.record(instance, { type: 'Normal', reason: 'Deleted', message: 'Signaled Deletion' })
      await domain.destroy()
      return
    }
    if (!this.#pressed.has(id))
      this.#events.record(instance, { type: 'Normal', reason: 'ShuttingDown', message: 'Signaled Graceful Shutdown' })
    if (now - (this.#pressed.get(id) ?? 0) >= pressEveryMs) {
      this.#pressed.set(id, now)
      // A paused guest cannot obey the button.
      if (domain.status.state === 'paused') await domain.resume()
      await domain.powerDown()
    }
    return { requeueAfterMs: Math.min(pressEveryMs, deadline - now) }
  }

  forget(id: string): void {
    this.#pressed.delete(id)
    this.#unwantedSince.delete(id)
  }

  #firstSeen(id: string, now: number): number {
    const since = this.#unwantedSince.get(id) ?? now
    this.#unwantedSince.set(id, since)
    return since
  }
}

function graceMs(instance: Readonly<VirtualMachineInstance>): number {
  return (instance.spec.terminationGracePeriodSeconds ?? defaultGraceSeconds) * 1000
}
