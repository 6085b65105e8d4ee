/** What a controller of this package is given and gives: one folder each, one line in table.ts. */

import type { Clock, Logger } from '@berth/base'
import type { Client } from '@berth/kube'

/** What every controller works with. */
export interface ControllerParts {
  client: Client
  clock: Clock
  /** 0 to just under 1. */
  random: () => number
  logger: Logger
  /** Who acts, for the source of events and the holder of a lease: host name and a random part. */
  identity: string
  /** Only objects of this namespace; all namespaces when absent. */
  namespace?: string
}

export interface RunningController {
  /** Resolves when its caches have listed: from then on it acts on what it knows. */
  ready: Promise<void>
  /** Ends what runs, and resolves when nothing of it is left. */
  stop(): Promise<void>
}

/** A right that a controller needs, as RBAC writes it. */
export interface RequiredRight {
  apiGroups: readonly string[]
  resources: readonly string[]
  verbs: readonly string[]
}

export interface ControllerDefinition {
  /** As `only` names it: `snapshot-policies`. */
  name: string
  /** What it does, in one sentence. */
  summary: string
  /** What it may do on a cluster; nothing else is asked for. */
  rights: readonly RequiredRight[]
  start(parts: ControllerParts): RunningController
}
