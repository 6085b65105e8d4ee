/** Rules for how a machine boots. */

import type { FirmwareSpec } from '../spec/firmware.ts'
import { checkPath, checkText } from './checks.ts'

/** @throws {DriverError} InvalidSpec */
export function validateFirmware({ kernel }: FirmwareSpec): void {
  checkPath(kernel?.path, 'kernel.path')
  checkPath(kernel?.initrd, 'kernel.initrd')
  checkText(kernel?.cmdline, 'kernel.cmdline', 4096)
}
