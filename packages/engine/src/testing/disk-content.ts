/** Writes to disk images, and reads them, as a guest would: through QEMU's own tools. */

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { DiskImages } from '../volumes/volume-types.ts'

const run = promisify(execFile)

/** Bytes `at`…`at + bytes` become `value`, 0 to 255; flushed. */
export async function writePattern(
  { path, format }: Pick<DiskImages, 'path' | 'format'>,
  patterns: readonly { at: number; bytes: number; value: number }[],
): Promise<void> {
  const commands = patterns.flatMap(({ at, bytes, value }) => ['-c', `write -q -P ${value} ${at} ${bytes}`])
  // It dies with who started it, as a guest does not: a test that kills that one looks at the disk right after.
  await run('setpriv', ['--pdeathsig', 'KILL', '--', 'qemu-io', '-f', format, ...commands, '-c', 'flush', path])
}

/** All that a guest would read, chain included. For small disks. */
export async function contentOf({ path, format }: Pick<DiskImages, 'path' | 'format'>): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'berth-content-'))
  try {
    const target = join(folder, 'raw')
    await run('qemu-img', ['convert', '-U', '-f', format, '-O', 'raw', path, target])
    return await readFile(target)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
