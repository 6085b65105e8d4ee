/** Where things lie on this machine. */

import { join } from 'node:path'

/** `$BERTH_DATA_DIR`, `/var/lib/berth` as root, `$XDG_DATA_HOME/berth` otherwise. */
export function defaultDataDirectory(environment: NodeJS.ProcessEnv, homeDirectory: string, uid: number): string {
  const named = environment['BERTH_DATA_DIR']
  if (named !== undefined && named !== '') return named
  if (uid === 0) return '/var/lib/berth'
  const data = environment['XDG_DATA_HOME']
  return join(data === undefined || data === '' ? join(homeDirectory, '.local', 'share') : data, 'berth')
}

/** What `berth` itself remembers about machines, per user: known SSH host keys. */
export function stateDirectory(environment: NodeJS.ProcessEnv, homeDirectory: string): string {
  const state = environment['XDG_STATE_HOME']
  return join(state === undefined || state === '' ? join(homeDirectory, '.local', 'state') : state, 'berth')
}

export function adminKubeconfig(dataDirectory: string): string {
  return join(dataDirectory, 'admin.kubeconfig')
}
