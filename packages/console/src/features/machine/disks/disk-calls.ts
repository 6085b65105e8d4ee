/** What the API is asked for when disks come and go. */

import { dataVolumes, type DataVolume, type VirtualMachine } from '@berth/api'
import { openDraft, draftObject, withValue, type Draft, type DraftPath } from '@berth/view'
import { clusterApi } from '../../../backend/index.ts'
import { instanceReference, machineReference, subresourceGroup } from '../machine-target.ts'
import type { LiveMachine } from '../use-machine.ts'

export interface AttachRequest {
  /** Of the disk in the machine. */
  name: string
  bus: 'scsi' | 'virtio' | 'sata'
  readonly: boolean
  source:
    | { kind: 'claim'; claim: string }
    | { kind: 'new'; claim: string; size: string; storageClass: string | undefined }
}

/** A new disk is made first; its machine waits for it. */
export async function attachDisk(live: LiveMachine, { name, bus, readonly, source }: AttachRequest): Promise<void> {
  const { cluster, namespace } = live.target
  const api = clusterApi(cluster)
  if (source.kind === 'new') {
    const volume: DataVolume = {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: { name: source.claim, namespace },
      spec: {
        source: { blank: {} },
        storage: {
          resources: { requests: { storage: source.size } },
          ...(source.storageClass === undefined ? {} : { storageClassName: source.storageClass }),
        },
      },
    }
    await api.create(dataVolumes, volume)
  }
  const volumeSource =
    source.kind === 'new'
      ? { dataVolume: { name: source.claim, hotpluggable: true } }
      : { persistentVolumeClaim: { claimName: source.claim, hotpluggable: true } }
  const body = { name, disk: { name, serial: name, disk: { bus, ...(readonly ? { readonly } : {}) } }, volumeSource }
  await api.subresource(subresourceOf(live), 'addvolume', { method: 'PUT', body })
}

export async function detachDisk(live: LiveMachine, name: string): Promise<void> {
  await clusterApi(live.target.cluster).subresource(subresourceOf(live), 'removevolume', {
    method: 'PUT',
    body: { name },
  })
}

/** A disc is the volume of a CD drive; a drive without one is empty. */
export async function setDisc(live: LiveMachine, drive: string, claim: string | undefined): Promise<void> {
  const place: DraftPath = ['spec', 'template', 'spec', 'volumes', { name: drive }]
  const volume =
    claim === undefined ? undefined : { name: drive, persistentVolumeClaim: { claimName: claim, hotpluggable: true } }
  await write(live, withValue(openDraft(live.machine), place, volume))
}

/** For machines that do not run, or disks that only a restart can take out. */
export async function removeDisk(live: LiveMachine, name: string): Promise<void> {
  const spec: DraftPath = ['spec', 'template', 'spec']
  const without = withValue(openDraft(live.machine), [...spec, 'volumes', { name }], undefined)
  await write(live, withValue(without, [...spec, 'domain', 'devices', 'disks', { name }], undefined))
}

async function write(live: LiveMachine, draft: Draft): Promise<void> {
  const object = draftObject(draft)
  // It was made from a machine, and only its lists were changed.
  if (object !== undefined)
    await clusterApi(live.target.cluster).update(machineReference(live.target), object as unknown as VirtualMachine)
}

function subresourceOf({ target, standalone }: LiveMachine): ReturnType<typeof machineReference> {
  return { ...(standalone ? instanceReference(target) : machineReference(target)), ...subresourceGroup }
}
