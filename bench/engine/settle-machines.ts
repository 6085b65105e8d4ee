/** Waits until the controllers have nothing left to do for a population of machines. */

import { setTimeout as delay } from 'node:timers/promises'
import type { Engine } from '@berth/engine'

/** Populations of ten thousand take minutes on a small machine. */
const timeoutMs = 15 * 60_000

export interface SettleParameters {
  kind: 'halted' | 'running'
  machines: number
}

/** @returns milliseconds it took */
export async function settleMachines(
  { services: { informers } }: Engine,
  { kind, machines }: SettleParameters,
): Promise<number> {
  const started = performance.now()
  const settled = (): number =>
    kind === 'running'
      ? informers.instances.list().filter(({ status }) => status?.phase === 'Running').length
      : informers.machines.list().filter(({ status }) => status?.printableStatus === 'Stopped').length
  while (settled() < machines) {
    if (performance.now() - started > timeoutMs)
      throw new Error(`${settled()} of ${machines} machines are ${kind} after ${timeoutMs / 60_000} minutes`)
    await delay(50)
  }
  return performance.now() - started
}
