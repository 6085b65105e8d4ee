/** What of the firmware and the helper processes this host lacks. */

import type { HostCapabilities, HostProgram } from '../../spec/capabilities.ts'
import type { FirmwareSpec } from '../../spec/firmware.ts'
import type { Refuse } from './refuse.ts'

export function checkFirmware(spec: FirmwareSpec, host: HostCapabilities, refuse: Refuse): void {
  const { firmware, tpm, sharedFolders = [] } = spec
  if (firmware.kind === 'uefi') {
    if (firmware.secureBoot === true && host.secureBoot === undefined) {
      refuse(
        'there is no UEFI firmware with Secure Boot',
        'Install it: "apt-get install ovmf" on Debian and Ubuntu; or do without Secure Boot.',
      )
    }
    if (firmware.secureBoot !== true && host.uefi === undefined) {
      refuse('there is no UEFI firmware', 'Install it: "apt-get install ovmf" on Debian and Ubuntu.')
    }
  }
  if (tpm !== undefined) {
    needProgram(host.tpm, 'there is no TPM emulator', 'Install it: "apt-get install swtpm" on Debian and Ubuntu.')
  }
  if (sharedFolders.length > 0) {
    needProgram(host.virtiofs, 'folders cannot be shared', 'Use a disk with the same content instead.')
  }

  function needProgram(program: HostProgram | undefined, what: string, remedy: string): void {
    if (program === undefined) refuse(what, remedy)
    if ('missing' in program) refuse(`${what}: ${program.missing}`, remedy)
  }
}
