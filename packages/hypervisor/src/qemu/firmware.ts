/** Finds UEFI firmware as the distributions install it. */

import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { FirmwareFiles } from '../spec/capabilities.ts'

interface Place {
  folder: string
  /** Code and variables' template. */
  plain: readonly [code: string, vars: string]
  /** With Secure Boot built in, and a template in which Microsoft's keys are enrolled. */
  secure?: readonly [code: string, vars: string]
}

/** The preferred first. 4 MB builds have room for the keys of current systems. */
const places: readonly Place[] = [
  // Debian, Ubuntu
  {
    folder: '/usr/share/OVMF',
    plain: ['OVMF_CODE_4M.fd', 'OVMF_VARS_4M.fd'],
    secure: ['OVMF_CODE_4M.secboot.fd', 'OVMF_VARS_4M.ms.fd'],
  },
  {
    folder: '/usr/share/OVMF',
    plain: ['OVMF_CODE.fd', 'OVMF_VARS.fd'],
    secure: ['OVMF_CODE.secboot.fd', 'OVMF_VARS.ms.fd'],
  },
  // Fedora, RHEL
  {
    folder: '/usr/share/edk2/ovmf',
    plain: ['OVMF_CODE.fd', 'OVMF_VARS.fd'],
    secure: ['OVMF_CODE.secboot.fd', 'OVMF_VARS.secboot.fd'],
  },
  // Arch, whose package enrols no keys
  { folder: '/usr/share/edk2/x64', plain: ['OVMF_CODE.4m.fd', 'OVMF_VARS.4m.fd'] },
  // openSUSE
  {
    folder: '/usr/share/qemu',
    plain: ['ovmf-x86_64-4m-code.bin', 'ovmf-x86_64-4m-vars.bin'],
    secure: ['ovmf-x86_64-smm-ms-code.bin', 'ovmf-x86_64-smm-ms-vars.bin'],
  },
]

export interface FoundFirmware {
  uefi?: FirmwareFiles
  secureBoot?: FirmwareFiles
}

/** @param folders searched instead of the usual ones, each for all known file names */
export async function findFirmware(folders?: string[]): Promise<FoundFirmware> {
  const candidates =
    folders === undefined ? places : folders.flatMap((folder) => places.map((place) => ({ ...place, folder })))
  const [uefi, secureBoot] = await Promise.all([
    firstThere(candidates.map(({ folder, plain }) => inFolder(folder, plain))),
    firstThere(candidates.flatMap(({ folder, secure }) => (secure === undefined ? [] : inFolder(folder, secure)))),
  ])
  return { ...(uefi === undefined ? {} : { uefi }), ...(secureBoot === undefined ? {} : { secureBoot }) }
}

function inFolder(folder: string, [code, vars]: readonly [string, string]): FirmwareFiles {
  return { code: join(folder, code), vars: join(folder, vars) }
}

async function firstThere(candidates: FirmwareFiles[]): Promise<FirmwareFiles | undefined> {
  for (const found of candidates) {
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
