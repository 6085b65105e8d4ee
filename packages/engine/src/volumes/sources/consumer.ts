/** Classes that bind with their first consumer: when such a volume is made. */

import { annotations } from '@berth/api'
import { storageClasses, type PersistentVolumeClaim } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import type { EngineServices } from '../../services.ts'

/** What Kubernetes' scheduler writes on a claim when it has chosen a node for its consumer. */
const selectedNode = 'volume.kubernetes.io/selected-node'

/** True while nobody uses the claim, where its class waits for that. */
export async function waitsForConsumer(
  claim: Readonly<PersistentVolumeClaim>,
  services: Pick<EngineServices, 'client' | 'usersOfClaim'>,
): Promise<boolean> {
  const { annotations: notes = {} } = claim.metadata
  // CDI asks for no value.
  if (notes[annotations.cdiBindImmediate] !== undefined || notes[selectedNode] !== undefined) return false
  const name = claim.spec.storageClassName
  if (name === undefined || name === '') return false
  const found = await unlessMissing(services.client.get(storageClasses, { name }))
  return found?.volumeBindingMode === 'WaitForFirstConsumer' && services.usersOfClaim(claim).length === 0
}
