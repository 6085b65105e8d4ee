/** How steps that need several owners of files run: directly as root, or in a user namespace for everybody else. */

import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { ImagingError } from '../errors.ts'
import { runProcess } from '../run-process.ts'

export interface UserMode {
  kind: 'root' | 'namespace'
  /** The command line that runs a program with root's view of the files. */
  wrap(command: string, args: readonly string[]): [command: string, args: string[]]
}

/**
 * @throws {ImagingError} Unsupported, with the commands that fix it, when an ordinary user has no subordinate ids or the
 *   kernel allows no user namespaces
 */
export async function findUserMode(signal?: AbortSignal): Promise<UserMode> {
  if (process.getuid?.() === 0) return { kind: 'root', wrap: (command, args) => [command, [...args]] }
  const { username, uid } = userInfo()
  for (const file of ['/etc/subuid', '/etc/subgid']) {
    const text = await readFile(file, 'utf8').catch(() => '')
    if (!hasSubordinateIds(text, username, uid)) throw noSubordinateIds(file, username)
  }
  const wrap: UserMode['wrap'] = (command, args) => [
    'unshare',
    ['--user', '--map-auto', '--map-root-user', '--', command, ...args],
  ]
  const [command, args] = wrap('true', [])
  try {
    await runProcess({ command, args, purpose: 'making a user namespace', timeoutMs: 10_000, signal })
  } catch (cause) {
    if (!(cause instanceof ImagingError) || cause.code !== 'ToolFailed') throw cause
    throw new ImagingError('Unsupported', `this machine lets ${username} make no user namespaces: ${cause.message}`, {
      cause,
      remedy: 'Install uidmap (apt-get install uidmap) and allow user namespaces, or build the image as root.',
    })
  }
  return { kind: 'namespace', wrap }
}

/** True when the text of /etc/subuid or /etc/subgid gives the user at least 65536 ids, as many as Debian's owners need. */
export function hasSubordinateIds(text: string, username: string, uid: number): boolean {
  return text.split('\n').some((line) => {
    const [owner, , count] = line.split(':')
    return (owner === username || owner === String(uid)) && Number(count) >= 65536
  })
}

function noSubordinateIds(file: string, username: string): ImagingError {
  return new ImagingError('Unsupported', `${username} has no 65536 subordinate ids in ${file}, which building needs`, {
    remedy: `Run "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${username}", or build as root.`,
  })
}
