/** Makes the simulated driver. */

import type { Clock } from '@berth/base'
import type { Driver } from '../driver.ts'
import { SimulatedDriver } from './driver.ts'
import type { SimulatedDriverOptions } from './options.ts'

/** A driver without QEMU, for scale tests and development. How it differs from the real one: README.md. */
export async function createSimulatedDriver(options: SimulatedDriverOptions = {}): Promise<Driver> {
  return new SimulatedDriver({
    stateFile: options.stateFile,
    clock: options.clock ?? systemClock,
    bootDelayMs: options.bootDelayMs ?? 0,
    shutdownDelayMs: options.shutdownDelayMs ?? 0,
  })
}

const systemClock: Clock = {
  now: () => new Date(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
