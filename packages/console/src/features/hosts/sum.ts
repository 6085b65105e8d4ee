import type { Capabilities } from '@berth/view'

export type Host = NonNullable<Capabilities['nodes']>[number]

/** Of hosts that take machines. `freeMemory` is known only when every one of them says it. */
export function sumOf(nodes: readonly Host[]): {
  ready: number
  cpus: number
  memory: number
  freeMemory: number | undefined
} {
  const ready = nodes.filter(({ schedulable }) => schedulable)
  const add = (valueOf: (host: Host) => number): number => ready.reduce((sum, host) => sum + valueOf(host), 0)
  const known = ready.every(({ freeMemory }) => freeMemory !== undefined)
  return {
    ready: ready.length,
    cpus: add(({ cpus }) => cpus),
    memory: add(({ memory }) => memory),
    freeMemory: known ? add(({ freeMemory = 0 }) => freeMemory) : undefined,
  }
}
