/**
 * What is written down about the disks of machines, for a driver that finds some which an engine left between its word and the switch.
 * Asked of the store and of the storages' records as they lie on disk: nothing else is open yet.
 */

import { virtualMachineInstances } from '@berth/api'
import type { Store } from '@berth/apiserver'
import type { AdoptOptions } from '@berth/hypervisor'
import { persistentVolumeClaims } from '@berth/kube'
import { storedObjects } from '../host/stored-objects.ts'
import { volumeNameFor } from '../volumes/claim-volume.ts'
import { isHeadOf, isNamedHead } from '../volumes/storage/named-head.ts'
import { claimOf } from './move-volumes.ts'

export function writtenDown(store: Store): Required<AdoptOptions> {
  return {
    isSwitched: isNamedHead,
    async isMoved(path, { machine, name }) {
      const instance = storedObjects(store, virtualMachineInstances).find(({ metadata }) => metadata.uid === machine)
      const volume = instance?.spec.volumes?.find((each) => each.name === name)
      const named = volume === undefined ? undefined : claimOf(volume)
      const claim = storedObjects(store, persistentVolumeClaims).find(
        ({ metadata }) => metadata.namespace === instance?.metadata.namespace && metadata.name === named,
      )
      return claim !== undefined && isHeadOf(volumeNameFor(claim), path)
    },
  }
}
