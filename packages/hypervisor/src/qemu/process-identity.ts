/**
 * Tells processes apart for good. A process id alone is reused after its process has ended; together with the start time that the
 * kernel counts from boot, and the boot's own id, it never is.
 */

import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'

export interface ProcessIdentity {
  pid: number
  /** Clock ticks after boot, field 22 of /proc/PID/stat. */
  startTime: string
}

/** The id of this boot of the kernel. */
export async function readBootId(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim()
}

/** Identity of the process that has this id now; undefined when there is none or it has ended and only waits for its parent. */
export function identify(pid: number): ProcessIdentity | undefined {
  const fields = statFields(pid)
  if (fields === undefined || fields.state === 'Z' || fields.state === 'X') return undefined
  return { pid, startTime: fields.startTime }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startTime === identity.startTime
}

/** Signals exactly this process; false when it has ended. */
export function signalProcess(identity: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL'): boolean {
  if (!isAlive(identity)) return false
  try {
    return process.kill(identity.pid, signal)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false
    throw error
  }
}

/** Asks a process to end, kills it after `politeMs` (at once when 0); resolves when it is gone. */
export async function endProcess(identity: ProcessIdentity, politeMs: number): Promise<void> {
  const start = performance.now()
  if (politeMs > 0) signalProcess(identity, 'SIGTERM')
  for (let pause = 1; isAlive(identity); pause = Math.min(50, pause * 2)) {
    if (performance.now() - start >= politeMs) signalProcess(identity, 'SIGKILL')
    await delay(pause)
  }
}

export interface ProcessStat {
  state: string
  startTime: string
  /** Seconds of processor time, user and system. */
  cpuSeconds: number
}

/** Linux reports times to programs in hundredths of a second on every architecture. */
const ticksPerSecond = 100

export function statFields(pid: number): ProcessStat | undefined {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch {
    // No such process, or it ended while being read.
    return undefined
  }
  // The second field is the program's name in parentheses and may hold spaces and parentheses itself.
  const rest = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [state, startTime] = [rest[0], rest[19]]
  if (state === undefined || startTime === undefined) return undefined
  return { state, startTime, cpuSeconds: (Number(rest[11]) + Number(rest[12])) / ticksPerSecond }
}

/** Processes whose working folder is inside `root`, by that folder. QEMU runs in its machine's folder and nothing else does. */
export function findByFolder(root: string): Map<string, ProcessIdentity[]> {
  const found = new Map<string, ProcessIdentity[]>()
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue
    let folder: string
    try {
      folder = readlinkSync(`/proc/${entry}/cwd`)
    } catch {
      // Ended meanwhile, or another user's: not one of ours.
      continue
    }
    if (!folder.startsWith(`${root}/`)) continue
    const identity = identify(Number(entry))
    if (identity !== undefined) found.set(folder, [...(found.get(folder) ?? []), identity])
  }
  return found
}
