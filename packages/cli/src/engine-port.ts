/**
 * What `berth` needs of the embedded engine. Types cost nothing; the engine itself is far too heavy for a command that starts in
 * milliseconds, so this file holds the only import of it, and that is lazy.
 */

import type * as engine from '@berth/engine'

export type { EngineEvent, EngineState, EngineSummary } from '@berth/engine'

export type EnginePort = Pick<
  typeof engine,
  | 'runEngine'
  | 'stopAll'
  | 'engineStatus'
  | 'hostHelpers'
  | 'leftovers'
  | 'probeAcceleration'
  | 'backupStore'
  | 'restoreStore'
  | 'checkAuditLog'
>

export async function loadEngine(): Promise<EnginePort> {
  return import('@berth/engine')
}
