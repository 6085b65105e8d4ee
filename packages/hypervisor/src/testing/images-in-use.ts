/** Which images a process has open, as the kernel tells. For tests. */

import { readdir, readFile, readlink } from 'node:fs/promises'

export interface ImageInUse {
  path: string
  access: 'read' | 'write' | 'both'
}

/** Those in a folder, by path. */
export async function imagesInUse(pid: number | undefined, folder: string): Promise<ImageInUse[]> {
  const found = new Map<string, ImageInUse>()
  for (const fd of await readdir(`/proc/${pid}/fd`)) {
    // Closed since the list was made.
    const path = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')
    if (!path.startsWith(folder) || path.includes('/machines/')) continue
    const flags = /^flags:\s+(\d+)$/m.exec(await readFile(`/proc/${pid}/fdinfo/${fd}`, 'utf8'))?.[1] ?? ''
    const access = (['read', 'write', 'both'] as const)[Number.parseInt(flags, 8) & 3] ?? 'both'
    found.set(`${path} ${access}`, { path, access })
  }
  return [...found.values()].toSorted((one, other) => (one.path < other.path ? -1 : 1))
}
