/** What the API is asked for when disks come and go. */

import { dataVolumes, type DataVolume } from '@berth/api'
import type { KubeObject } from '@berth/meta'
import {
  openDraft,
  draftObject,
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

/** A blank disk is made where it goes; the machine's volume then names that, which moves it. */
export async function moveDisk(
  live: LiveMachine,
  {
    disk,
    claim,
    size,
    storageClass,
    from,
  }: { disk: string; claim: string; size: string; storageClass: string; from: string },
): Promise<void> {
  const { namespace } = live.target
  const target: DataVolume = {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      name: claim,
      namespace,
      // It is filled before anything runs on it.
      annotations: { 'cdi.kubevirt.io/storage.bind.immediate.requested': 'true' },
    },
    spec: {
      source: { blank: {} },
      storage: { resources: { requests: { storage: size } }, storageClassName: storageClass },
    },
  }
  const object = draftObject(withoutTemplate(pointed(live, { disk, claim }), live, from))
  if (object === undefined) return
  const machine = machineReference(live.target)
  await runRequest('move-disk', {
    target: machine,
    calls: [
      clusterCalls.create(dataVolumes, target),
      // It was made from a machine, and only its lists were changed.
      clusterCalls.update(machine, object as unknown as KubeObject),
    ],
  })
}

/** Back to where its guest still writes; what was copied so far can be deleted. */
export async function cancelMove(live: LiveMachine, { disk, claim }: { disk: string; claim: string }): Promise<void> {
  await write(live, pointed(live, { disk, claim }), 'move-disk')
}

const spec: DraftPath = ['spec', 'template', 'spec']

function pointed(live: LiveMachine, { disk, claim }: { disk: string; claim: string }): Draft {
  const known = live.machine.spec.template.spec.volumes?.find(({ name }) => name === disk)
  const place: DraftPath =
    known?.persistentVolumeClaim === undefined ? ['dataVolume', 'name'] : ['persistentVolumeClaim', 'claimName']
  const draft = withValue(openDraft(live.machine), ['spec', 'updateVolumesStrategy'], 'Migration')
  return withValue(draft, [...spec, 'volumes', { name: disk }, ...place], claim)
}

/** A template that no volume names any more is refused. */
function withoutTemplate(draft: Draft, { machine }: LiveMachine, claim: string): Draft {
  const all = machine.spec.dataVolumeTemplates ?? []
  const at = all.findIndex(({ metadata }) => metadata?.name === claim)
  if (at < 0) return draft
  return withValue(
    draft,
    all.length === 1 ? ['spec', 'dataVolumeTemplates'] : ['spec', 'dataVolumeTemplates', at],
    undefined,
  )
}

async function write(live: LiveMachine, draft: Draft, action: FormAction): Promise<void> {
  const object = draftObject(draft)
  if (object === undefined) return
  const target = machineReference(live.target)
  // It was made from a machine, and only its lists were changed.
  const call = clusterCalls.update(target, object as unknown as KubeObject)
  await runRequest(action, { target, calls: [call] })
}

function objectOf({ target, standalone }: LiveMachine): ReturnType<typeof machineReference> {
  return standalone ? instanceReference(target) : machineReference(target)
}

function subresourceOf(live: LiveMachine): ReturnType<typeof machineReference> {
  return { ...objectOf(live), ...subresourceGroup }
}
