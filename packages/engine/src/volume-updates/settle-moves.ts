/**
 * At the start of an engine, before anything else looks at the machines: what the engine before it was moving has come to its end, one way
 * or the other, when its QEMU was found (`writtenDown`). Where the guest is in another claim than the spec names all the same, because
 * QEMU refused to switch and nobody could say so, the spec follows the guest.
 */

import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'
import { claimOf, isOnClaim, nameClaim } from './move-volumes.ts'

export async function settleMoves(services: EngineServices): Promise<void> {
  const { informers, driver } = services
  for (const instance of informers.instances.list()) {
    const { namespace = '', name = '', uid = '' } = instance.metadata
    const moving = instance.status?.migratedVolumes ?? []
    const machine = informers.machines.get(namespace, name)
    const domain = driver.get(uid)
    // One that ended while no engine was there had both equal, or had gone over: the new claim has everything.
    if (moving.length === 0 || machine === undefined || domain === undefined || domain.status.state === 'stopped')
      continue
    for (const { volumeName: volume, sourcePVCInfo: from, destinationPVCInfo: to } of moving) {
      if (from === undefined || to === undefined) continue
      const named = instance.spec.volumes?.find((each) => each.name === volume)
      const other = [from, to].find((side) => side.claimName !== (named === undefined ? undefined : claimOf(named)))
      const claim = other?.claimName
      try {
        if (claim !== undefined && (await isOnClaim(services, domain, { volume, namespace, claim })))
          await nameClaim(services, instance, { volume, claim, machine })
      } catch (error) {
        // Of a volume that is damaged: others' machines are looked after all the same.
        if (!(error instanceof EngineError)) throw error
        services.logger.error({ machine: name, claim, error: error.message }, 'where a disk has moved to is not known')
      }
    }
  }
}
