/**
 * The snapshot that a template is made from while its machine runs: taken in the machine's namespace, read by the copies, and gone when
 * they are whole. Owners cannot be of another namespace, so a note says whose it is.
 */

import {
  snapshotContentName,
  templateRequestLabel,
  virtualMachineSnapshotContents,
  virtualMachineSnapshots,
  type DiskToCopy,
  type VirtualMachine,
  type VirtualMachineSnapshot,
  type VirtualMachineTemplateRequest,
} from '@berth/api'
import { keyOf } from '@berth/kube'
import { getCondition, unlessMissing, type KubeObject } from '@berth/meta'
import type { EngineServices } from '../services.ts'

type Request = Readonly<VirtualMachineTemplateRequest>

/** `namespace/name` of the request. */
const requestAnnotation = 'berth.dev/template-request'

export type RequestSource =
  | { state: 'waiting' | 'failed'; message: string }
  /** VolumeSnapshots of the machine's namespace by volume; none when its claims are read as they are. */
  | { state: 'ready'; snapshots?: ReadonlyMap<string, string> }

/** What the machine's disks are copied from: a snapshot while it runs, and when there was one, also after it stopped. */
export async function sourceOfRequest(
  { client, informers }: EngineServices,
  request: Request,
  { machine, disks }: { machine: VirtualMachine; disks: readonly DiskToCopy[] },
): Promise<RequestSource> {
  const { namespace = '', name = '' } = machine.metadata
  const target = { namespace, name: snapshotName(request) }
  const shown = `VirtualMachineSnapshot ${namespace}/${target.name}`
  const found = await unlessMissing(client.get(virtualMachineSnapshots, target))
  if (found === undefined) {
    if (disks.length === 0 || informers.instances.get(namespace, name) === undefined) return { state: 'ready' }
    await client.create(virtualMachineSnapshots, snapshotFor(request, name, target))
    return { state: 'waiting', message: `Waiting for ${shown} to be ready` }
  }
  if (found.metadata.labels?.[templateRequestLabel] !== request.metadata.uid) {
    return { state: 'failed', message: `${shown} does not belong to this request` }
  }
  if (found.status?.phase === 'Failed') {
    const why = found.status.error?.message ?? getCondition(found.status.conditions, 'Failure')?.reason ?? ''
    return { state: 'failed', message: `${shown} failed: ${why}` }
  }
  if (found.status?.readyToUse !== true) return { state: 'waiting', message: `Waiting for ${shown} to be ready` }
  const content = await client.get(virtualMachineSnapshotContents, { namespace, name: snapshotContentName(found) })
  const snapshots = new Map(
    (content.spec.volumeBackups ?? []).flatMap(({ volumeName, volumeSnapshotName }): [string, string][] =>
      volumeSnapshotName === undefined ? [] : [[volumeName, volumeSnapshotName]],
    ),
  )
  const missing = disks.find(({ volume }) => !snapshots.has(volume))
  if (missing === undefined) return { state: 'ready', snapshots }
  const message = `volume ${missing.volume} of VirtualMachine ${namespace}/${name} cannot be copied while the machine runs: stop it`
  return { state: 'failed', message }
}

/** Idempotent. Of a request that is over, or gone. */
export async function removeRequestSnapshots({ client, informers }: EngineServices, requestKey: string): Promise<void> {
  for (const snapshot of informers.machineSnapshots.list()) {
    if (!requestKeysOf(snapshot).includes(requestKey) || snapshot.metadata.deletionTimestamp !== undefined) continue
    const { namespace = '', name = '' } = snapshot.metadata
    await unlessMissing(client.delete(virtualMachineSnapshots, { namespace, name }))
  }
}

/** The request that a snapshot was taken for. */
export function requestKeysOf({ metadata }: KubeObject): string[] {
  const key = metadata.annotations?.[requestAnnotation]
  return key === undefined || metadata.labels?.[templateRequestLabel] === undefined ? [] : [key]
}

function snapshotName({ metadata }: Request): string {
  return `template-${metadata.uid ?? ''}`
}

function snapshotFor(
  request: Request,
  machine: string,
  { namespace, name }: { namespace: string; name: string },
): VirtualMachineSnapshot {
  return {
    apiVersion: 'snapshot.kubevirt.io/v1beta1',
    kind: 'VirtualMachineSnapshot',
    metadata: {
      namespace,
      name,
      labels: { [templateRequestLabel]: request.metadata.uid ?? '' },
      annotations: { [requestAnnotation]: keyOf(request) },
    },
    spec: { source: { apiGroup: 'kubevirt.io', kind: 'VirtualMachine', name: machine } },
  }
}
