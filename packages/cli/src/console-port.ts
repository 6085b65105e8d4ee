/** What `berth` needs of the console's server, loaded only by the commands that use it: see engine-port.ts. */

import type * as server from '@berth/console-server'

export type { Console, ConsoleOptions, ClusterOptions, AccountRole } from '@berth/console-server'

export type ConsolePort = Pick<
  typeof server,
  'startConsole' | 'signInLink' | 'openAccounts' | 'accountRoles' | 'isAccountRole' | 'isLoopback'
>

export async function loadConsole(): Promise<ConsolePort> {
  return import('@berth/console-server')
}
