/**
 * The TPM emulator (swtpm), one process per machine. It gets its state's folder as a descriptor, so that it needs no right on any
 * folder above, keeps its own seccomp filter on, and ends with QEMU's connection.
 */

import { constants } from 'node:fs'
import { chmod, chown, mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { FirmwareSpec } from '../../spec/firmware.ts'
import { json, option } from '../arguments/escape.ts'
import { keptTpmFolder } from '../kept-state.ts'
import type { Companion } from './companion.ts'

export const tpmFolder = 'tpm'
const socket = 'tpm.sock'

export function tpmCompanion({ tpm, stateFolder }: FirmwareSpec, program: string): Companion | undefined {
  if (tpm === undefined) return undefined
  return {
    name: tpmFolder,
    title: 'the TPM emulator',
    async plan(place) {
      const state =
        tpm.kept && stateFolder !== undefined ? await keptTpmFolder(stateFolder) : await freshFolder(place.folder)
      if (place.uid !== undefined) await give(state, place.uid)
      const handle = await open(state, constants.O_RDONLY | constants.O_DIRECTORY)
      return {
        command: program,
        args: [
          'socket',
          '--tpm2',
          '--tpmstate',
          'dir=/proc/self/fd/3,mode=0600',
          '--ctrl',
          `type=unixio,path=${socket},mode=0600`,
          '--terminate',
          '--seccomp',
          'action=kill',
        ],
        handles: [handle],
      }
    },
  }
}

async function freshFolder(parent: string): Promise<string> {
  const path = join(parent, 'state')
  await mkdir(path, { mode: 0o700 })
  await chmod(path, 0o700)
  return path
}

/**
 * Earlier runs had other users, who could put anything into the folder. Only plain files that have no other name are given away: a hard
 * link, where the kernel lets strangers make some, would give away a file of the host.
 */
async function give(state: string, uid: number): Promise<void> {
  for (const name of await readdir(state)) {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK
    const file = await open(join(state, name), flags).catch(leaveAlone)
    try {
      const found = await file?.stat()
      if (found?.isFile() === true && found.nlink === 1) await file?.chown(uid, uid)
    } finally {
      await file?.close()
    }
  }
  await chown(state, uid, uid)
}

/** A link, a socket or a file that went meanwhile is not given to anybody. Any other failure would leave the TPM without its state. */
function leaveAlone(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'ELOOP' && code !== 'ENXIO' && code !== 'ENOENT') throw error
}

export function tpmArguments({ tpm }: FirmwareSpec): string[] {
  if (tpm === undefined) return []
  return [
    '-chardev',
    option('socket', { id: 'tpm-emulator', path: join(tpmFolder, socket) }),
    '-tpmdev',
    option('emulator', { id: 'tpm0', chardev: 'tpm-emulator' }),
    '-device',
    json({ driver: tpm.model, tpmdev: 'tpm0' }),
  ]
}
