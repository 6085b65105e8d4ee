/** Finds a statically linked busybox: the installed one, or the one in the package busybox-static. */

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { downloadPackages } from '../apt.ts'
import { readDeb } from '../deb.ts'
import { ImagingError } from '../errors.ts'
import { runProcess } from '../run-process.ts'

export interface Busybox {
  busybox: Buffer
  applets: string[]
}

/**
 * @param work a directory to make and use when busybox must be downloaded; the caller removes it
 * @throws {ImagingError} PackagesUnavailable, CorruptData
 */
export async function readBusybox(work: string, signal?: AbortSignal): Promise<Busybox> {
  for (const path of ['/bin/busybox', '/usr/bin/busybox']) {
    const content = await readIfThere(path)
    if (content && isStatic(content)) return { busybox: content, applets: await listApplets(path, signal) }
  }
  await mkdir(work, { recursive: true })
  const path = join(work, 'busybox')
  for (const deb of await downloadPackages({ names: ['busybox-static'], directory: work, signal })) {
    await readDeb({
      deb,
      signal,
      wanted: (name) => /^(?:usr\/)?bin\/busybox$/.test(name),
      onFile: (_name, content) => writeFile(path, content, { mode: 0o755 }),
    })
  }
  const content = await readIfThere(path)
  if (!content || !isStatic(content)) {
    throw new ImagingError('CorruptData', 'the package busybox-static has no statically linked busybox')
  }
  return { busybox: content, applets: await listApplets(path, signal) }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path)
  } catch {
    return undefined
  }
}

const interpreterSegment = 3

/** True for an ELF64 program that names no dynamic loader (no PT_INTERP program header). */
export function isStatic(elf: Buffer): boolean {
  if (elf.length < 64 || elf.readUInt32BE(0) !== 0x7f454c46 || elf[4] !== 2) return false
  const table = Number(elf.readBigUInt64LE(0x20))
  const size = elf.readUInt16LE(0x36)
  const count = elf.readUInt16LE(0x38)
  if (table + size * count > elf.length) return false
  return !Array.from({ length: count }, (_, index) => elf.readUInt32LE(table + index * size)).includes(
    interpreterSegment,
  )
}

async function listApplets(path: string, signal?: AbortSignal): Promise<string[]> {
  const { stdout } = await runProcess({
    command: path,
    args: ['--list'],
    purpose: 'listing the applets of busybox',
    timeoutMs: 10_000,
    signal,
  })
  return stdout.split('\n').filter((name) => /^[a-z0-9[_.-]+$/.test(name))
}
