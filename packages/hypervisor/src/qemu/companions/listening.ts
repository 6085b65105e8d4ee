/** Whether a process takes connections on a unix socket, asked of the kernel: a connection to try it would be the one it waits for. */

import { readFile, readdir, readlink } from 'node:fs/promises'

/** The flag `SO_ACCEPTCON` of a listening socket in /proc/net/unix (Linux' net/unix/af_unix.c). */
const listening = 0x10000

export async function isListening(pid: number): Promise<boolean> {
  const owned = await socketsOf(pid)
  if (owned.size === 0) return false
  return listeningInodes(await readFile('/proc/net/unix', 'utf8')).some((inode) => owned.has(inode))
}

/** @param table content of /proc/net/unix: address, references, protocol, flags, type, state, inode, path */
export function listeningInodes(table: string): string[] {
  return table.split('\n').flatMap((line) => {
    const [, , , flags = '', , , inode] = line.trim().split(/\s+/)
    return inode !== undefined && (Number.parseInt(flags, 16) & listening) !== 0 ? [inode] : []
  })
}

async function socketsOf(pid: number): Promise<Set<string>> {
  const folder = `/proc/${pid}/fd`
  const found = new Set<string>()
  try {
    for (const entry of await readdir(folder)) {
      const [, inode] = /^socket:\[(\d+)\]$/.exec(await readlink(`${folder}/${entry}`)) ?? []
      if (inode !== undefined) found.add(inode)
    }
  } catch {
    // It has ended, or a descriptor was closed meanwhile: the next look tells.
  }
  return found
}
