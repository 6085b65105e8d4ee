/** Where a claim's volume goes, by its class; undefined where the class is another provisioner's, or is not there. */

import type { PersistentVolumeClaim } from '@berth/kube'
import type { EngineServices } from '../../services.ts'
import { localProvisioner, placementIn } from '../storage-class.ts'
import type { Placement } from '../volume-types.ts'

export function placementOf(
  claim: Readonly<PersistentVolumeClaim>,
  { informers }: Pick<EngineServices, 'informers'>,
): Required<Placement> | undefined {
  const found = informers.storageClasses.get(undefined, claim.spec.storageClassName ?? '')
  return found?.provisioner === localProvisioner ? placementIn(found, claim) : undefined
}
