/** Images for tests, and what is in them as the host sees it. */

import { createHash } from 'node:crypto'
import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { DiskImage } from '../spec/disks.ts'

const run = promisify(execFile)

export async function makeImage(
  path: string,
  sizeBytes: number,
  format: DiskImage['format'] = 'qcow2',
): Promise<string> {
  await run('qemu-img', ['create', '-q', '-f', format, path, String(sizeBytes)])
  return path
}

/** The header names the other image by its name in the same folder. */
export async function makeOverlay(path: string, on: DiskImage): Promise<string> {
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', on.path.split('/').at(-1) ?? '', '-F', on.format, path])
  return path
}

/** MD5 sum of what a machine would read, as far as the header says where to find it; also while QEMU has it open. */
export async function contentSum({ path, format }: DiskImage): Promise<string> {
  const flat = `${path}.flat`
  await run('qemu-img', ['convert', '-U', '-f', format, '-O', 'raw', path, flat])
  const sum = createHash('md5')
    .update(await readFile(flat))
    .digest('hex')
  await rm(flat)
  return sum
}

export interface ImageHeader {
  'virtual-size': number
  'backing-filename'?: string
}

export async function headerOf(path: string): Promise<ImageHeader> {
  const { stdout } = await run('qemu-img', ['info', '-U', '--output=json', path])
  return JSON.parse(stdout)
}
