/** Makes the QEMU driver. */

import { DriverError, type Driver } from '../driver.ts'
import type { QemuDriverOptions } from './options.ts'

/**
 * A driver that runs every machine as a QEMU process of its own. Finds QEMU, its firmware and its acceleration first.
 * @throws {DriverError} Unsupported when there is no usable QEMU
 */
export async function createQemuDriver(options: QemuDriverOptions): Promise<Driver> {
  throw new DriverError('Unsupported', `the QEMU driver for ${options.directory} is not there yet`)
}
