/** Makes the simulated driver. */

import { DriverError, type Driver } from '../driver.ts'
import type { SimulatedDriverOptions } from './options.ts'

/** A driver without QEMU, for scale tests and development. How it differs from the real one: README.md. */
export async function createSimulatedDriver(options: SimulatedDriverOptions = {}): Promise<Driver> {
  throw new DriverError('Unsupported', `the simulated driver ${options.stateFile ?? ''} is not there yet`)
}
