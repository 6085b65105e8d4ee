/**
 * What a machine's description must satisfy before a driver looks at it. Rules are rows; the first broken one is reported with its
 * field.
 */

import type { DomainSpec } from '../spec/domain.ts'
import { check, checkText } from './checks.ts'
import { validateCompute } from './compute.ts'
import { validateDevices } from './devices.ts'
import { validateFirmware } from './firmware.ts'

const idPattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

/** @throws {DriverError} InvalidSpec, naming the field */
export function validateSpec(spec: DomainSpec): void {
  check(idPattern.test(spec.id), 'id', 'lower-case letters, digits and dashes, at most 63')
  checkText(spec.title, 'title', 512)
  validateCompute(spec)
  validateFirmware(spec)
  validateDevices(spec)
}
