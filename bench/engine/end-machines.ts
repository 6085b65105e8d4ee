/**
 * Ends every QEMU of a data directory at once. Called when its engine is down: a running one would start its machines again, and
 * may have a start under way.
 */

import { readdir, readlink } from 'node:fs/promises'
import { sep } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

export async function endMachines(dataDir: string): Promise<void> {
  // Each machine's QEMU works in the machine's folder.
  for (;;) {
    const left = await processesBelow(dataDir)
    if (left.length === 0) return
    for (const pid of left) kill(pid)
    await delay(10)
  }
}

async function processesBelow(dataDir: string): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(
    ids.map(async (pid) => {
      try {
        return (await readlink(`/proc/${pid}/cwd`)).startsWith(`${dataDir}${sep}`) ? [pid] : []
      } catch {
        // Ended in the meantime, or another user's.
        return []
      }
    }),
  )
  return found.flat()
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // Ended in the meantime.
  }
}
