/** How long the engine's event loop keeps what is ready waiting. */

import type { Engine } from '@berth/engine'
import { monitorEventLoopDelay } from 'node:perf_hooks'

/** Milliseconds between two looks; a delay is what comes on top. */
const resolution = 1
let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined

export interface LoopDelay {
  p50Ms: number
  p99Ms: number
  maxMs: number
}

/** Begins anew, and tells what was since the last time. */
export async function loopDelay(_engine: Engine, _parameters: null): Promise<LoopDelay> {
  const last = histogram
  histogram = monitorEventLoopDelay({ resolution })
  histogram.enable()
  if (last === undefined) return { p50Ms: 0, p99Ms: 0, maxMs: 0 }
  last.disable()
  const ms = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolution)
  return { p50Ms: ms(last.percentile(50)), p99Ms: ms(last.percentile(99)), maxMs: ms(last.max) }
}
