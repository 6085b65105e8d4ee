/** The phases, conditions and events of a DataVolume, by its source and how its filling stands. Pure. */

import type { DataVolumePhase } from '@berth/api'
import type { SourceKind } from './fill-source.ts'

/** What kind of work it is, as people see it. */
type Work = 'import' | 'clone' | 'snapshotClone' | 'upload'

const work: Readonly<Record<SourceKind, Work>> = {
  blank: 'import',
  http: 'import',
  s3: 'import',
  gcs: 'import',
  registry: 'import',
  upload: 'upload',
  claim: 'clone',
  published: 'clone',
  snapshot: 'snapshotClone',
}

const scheduled: Readonly<Record<Work, DataVolumePhase>> = {
  import: 'ImportScheduled',
  clone: 'CloneScheduled',
  snapshotClone: 'CloneScheduled',
  upload: 'UploadScheduled',
}

/** @param copying whether bytes are copied: what shares the source's images is there at once */
export function phaseOf(
  kind: SourceKind,
  state: 'waiting' | 'running' | 'retry' | 'refused',
  copying: boolean,
): DataVolumePhase {
  if (state === 'refused') return 'Failed'
  const what = work[kind]
  if (state === 'waiting' || (state === 'retry' && what !== 'import')) return scheduled[what]
  switch (what) {
    case 'import':
      return 'ImportInProgress'
    case 'clone':
      return copying ? 'CloneInProgress' : 'CSICloneInProgress'
    case 'snapshotClone':
      return 'CloneFromSnapshotSourceInProgress'
    case 'upload':
      return 'UploadReady'
  }
}

interface Told {
  reason: string
  message: string
}

/** CDI's words for the events of each phase, and for the end. */
export function eventOf(
  phase: DataVolumePhase,
  { kind, claim, source }: { kind: SourceKind; claim: { namespace: string; name: string }; source: string },
): Told | undefined {
  if (phase === 'Succeeded') return succeeded(kind, claim, source)
  const words = messages[phase]
  return words === undefined
    ? undefined
    : { reason: phase, message: words({ claim: claim.name, target: `${claim.namespace}/${claim.name}`, source }) }
}

const messages: Partial<Record<DataVolumePhase, (names: { claim: string; target: string; source: string }) => string>> =
  {
    ImportScheduled: ({ claim }) => `Import into ${claim} scheduled`,
    ImportInProgress: ({ claim }) => `Import into ${claim} in progress`,
    CloneScheduled: ({ source, target }) => `Cloning from ${source} into ${target} scheduled`,
    CloneInProgress: ({ source, target }) => `Cloning from ${source} into ${target} in progress`,
    CSICloneInProgress: ({ target }) => `CSI Volume clone in progress (for pvc ${target})`,
    CloneFromSnapshotSourceInProgress: ({ source }) =>
      `Creating PVC from snapshot source is in progress (for snapshot ${source})`,
    UploadScheduled: ({ claim }) => `Upload into ${claim} scheduled`,
    UploadReady: ({ claim }) => `Upload into ${claim} ready`,
  }

function succeeded(kind: SourceKind, claim: { namespace: string; name: string }, source: string): Told {
  switch (work[kind]) {
    case 'import':
      return { reason: 'ImportSucceeded', message: `Successfully imported into PVC ${claim.name}` }
    case 'upload':
      return { reason: 'UploadSucceeded', message: `Successfully uploaded into ${claim.name}` }
    case 'clone':
    case 'snapshotClone':
      return {
        reason: 'CloneSucceeded',
        message: `Successfully cloned from ${source} into ${claim.namespace}/${claim.name}`,
      }
  }
}

/** Of the event of a failure that will not be tried again. */
export function failedReason(kind: SourceKind): string {
  const what = work[kind]
  return what === 'import' ? 'ImportFailed' : what === 'upload' ? 'UploadFailed' : 'CloneFailed'
}

/** Of the Running condition at the end. */
export function completeWords(kind: SourceKind): string {
  const what = work[kind]
  return what === 'import' ? 'Import Complete' : what === 'upload' ? 'Upload Complete' : 'Clone Complete'
}
