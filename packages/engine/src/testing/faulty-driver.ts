/** A driver whose starts fail while a test says so, as QEMU's do when the host has a problem. */

import { DriverError, type Driver } from '@berth/hypervisor'

export interface Faults {
  /** Starts fail with this, while it is set. */
  startFails: string | undefined
  starts: number
}

export function faultyDriver(faults: Faults): (driver: Driver) => Driver {
  return (driver) => ({
    capabilities: () => driver.capabilities(),
    start: async (spec) => {
      faults.starts += 1
      if (faults.startFails !== undefined) throw new DriverError('StartFailed', faults.startFails)
      return driver.start(spec)
    },
    get: (id) => driver.get(id),
    list: () => driver.list(),
    adopt: (options) => driver.adopt(options),
    forget: (id) => driver.forget(id),
    on: (listener) => driver.on(listener),
    close: () => driver.close(),
  })
}
