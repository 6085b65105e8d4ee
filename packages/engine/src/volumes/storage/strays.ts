/**
 * Programs that an engine was working with when it was killed end with it, but for those it had started in that very moment. They must
 * not write to what the next engine has in hand.
 */

import { readdir, readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ifPresent } from '../../host/if-present.ts'

/** As they are on their way to becoming qemu-img, which is started under limits. */
const programs = new Set(['qemu-img', 'setpriv', 'prlimit'])

/** Ends programs of an earlier engine that name files in one of these directories. */
export async function endStrays(directories: readonly string[]): Promise<void> {
  for (;;) {
    const strays = await findStrays(directories)
    if (strays.length === 0) return
    for (const pid of strays) end(pid)
    await pause(10)
  }
}

async function findStrays(directories: readonly string[]): Promise<number[]> {
  const found: number[] = []
  for (const entry of await readdir('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    // A process may end meanwhile, and another user's is none of ours.
    const text = await ifPresent(readFile(`/proc/${entry}/cmdline`, 'utf8')).catch(() => undefined)
    const words = text?.split('\0') ?? []
    const isOurs = words.some((word) => directories.some((directory) => word.startsWith(`${directory}/`)))
    if (!isOurs || !programs.has(basename(words[0] ?? ''))) continue
    const owner = await ifPresent(stat(`/proc/${entry}`))
    if (owner?.uid === process.getuid?.()) found.push(Number(entry))
  }
  return found
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // Gone by itself in the meantime.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
