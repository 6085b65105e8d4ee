/** Whether the claims and DataVolumes a machine needs are there; if not, the reason as KubeVirt names it. */

import { dataVolumeNames, claimNames, type DataVolume, type VirtualMachineInstance } from '@berth/api'
import { getCondition } from '@berth/meta'
import type { Informer, PersistentVolumeClaim } from '@berth/kube'
import type { ConditionUpdate } from './instance-status.ts'

export interface MissingVolume {
  reason: string
  message: string
  /** Worth an event: something a person must do, not something that comes by itself. */
  event: boolean
}

export function missingVolumes(
  instance: Readonly<VirtualMachineInstance>,
  informers: { claims: Informer<PersistentVolumeClaim>; dataVolumes: Informer<DataVolume> },
): MissingVolume | undefined {
  const { namespace } = instance.metadata
  const fromDataVolumes = new Set(dataVolumeNames(instance.spec))
  for (const name of claimNames(instance.spec)) {
    const dataVolume = informers.dataVolumes.get(namespace, name)
    if (fromDataVolumes.has(name) && dataVolume !== undefined && dataVolume.status?.phase !== 'Succeeded') {
      return waiting(`DataVolume ${name} is ${dataVolume.status?.phase ?? 'Pending'}`)
    }
    const claim = informers.claims.get(namespace, name)
    if (claim === undefined) {
      return {
        reason: 'FailedPvcNotFound',
        message: `PVC ${namespace ?? ''}/${name} does not exist, waiting for it to appear`,
        event: true,
      }
    }
    if (claim.metadata.deletionTimestamp !== undefined) return waiting(`PVC ${name} is being deleted`)
    if (claim.status?.phase !== 'Bound') return waiting(`PVC ${name} is not bound to a volume yet`)
  }
  return undefined
}

/** KubeVirt's summary of the DataVolumes an instance uses; nothing where it uses none. */
export function dataVolumesCondition(
  instance: Readonly<VirtualMachineInstance>,
  dataVolumes: Informer<DataVolume>,
): ConditionUpdate[] {
  const found = dataVolumeNames(instance.spec)
    .map((name) => dataVolumes.get(instance.metadata.namespace, name))
    .filter((dataVolume) => dataVolume !== undefined)
  if (found.length === 0) return []
  const states = found.map(({ status }) => getCondition(status?.conditions, 'Ready')?.status)
  const type = 'DataVolumesReady'
  if (states.every((state) => state === 'True'))
    return [{ type, status: 'True', reason: 'AllDVsReady', message: "All of the VMI's DVs are bound and ready" }]
  const status = states.includes('False') ? 'False' : 'Unknown'
  return [{ type, status, reason: 'NotAllDVsReady', message: "Not all of the VMI's DVs are ready" }]
}

function waiting(message: string): MissingVolume {
  return { reason: 'WaitingForVolumes', message, event: false }
}
