/** The ssh command line that reaches a machine through the API server. */

import { CliError } from '../failure.ts'

export interface SshWish {
  name: string
  /** `/home/me/.local/state/berth/known_hosts/<uid>`: a machine made anew under an old name has another file. */
  knownHostsFile: string
  uid: string
  user?: string
  identityFile?: string
  /** The words of the command that ssh starts and talks through. */
  proxy: readonly string[]
  /** Further words for ssh: options, then a remote command. */
  rest: readonly string[]
}

export function sshArguments(wish: SshWish): string[] {
  const { name, knownHostsFile, uid, user, identityFile, proxy, rest } = wish
  return [
    ['-o', `ProxyCommand=${proxyCommand(proxy)}`],
    ['-o', `UserKnownHostsFile="${knownHostsFile}"`],
    ['-o', `HostKeyAlias=berth-${uid}`],
    // The first key seen counts for this machine's life; a change later is refused as ever.
    ['-o', 'StrictHostKeyChecking=accept-new'],
    user === undefined ? [] : ['-l', user],
    identityFile === undefined ? [] : ['-i', identityFile],
    // No name is mistaken for an option, whatever it starts with.
    ['--', name, ...rest],
  ].flat()
}

/** ssh gives this to a shell (with `exec` before it) and expands `%` itself: every word is quoted, every percent sign doubled. */
export function proxyCommand(words: readonly string[]): string {
  return words
    .map((word) => `'${word.replaceAll("'", `'\\''`)}'`)
    .join(' ')
    .replaceAll('%', '%%')
}

/** `USER@NAME` or `NAME`. @throws {CliError} Usage */
export function parseSshTarget(text: string): { user?: string; name: string } {
  const at = text.lastIndexOf('@')
  const user = at < 0 ? undefined : text.slice(0, at)
  const name = text.slice(at + 1)
  if ((user !== undefined && !isLoginName(user)) || !/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(name)) {
    throw new CliError('Usage', `"${text}" is not NAME or USER@NAME`)
  }
  return user === undefined ? { name } : { user, name }
}

/** Nothing that ssh, its configuration (`%r`) or a shell there takes for more than a name; domains (`ops@corp`) are fine. */
export function isLoginName(text: string): boolean {
  return /^[\p{L}\p{N}_][\p{L}\p{N}_.@+-]{0,127}\$?$/u.test(text)
}

/** The account a machine's annotation names: whoever may edit the machine chooses it. @throws {CliError} Refused */
export function annotatedUser(machine: string, user: string | undefined): string | undefined {
  if (user === undefined || isLoginName(user)) return user
  throw new CliError(
    'Refused',
    `VM "${machine}" names ${JSON.stringify(user)} to log in as, which is no account name`,
    {
      remedy: 'Name the account with -l.',
    },
  )
}

/** A part of a path on this host, and of an option that ssh expands. @throws {CliError} Refused */
export function checkedUid(machine: string, uid: string | undefined): string {
  if (uid !== undefined && /^[A-Za-z0-9-]{1,63}$/.test(uid)) return uid
  throw new CliError('Refused', `the server gives VM "${machine}" a uid that is none: ${JSON.stringify(uid)}`)
}
