/** A machine's snapshot as a row, with the size of its volumes and when it was put back. */

import { isConditionTrue } from '@berth/meta'
import { createdOf, fewLabels } from '../rows/machine-row.ts'
import type { Tone } from '../rows/row.ts'
import { bytesOf } from '../rows/size.ts'
import {
  noteAnnotation,
  policyLabel,
  type MachineRestoreObject,
  type MachineSnapshotObject,
  type SnapshotContentObject,
  type VolumeSnapshotObject,
} from './storage-objects.ts'
import { storageKey, type SnapshotRow } from './storage-row.ts'

export interface SnapshotParts {
  cluster: string
  snapshot: MachineSnapshotObject
  content: SnapshotContentObject | undefined
  /** Of its content. */
  volumes: readonly VolumeSnapshotObject[]
  /** From it. */
  restores: readonly MachineRestoreObject[]
  /** Its machine is there; true where that may not be seen. */
  machineThere: boolean
}

const maxReason = 400
const maxNote = 500

export function snapshotRow({ cluster, snapshot, volumes, restores, machineThere }: SnapshotParts): SnapshotRow {
  const { name = '', namespace = '', uid = '', labels = {}, annotations = {}, creationTimestamp } = snapshot.metadata
  const { status = {} } = snapshot
  const deleting = snapshot.metadata.deletionTimestamp !== undefined
  const machine = snapshot.spec?.source?.name ?? ''
  const phase = deleting ? 'Deleting' : (status.phase ?? 'InProgress')
  const reason =
    status.error?.message ??
    volumes.find((volume) => volume.status?.error?.message !== undefined)?.status?.error?.message ??
    status.conditions?.find(({ type, status: holds }) => type === 'Failure' && holds === 'True')?.message
  const size = sizeOf(volumes)
  const policy = labels[policyLabel]
  const note = annotations[noteAnnotation]
  const row: SnapshotRow = {
    table: 'snapshots',
    key: storageKey('snapshots', { cluster, namespace, name }),
    cluster,
    namespace,
    name,
    uid,
    status: phase,
    tone: toneOf(phase, status.readyToUse === true),
    created: createdOf(status.creationTime ?? creationTimestamp),
    labels: fewLabels(labels),
    deleting,
    machine,
    machineThere,
    ready: status.readyToUse === true,
    indications: [
      ...new Set([
        ...(status.indications ?? []),
        ...(status.sourceIndications ?? []).flatMap(({ indication }) => indication ?? []),
      ]),
    ],
    included: [...(status.snapshotVolumes?.includedVolumes ?? [])],
    excluded: [...(status.snapshotVolumes?.excludedVolumes ?? [])],
    restored: restoredAt(restores, machine),
  }
  if (policy !== undefined && policy !== '') row.policy = policy
  if (note !== undefined && note !== '') row.note = note.slice(0, maxNote)
  if (size !== undefined) row.size = size
  if (reason !== undefined && reason !== '' && row.tone === 'attention') row.reason = reason.slice(0, maxReason)
  if (snapshot.spec?.failureDeadline !== undefined) row.deadline = snapshot.spec.failureDeadline
  return row
}

function toneOf(phase: string, ready: boolean): Tone {
  if (phase === 'Succeeded' && ready) return 'running'
  if (phase === 'Failed' || phase === 'Unknown') return 'attention'
  return 'starting'
}

/** Undefined until somebody has said it of every volume. */
function sizeOf(volumes: readonly VolumeSnapshotObject[]): number | undefined {
  if (volumes.length === 0) return undefined
  let total = 0
  for (const { status } of volumes) {
    const size = bytesOf(status?.restoreSize)
    if (size === undefined) return undefined
    total += size
  }
  return total
}

/** Restores into another machine leave its own as it is. */
function restoredAt(restores: readonly MachineRestoreObject[], machine: string): number[] {
  return restores
    .filter(({ spec, status }) => {
      const done = status?.complete === true || isConditionTrue(status?.conditions, 'Ready')
      return done && spec?.target?.name === machine
    })
    .map(({ metadata, status }) => createdOf(status?.restoreTime ?? metadata.creationTimestamp))
    .filter((time) => time > 0)
    .toSorted((left, right) => left - right)
}
