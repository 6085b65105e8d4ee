/**
 * Copies the folder with a machine's UEFI variables and the state of its TPM, also while the machine runs. The TPM's files belong to the
 * user of the machine, who may be hostile: only plain files are read, of which there are few and small ones.
 */

import { constants } from 'node:fs'
import { mkdir, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { ifPresent } from '../../host/if-present.ts'
import { EngineError } from '../../errors.ts'
import { syncFolder } from './durable.ts'

/** Firmware has variables of up to 4 MiB, a TPM state of some KiB. */
const mostBytes = 64 * 1024 ** 2
const mostFiles = 100
/** A file that changes while it is read is read again, this often. */
const mostReads = 10

/**
 * `to` is made, and durable. @returns the bytes of all files
 * @throws {EngineError} VolumeRefused for what no machine of ours has written
 */
export async function copyState(from: string, to: string): Promise<number> {
  const { files, hasTpm } = await filesIn(from)
  await mkdir(to, { mode: 0o700 })
  if (hasTpm) await mkdir(join(to, 'tpm'), { mode: 0o700 })
  let bytes = 0
  for (const file of files) {
    const content = await steadyContent(join(from, file), mostBytes - bytes)
    if (content === undefined) continue
    bytes += content.length
    await writeNew(join(to, file), content)
  }
  if (hasTpm) await syncFolder(join(to, 'tpm'))
  await syncFolder(to)
  return bytes
}

/** Locks and half-written files have names of their own. */
async function filesIn(folder: string): Promise<{ files: string[]; hasTpm: boolean }> {
  const inTpm = await ifPresent(readdir(join(folder, 'tpm')))
  const all = [
    ...(await readdir(folder)).filter((name) => name !== 'tpm'),
    ...(inTpm ?? []).map((name) => join('tpm', name)),
  ]
  const files = all.filter((file) => !/^(?:tpm\/)?(?:\.|TMP)/.test(file))
  if (files.length > mostFiles) throw refused(`has more than ${mostFiles} files`)
  return { files, hasTpm: inTpm !== undefined }
}

/**
 * The same at two looks; what changes at every look is as after a power cut, which firmware and TPM are made to survive.
 * @returns undefined of what is no plain file
 */
async function steadyContent(path: string, most: number): Promise<Buffer | undefined> {
  let before: Buffer | undefined
  for (let reads = 0; reads < mostReads; reads += 1) {
    const content = await contentOf(path, most)
    if (content === undefined || before?.equals(content) === true) return content
    before = content
  }
  return before
}

async function contentOf(path: string, most: number): Promise<Buffer | undefined> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(leaveOut)
  try {
    const found = await file?.stat()
    if (file === undefined || found?.isFile() !== true) return undefined
    if (found.size > most) throw refused(`has more than ${mostBytes} bytes`)
    const content = Buffer.alloc(found.size)
    const { bytesRead } = await file.read(content, 0, found.size, 0)
    return content.subarray(0, bytesRead)
  } finally {
    await file?.close()
  }
}

/** A link, a socket, or a file that went meanwhile. */
function leaveOut(error: unknown): undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code !== 'ELOOP' && code !== 'ENXIO' && code !== 'ENOENT') throw error
}

async function writeNew(path: string, content: Buffer): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

function refused(why: string): EngineError {
  return new EngineError('VolumeRefused', `the folder with the TPM and the UEFI variables of a machine ${why}`)
}
