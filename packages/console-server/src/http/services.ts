/** Everything the application's routes work with, put together in server.ts. */

import type { Cluster } from '../clusters/cluster.ts'
import type { ConsoleOptions } from '../options.ts'
import type { PartContext, Parts } from '../parts.ts'
import type { SessionCookies } from '../sessions/cookie.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Accounts } from '../sign-in/accounts.ts'
import type { SignInDesk } from '../sign-in/sign-in.ts'
import type { KnownAddresses } from './origin.ts'

export interface Services {
  options: ConsoleOptions
  clusters: readonly Cluster[]
  accounts: Accounts
  sessions: Sessions
  /** This and `known` are set when the port is known; read them where they are needed. */
  cookies: SessionCookies
  desk: SignInDesk
  parts: Parts
  known: KnownAddresses
}

export function partContext(services: Services): PartContext {
  const { clock, logger, dataDirectory } = services.options
  return { clusters: services.clusters, clock, logger, dataDirectory, part: services.parts.part }
}
