/** Finds the helper programs that are good to have, and whether they can work here. */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'
import type { HostProgram } from '../../spec/capabilities.ts'
import { shortLived } from '../short-lived.ts'

/** The one written in Rust, by distribution; then the one that came with QEMU to 7.2. */
const virtiofsdPlaces = ['/usr/libexec/virtiofsd', '/usr/lib/virtiofsd', '/usr/lib/qemu/virtiofsd']
const probeSeconds = 10

/** @param uid the user that machines run under, when it is not the driver's own */
export async function findPrograms(uid: number | undefined): Promise<{ tpm: HostProgram; virtiofs: HostProgram }> {
  const [tpm, virtiofs] = await Promise.all([findTpm(), findVirtiofs(uid)])
  return { tpm, virtiofs }
}

async function findTpm(): Promise<HostProgram> {
  const folders = (process.env['PATH'] ?? '/usr/bin:/bin').split(':').filter((folder) => folder.startsWith('/'))
  const path = await firstProgram(folders.map((folder) => join(folder, 'swtpm')))
  return path === undefined ? { missing: 'the program swtpm is not installed' } : { path }
}

/** It needs a user namespace, which some kernels and containers do not give to ordinary users. */
async function findVirtiofs(uid: number | undefined): Promise<HostProgram> {
  const path = await firstProgram(virtiofsdPlaces)
  if (path === undefined) return { missing: 'the program virtiofsd is not installed' }
  const refused = await tryNamespaces(uid)
  return refused === undefined ? { path } : { missing: `machines may not make user namespaces here: ${refused}` }
}

/** Undefined when it works. */
async function tryNamespaces(uid: number | undefined): Promise<string | undefined> {
  const { command, args } = shortLived(
    'unshare',
    ['--user', '--map-root-user', '--mount', '--pid', '--net', '--fork', 'mount', '-t', 'tmpfs', 'none', '/run'],
    probeSeconds,
  )
  const child = spawn(command, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(uid === undefined ? {} : { uid, gid: uid }),
  })
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-500)
  })
  try {
    const [code]: unknown[] = await once(child, 'close')
    return code === 0 ? undefined : words.trim() || `unshare ended with ${String(code)}`
  } catch {
    return 'the program unshare is not installed'
  }
}

async function firstProgram(paths: string[]): Promise<string | undefined> {
  for (const path of paths) {
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (found) return path
  }
  return undefined
}
