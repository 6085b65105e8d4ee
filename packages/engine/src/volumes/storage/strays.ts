/**
 * Programs that an engine was working with when it was killed end with it, but for those it had started in that very moment. They must
 * not write to what the next engine has in hand.
 */

import { readdir, readFile, readlink, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { ifPresent } from '../../host/if-present.ts'

/** As they are on their way to becoming qemu-img, which is started under limits. */
const programs = new Set(['qemu-img', 'setpriv', 'prlimit'])
const lookAgainMs = 10
/** A process that was forked becomes its program within milliseconds, also on a busy host. */
const longestBirthMs = 5000

export interface StrayOptions {
  /** The folder with one folder for each process. */
  proc?: string
  pause?: (ms: number) => Promise<unknown>
}

/** Ends programs of an earlier engine that name files in one of these directories. */
export async function endStrays(directories: readonly string[], options: StrayOptions = {}): Promise<void> {
  const { proc = '/proc', pause = wait } = options
  const own = await processesOf(proc)
  // The engine is dead: whatever it still forked is there by now.
  let unborn = await filter(own, (pid) => isUnborn(join(proc, pid)))
  for (let waited = 0; unborn.length > 0 && waited < longestBirthMs; waited += lookAgainMs) {
    await pause(lookAgainMs)
    unborn = await filter(unborn, (pid) => isUnborn(join(proc, pid)))
  }
  for (;;) {
    const strays = await filter(await processesOf(proc), (pid) => isStray(join(proc, pid), directories))
    if (strays.length === 0) return
    for (const pid of strays) end(Number(pid))
    await pause(lookAgainMs)
  }
}

/** Of this user. */
async function processesOf(proc: string): Promise<string[]> {
  const entries = (await readdir(proc)).filter((entry) => /^\d+$/.test(entry))
  return filter(entries, async (pid) => (await ifPresent(stat(join(proc, pid))))?.uid === process.getuid?.())
}

/** Names files of ours, and is a program that we start. */
async function isStray(folder: string, directories: readonly string[]): Promise<boolean> {
  const words = (await read(join(folder, 'cmdline'))).split('\0')
  if (!programs.has(basename(words[0] ?? ''))) return false
  return words.some((word) => directories.some((directory) => word.startsWith(`${directory}/`)))
}

/**
 * Forked, and not the program yet that it is going to be: it looks like its parent, but for having one thread, which no process of ours
 * has when it is up.
 */
async function isUnborn(folder: string): Promise<boolean> {
  const program = await ofOurs(readlink(join(folder, 'exe')))
  return program === process.execPath && /^Threads:\s+1$/m.test(await read(join(folder, 'status')))
}

async function read(path: string): Promise<string> {
  return (await ofOurs(readFile(path, 'utf8'))) ?? ''
}

/** Nothing of a process that ended meanwhile or is another user's. What cannot be read for another reason might be a stray. */
async function ofOurs<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES' || code === 'EPERM') return undefined
    throw error
  }
}

async function filter(pids: readonly string[], is: (pid: string) => Promise<boolean>): Promise<string[]> {
  const found = await Promise.all(pids.map(is))
  return pids.filter((_, index) => found[index])
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // Gone by itself in the meantime.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
