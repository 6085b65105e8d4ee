/** How consistent a snapshot's data are, with KubeVirt's words for each. */

import type { SnapshotIndication, VirtualMachineSnapshotStatus } from '../types/snapshot.ts'

/** Part of what a guest says whose writers let go before the snapshot was taken. */
export const freezeLimitReached = 'fsfreeze is limited'

export const indicationMessages: Readonly<Record<SnapshotIndication, string>> = {
  Online: 'Snapshot taken while the VM was running. Consistency depends on guest-agent quiescing.',
  GuestAgent: 'Guest agent was active and attempted to quiesce the filesystem for application consistency.',
  NoGuestAgent: 'Guest agent was not available. Snapshot is crash-consistent and may not be application-consistent.',
  QuiesceTimeout:
    'Guest agent quiesced the filesystem, but the freeze window timed out before completion. Snapshot is crash-consistent and may not be application-consistent.',
  Paused: 'Snapshot taken while the VM was paused. Snapshot is crash-consistent and may not be application-consistent.',
  PartialSnapshot:
    'Not all snapshotable volumes were included in the snapshot. Check status.snapshotVolumes for excluded volumes and VM VolumeSnapshotStatus for details.',
}

export interface SourceState {
  online: boolean
  paused: boolean
  guestAgent: boolean
}

type Indicated = Pick<VirtualMachineSnapshotStatus, 'indications' | 'sourceIndications'>

/** Of a snapshot under way: what is true now is added to what was true before. Empty for a machine that is off. */
export function sourceIndications(status: VirtualMachineSnapshotStatus, source: SourceState): Indicated {
  if (!source.online) return {}
  const found = new Set<SnapshotIndication>(status.indications)
  found.add('Online')
  if (source.paused) found.add('Paused')
  else if (source.guestAgent) {
    found.add('GuestAgent')
    if (status.error?.message?.includes(freezeLimitReached) === true) found.add('QuiesceTimeout')
  } else found.add('NoGuestAgent')
  const indications = [...found].sort()
  return {
    indications,
    sourceIndications: indications.map((indication) => ({ indication, message: indicationMessages[indication] })),
  }
}

/** With the word that a volume is missing which could have been there. */
export function partially(status: VirtualMachineSnapshotStatus): Indicated {
  const { indications = [], sourceIndications: told = [] } = status
  if (told.some(({ indication }) => indication === 'PartialSnapshot')) return {}
  return {
    indications: indications.includes('PartialSnapshot') ? indications : [...indications, 'PartialSnapshot'],
    sourceIndications: [...told, { indication: 'PartialSnapshot', message: indicationMessages.PartialSnapshot }],
  }
}
