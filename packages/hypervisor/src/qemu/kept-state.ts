/**
 * What of a machine outlives its runs, in the folder its spec names: `vars.fd`, the UEFI variables, and `tpm/`, the TPM's state. Made
 * whole or not at all, so that a crash while it is made costs nothing.
 */

import { constants } from 'node:fs'
import { chmod, copyFile, mkdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '@berth/base'
import { DriverError } from '../driver.ts'
import { syncFile } from './sync-file.ts'

const variablesFile = 'vars.fd'

/**
 * The variables of earlier runs, or a copy of the template for the first one.
 * @throws {DriverError} InvalidSpec when the folder is not there, Unsupported when they belong to firmware of another size
 */
export async function keptVariables(stateFolder: string, template: string): Promise<string> {
  const path = join(stateFolder, variablesFile)
  const [kept, wanted] = await Promise.all([sizeOf(path), sizeOf(template)])
  if (kept === undefined) {
    await makeOnce(stateFolder, path, template)
    return path
  }
  if (kept === wanted) return path
  throw new DriverError('Unsupported', `the UEFI variables in ${path} are of another firmware than this host has`, {
    remedy: `Install the firmware they were made with, or remove ${path}: the machine then starts with new variables.`,
  })
}

/** The folder of the TPM's state. @throws {DriverError} InvalidSpec when the state's folder is not there */
export async function keptTpmFolder(stateFolder: string): Promise<string> {
  const path = join(stateFolder, 'tpm')
  try {
    await mkdir(path, { mode: 0o700 })
    await syncFile(stateFolder)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw notThere(stateFolder, error)
  }
  return path
}

async function makeOnce(stateFolder: string, path: string, template: string): Promise<void> {
  const temporary = join(stateFolder, `.${variablesFile}.new`)
  try {
    await copyFile(template, temporary, constants.COPYFILE_FICLONE)
    await chmod(temporary, 0o600)
    await syncFile(temporary)
    await rename(temporary, path)
    await syncFile(stateFolder)
  } catch (error) {
    throw notThere(stateFolder, error)
  }
}

function notThere(stateFolder: string, cause: unknown): DriverError {
  return new DriverError('InvalidSpec', `nothing can be kept in ${stateFolder}: ${messageOf(cause)}`, { cause })
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
