/** What the API is asked for when disks come and go. */

import { dataVolumes } from '@berth/api'
import {
  diskToMoveTo,
  openDraft,
  draftObject,
  newDisk,
  withDiskMoved,
  withDiskOn,
  withValue,
  type Draft,
  type DraftPath,
  type FormAction,
  type TaskCall,
} from '@berth/view'
import { clusterCalls, runRequest } from '../../../backend/index.ts'
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
  const { namespace } = live.target
  const calls: TaskCall[] = []
  if (source.kind === 'new') {
    const { claim, size, storageClass } = source
    const volume = newDisk({
      namespace,
      name: claim,
      size,
      source: { kind: 'blank' },
      ...(storageClass === undefined ? {} : { class: storageClass }),
    })
    calls.push(clusterCalls.create(dataVolumes, volume))
  }
  const volumeSource =
    source.kind === 'new'
      ? { dataVolume: { name: source.claim, hotpluggable: true } }
      : { persistentVolumeClaim: { claimName: source.claim, hotpluggable: true } }
  const body = { name, disk: { name, serial: name, disk: { bus, ...(readonly ? { readonly } : {}) } }, volumeSource }
  calls.push(clusterCalls.subresource(subresourceOf(live), 'addvolume', body))
  await runRequest('attach', { target: objectOf(live), calls })
}

export async function detachDisk(live: LiveMachine, name: string): Promise<void> {
  const call = clusterCalls.subresource(subresourceOf(live), 'removevolume', { name })
  await runRequest('detach', { target: objectOf(live), calls: [call] })
}

/** A disc is the volume of a CD drive; a drive without one is empty. */
export async function setDisc(live: LiveMachine, drive: string, claim: string | undefined): Promise<void> {
  const place: DraftPath = ['spec', 'template', 'spec', 'volumes', { name: drive }]
  const volume =
    claim === undefined ? undefined : { name: drive, persistentVolumeClaim: { claimName: claim, hotpluggable: true } }
  await write(live, withValue(openDraft(live.machine), place, volume), claim === undefined ? 'eject' : 'insert')
}

/** For machines that do not run, or disks that only a restart can take out. */
export async function removeDisk(live: LiveMachine, name: string): Promise<void> {
  const without = withValue(openDraft(live.machine), [...spec, 'volumes', { name }], undefined)
  await write(live, withValue(without, [...spec, 'domain', 'devices', 'disks', { name }], undefined), 'detach')
}

/** A disk is made where it goes, and the machine's volume then names that: what runs moves there, what is off has a copy. */
export async function moveDisk(
  live: LiveMachine,
  { volume, ...wish }: Omit<Parameters<typeof diskToMoveTo>[0], 'namespace' | 'running'> & { volume: string },
): Promise<void> {
  const { machine, target, up } = live
  const object = draftObject(withDiskMoved(machine, { volume, from: wish.from, claim: wish.claim }))
  if (object === undefined) return
  const reference = machineReference(target)
  await runRequest(
    'move-disk',
    {
      target: reference,
      calls: [
        clusterCalls.create(dataVolumes, diskToMoveTo({ ...wish, namespace: target.namespace, running: up })),
        clusterCalls.update(reference, object),
      ],
      move: { volume, claim: wish.claim },
    },
    'settled',
  )
}

/** Back to where its guest still writes; what was copied so far can be deleted. */
export async function cancelMove(live: LiveMachine, place: { volume: string; claim: string }): Promise<void> {
  await write(live, withDiskOn(live.machine, place), 'move-disk')
}

const spec: DraftPath = ['spec', 'template', 'spec']

async function write(live: LiveMachine, draft: Draft, action: FormAction): Promise<void> {
  const object = draftObject(draft)
  if (object === undefined) return
  const target = machineReference(live.target)
  const call = clusterCalls.update(target, object)
  await runRequest(action, { target, calls: [call] })
}

function objectOf({ target, standalone }: LiveMachine): ReturnType<typeof machineReference> {
  return standalone ? instanceReference(target) : machineReference(target)
}

function subresourceOf(live: LiveMachine): ReturnType<typeof machineReference> {
  return { ...objectOf(live), ...subresourceGroup }
}
