/** Says to the owners of volumes that layers of theirs are not merged for want of room. */

import type { EngineServices } from '../../services.ts'
import { volumeNameFor } from '../claim-volume.ts'

export function tellPostponed(
  { informers, events }: EngineServices,
  volumes: readonly string[],
  storage: string,
): void {
  for (const claim of informers.claims.list()) {
    if (!volumes.includes(volumeNameFor(claim))) continue
    events.record(claim, {
      type: 'Warning',
      reason: 'MergePostponed',
      message: `Layers of the disk cannot be merged: storage "${storage}" has no room for it. It is done when there is.`,
    })
  }
}
