/** How much memory of a process is resident, from the kernel. */

import { readFile } from 'node:fs/promises'

/** @throws when the process is gone */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s*(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024
}
