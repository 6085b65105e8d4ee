/** What of the firmware this host lacks. */

import type { HostCapabilities } from '../../spec/capabilities.ts'
import type { FirmwareSpec } from '../../spec/firmware.ts'
import type { Refuse } from './refuse.ts'

export function checkFirmware(spec: FirmwareSpec, host: HostCapabilities, refuse: Refuse): void {
  if (spec.firmware.kind === 'uefi' && host.uefi === undefined) {
    refuse('there is no UEFI firmware', 'Install it: "apt-get install ovmf" on Debian and Ubuntu.')
  }
}
