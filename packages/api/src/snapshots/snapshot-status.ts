/** The status of a VirtualMachineSnapshot, worked out whole at every look. Source: KubeVirt's snapshot controller. */

import { deepEqual } from '@berth/meta'
import type {
  VirtualMachineSnapshot,
  VirtualMachineSnapshotContent,
  VirtualMachineSnapshotStatus,
} from '../types/snapshot.ts'
import { withConditions, type Words } from './conditions.ts'
import { partially, sourceIndications, type SourceState } from './indications.ts'
import { isDeadlineExceeded, type Moment } from './states.ts'
import { isSnapshottable } from './volume-abilities.ts'

export const deadlineExceeded = 'snapshot deadline exceeded'

export interface SnapshotSource extends SourceState {
  uid: string
  locked: boolean
  /** Why it is not locked, or that it is. */
  lockMessage: string
}

export interface SnapshotView {
  snapshot: Readonly<VirtualMachineSnapshot>
  source: SnapshotSource | undefined
  content: Readonly<VirtualMachineSnapshotContent> | undefined
  moment: Moment
}

/** The very object of `snapshot.status` when nothing changed. */
export function snapshotStatus({ snapshot, source, content, moment }: SnapshotView): VirtualMachineSnapshotStatus {
  const before = snapshot.status
  const status: VirtualMachineSnapshotStatus = { readyToUse: false, ...before }
  if (source !== undefined) status.sourceUID = source.uid
  if (content?.status !== undefined) copyFromContent(status, content)
  const words: Words[] = []
  const seen = { ...snapshot, status }
  if (isDeadlineExceeded(seen, moment)) {
    status.phase = 'Failed'
    words.push(['Failure', 'True', deadlineExceeded], ['Progressing', 'False', 'Operation failed'])
  } else if (status.phase === 'Succeeded' || isTime(status.creationTime)) {
    status.phase = 'Succeeded'
    words.push(['Progressing', 'False', 'Operation complete'])
    if (content !== undefined) Object.assign(status, volumesOf(content, status))
  } else {
    status.phase = 'InProgress'
    words.push(...progress(status, source))
    if (snapshot.metadata.deletionTimestamp !== undefined) {
      status.phase = 'Deleting'
      words.push(['Progressing', 'False', 'VM snapshot is deleting'])
    }
  }
  const ready = status.readyToUse === true
  words.push(['Ready', ready ? 'True' : 'False', ready ? 'Ready' : 'Not ready'])
  if (status.error !== undefined) words.push(['Progressing', 'False', 'In error state'])
  // Of several words on one condition the last counts; each alone would move its time.
  const last = new Map(words.map((word) => [word[0], word]))
  status.conditions = withConditions(status.conditions, [...last.values()], moment.now)
  return before !== undefined && deepEqual(status, before) ? before : status
}

function copyFromContent(status: VirtualMachineSnapshotStatus, content: Readonly<VirtualMachineSnapshotContent>): void {
  const { creationTime, readyToUse, error } = content.status ?? {}
  status.virtualMachineSnapshotContentName = content.metadata.name ?? ''
  if (isTime(creationTime)) status.creationTime = creationTime
  if (readyToUse !== undefined) status.readyToUse = readyToUse
  if (error === undefined) delete status.error
  else status.error = error
}

function progress(status: VirtualMachineSnapshotStatus, source: SnapshotSource | undefined): Words[] {
  if (source === undefined) return [['Progressing', 'False', 'Source does not exist']]
  delete status.indications
  delete status.sourceIndications
  Object.assign(status, sourceIndications(status, source))
  return [['Progressing', source.locked ? 'True' : 'False', source.lockMessage]]
}

/** Which of the machine's volumes are in it. */
function volumesOf(
  content: Readonly<VirtualMachineSnapshotContent>,
  status: VirtualMachineSnapshotStatus,
): Partial<VirtualMachineSnapshotStatus> {
  const machine = content.spec.source.virtualMachine
  if (machine === undefined) return {}
  const kept = new Set((content.spec.volumeBackups ?? []).map(({ volumeName }) => volumeName))
  const volumes = machine.spec.template.spec.volumes ?? []
  const extra = [...kept].filter((name) => !volumes.some((volume) => volume.name === name))
  const excluded = volumes.filter(({ name }) => !kept.has(name))
  const lists = {
    includedVolumes: [...volumes.filter(({ name }) => kept.has(name)).map(({ name }) => name), ...extra],
    excludedVolumes: excluded.map(({ name }) => name),
  }
  const snapshotVolumes = Object.fromEntries(Object.entries(lists).filter(([, names]) => names.length > 0))
  return { snapshotVolumes, ...(excluded.some(isSnapshottable) ? partially(status) : {}) }
}

function isTime(time: string | null | undefined): time is string {
  return time !== undefined && time !== null && time !== ''
}
