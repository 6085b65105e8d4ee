/**
 * At the start of an engine, before anything else looks at the machines: what the engine before it was moving has been cancelled when its
 * QEMU was found. An instance whose spec named the new claim already, and whose guest had not gone over, has everything on the old one.
 */

import type { EngineServices } from '../services.ts'
import { isOnClaim, nameClaim } from './move-volumes.ts'

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
      const { persistentVolumeClaim, dataVolume } = instance.spec.volumes?.find((each) => each.name === volume) ?? {}
      if ((persistentVolumeClaim?.claimName ?? dataVolume?.name) !== to.claimName) continue
      if (await isOnClaim(services, domain, { volume, namespace, claim: to.claimName })) continue
      await nameClaim(services, instance, { volume, claim: from.claimName, machine })
    }
  }
}
