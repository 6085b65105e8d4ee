/** Where a claim's volume goes, by the parameters of its class. */

import { storageClasses, type PersistentVolumeClaim } from '@berth/kube'
import { unlessMissing } from '@berth/meta'
import type { EngineServices } from '../../services.ts'
import type { Placement } from '../volume-types.ts'

export async function placementOf(
  claim: Readonly<PersistentVolumeClaim>,
  { client }: Pick<EngineServices, 'client'>,
): Promise<Placement> {
  const name = claim.spec.storageClassName ?? ''
  const found = name === '' ? undefined : await unlessMissing(client.get(storageClasses, { name }))
  const { storage, format } = found?.parameters ?? {}
  const shared = format === 'raw' && (claim.spec.accessModes ?? []).includes('ReadWriteMany')
  return {
    ...(storage === undefined ? {} : { storage }),
    ...(format === 'raw' ? { format } : {}),
    ...(shared ? { shared } : {}),
  }
}
