/**
 * What channels and routes share for as long as the server runs: a registry of watches, the tasks, a ring of samples. A part is made when
 * it is first asked for and closed with the server; there is one of each per server, and none per process.
 */

import type { Clock, Logger } from '@berth/base'
import type { Cluster } from './clusters/cluster.ts'

/** What a part is made from. */
export interface PartContext {
  clusters: readonly Cluster[]
  clock: Clock
  logger: Logger
  /** Private folder of the console; a part that keeps something makes a folder of its name there. */
  dataDirectory: string
  /** Other parts. @throws {Error} when parts need each other in a circle */
  part<Made>(this: void, part: Part<Made>): Made
}

export interface Part<Made> {
  /** For messages. */
  name: string
  create(context: PartContext): Made
  close?(made: Made): Promise<void> | void
}

export interface Parts {
  part<Made>(this: void, part: Part<Made>): Made
  /** Last made, first closed. */
  close(): Promise<void>
}

export function createParts(base: Omit<PartContext, 'part'>): Parts {
  const made = new Map<Part<unknown>, { value: unknown; close: () => Promise<void> }>()
  const making = new Set<Part<unknown>>()
  function part<Made>(wanted: Part<Made>): Made {
    const known = made.get(wanted)
    // A key's value is what its own `create` gave.
    if (known !== undefined) return known.value as Made
    if (making.has(wanted)) throw new Error(`part "${wanted.name}" needs itself`)
    making.add(wanted)
    try {
      const value = wanted.create({ ...base, logger: base.logger.child({ part: wanted.name }), part })
      made.set(wanted, { value, close: async () => wanted.close?.(value) })
      return value
    } finally {
      making.delete(wanted)
    }
  }
  return {
    part,
    async close() {
      const all = [...made.values()].reverse()
      made.clear()
      for (const { close } of all) await close()
    },
  }
}
