/** Finds UEFI firmware as the distributions install it. */

import { access } from 'node:fs/promises'
import { join } from 'node:path'

/** Folder, code and variables' template, the preferred first. 4 MB builds have room for the keys of current systems. */
const places: readonly [folder: string, code: string, vars: string][] = [
  // Debian, Ubuntu
  ['/usr/share/OVMF', 'OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'],
  ['/usr/share/OVMF', 'OVMF_CODE.fd', 'OVMF_VARS.fd'],
  // Fedora, RHEL
  ['/usr/share/edk2/ovmf', 'OVMF_CODE.fd', 'OVMF_VARS.fd'],
  // Arch
  ['/usr/share/edk2/x64', 'OVMF_CODE.4m.fd', 'OVMF_VARS.4m.fd'],
  // openSUSE
  ['/usr/share/qemu', 'ovmf-x86_64-4m-code.bin', 'ovmf-x86_64-4m-vars.bin'],
]

/** @param folders searched instead of the usual ones, each for all known file names */
export async function findFirmware(folders?: string[]): Promise<{ code: string; vars: string } | undefined> {
  const candidates =
    folders === undefined
      ? places
      : folders.flatMap((folder) => places.map(([, code, vars]) => [folder, code, vars] as const))
  for (const [folder, code, vars] of candidates) {
    const found = { code: join(folder, code), vars: join(folder, vars) }
    if ((await isReadable(found.code)) && (await isReadable(found.vars))) return found
  }
  return undefined
}

async function isReadable(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
