/** Refuses what this host's QEMU lacks, before anything is started. */

import { DriverError } from '../driver.ts'
import type { HostCapabilities } from '../spec/capabilities.ts'
import type { DomainSpec } from '../spec/domain.ts'
import { checkCompute } from './supports/compute.ts'
import { checkDevices } from './supports/devices.ts'
import { checkFirmware } from './supports/firmware.ts'
import type { Refuse } from './supports/refuse.ts'

/** @throws {DriverError} Unsupported */
export function checkSupported(spec: DomainSpec, host: HostCapabilities, devices: ReadonlySet<string>): void {
  const refuse: Refuse = (what, remedy) => {
    throw new DriverError('Unsupported', `${what} (QEMU ${host.version} on this host)`, { remedy })
  }
  checkCompute(spec, host, refuse)
  checkFirmware(spec, host, refuse)
  checkDevices(spec, { host, known: devices, refuse })
}
