/** Berth's controllers in the engine's own process. No Lease: one process acts for a data directory, and holds it by a lock. */

import type { RunEngineOptions } from '@berth/engine'
import type { CommandContext } from '../context.ts'
import { loadControllers } from '../controllers-port.ts'

export async function besideEngine({
  clock,
  random,
}: Pick<CommandContext, 'clock' | 'random'>): Promise<NonNullable<RunEngineOptions['beside']>> {
  const { startControllers } = await loadControllers()
  return ({ client, logger }) => startControllers({ client, clock, random, logger, identity: 'berth-up' })
}
