/** Which helper processes a machine needs, and how QEMU is told of them. */

import type { HostCapabilities, HostProgram } from '../../spec/capabilities.ts'
import type { DomainSpec } from '../../spec/domain.ts'
import type { Companion } from './companion.ts'
import { sharedFolderCompanions } from './shared-folders.ts'
import { tpmCompanion, tpmFolder } from './tpm.ts'

/** `checkSupported` has refused what needs a program that is not there. */
export function companionsOf(spec: DomainSpec, host: HostCapabilities): Companion[] {
  const tpm = pathOf(host.tpm)
  const virtiofs = pathOf(host.virtiofs)
  return [
    ...(tpm === undefined ? [] : [tpmCompanion(spec, tpm)].filter((each) => each !== undefined)),
    ...(virtiofs === undefined ? [] : sharedFolderCompanions(spec, virtiofs)),
  ]
}

/** For messages about one that an earlier driver may have started. */
export function titleOf(name: string): string {
  return name === tpmFolder ? 'The TPM emulator' : 'The server of a shared folder'
}

function pathOf(program: HostProgram | undefined): string | undefined {
  return program !== undefined && 'path' in program ? program.path : undefined
}
