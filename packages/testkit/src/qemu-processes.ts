/** Finds the QEMU processes of one data directory: each runs in its machine's folder, which the kernel tells of every process. */

import { readdir, readFile, readlink } from 'node:fs/promises'
import { sep } from 'node:path'

/** Process ids of every QEMU whose working directory lies below `dataDir`. */
export async function qemuProcesses(dataDir: string): Promise<number[]> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const found = await Promise.all(ids.map(async (pid) => ((await isQemuBelow(pid, dataDir)) ? [pid] : [])))
  return found.flat()
}

async function isQemuBelow(pid: number, dataDir: string): Promise<boolean> {
  try {
    const command = await readFile(`/proc/${pid}/cmdline`, 'latin1')
    if (!command.includes('qemu-system')) return false
    return (await readlink(`/proc/${pid}/cwd`)).startsWith(`${dataDir}${sep}`)
  } catch {
    // Ended in the meantime, or another user's.
    return false
  }
}
