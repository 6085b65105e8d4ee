/** What all journeys share: a host takes seconds to start, and a browser one. */

import type { Browser } from 'playwright-core'
import type { ConsoleHost } from '../console-host.ts'

export interface Stage {
  browser: () => Browser
  /** It runs no machine when a journey begins; the journeys before may have left disks, users and tasks. */
  host: () => ConsoleHost
}
