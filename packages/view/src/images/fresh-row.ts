/** A schedule that keeps an image fresh (CDI's DataImportCron) as a row. */

import type { DataImportCron, DataVolume } from '@berth/api'
import { getCondition } from '@berth/meta'
import type { Tone } from '../rows/row.ts'
import { createdOf } from '../rows/machine-row.ts'
import { bytesOf } from '../rows/size.ts'
import { progressOf, sourceOfVolume } from '../storage/volume-row.ts'
import { cronLabel, type FreshRow } from './image-row.ts'

/** When it looks next; CDI's, on engines and clusters. */
export const nextCheckAnnotation = 'cdi.kubevirt.io/storage.import.nextCronTime'
const defaultKeep = 3
const maxReason = 400
const maxImports = 20

const tones: Record<FreshRow['state'], Tone> = {
  fresh: 'running',
  importing: 'starting',
  waiting: 'starting',
  trouble: 'attention',
  deleting: 'stopped',
}

/** @param volumes all of its namespace */
export function freshRow(
  cluster: string,
  cron: Readonly<DataImportCron>,
  volumes: readonly Readonly<DataVolume>[],
): FreshRow {
  const { namespace = '', name = '', annotations = {} } = cron.metadata
  const { spec, status } = cron
  const current = status?.lastImportedPVC?.name
  const own = volumes
    .filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.[cronLabel] === name)
    .toSorted((left, right) => createdOf(right.metadata.creationTimestamp) - createdOf(left.metadata.creationTimestamp))
  const working = own.find((disk) => disk.metadata.name === status?.currentImports?.[0]?.dataVolumeName)
  const { state, reason } = freshState(cron, working)
  const row: FreshRow = {
    key: `${cluster}/${namespace}/${name}`,
    cluster,
    namespace,
    name,
    image: spec.managedDataSource,
    from: sourceOfVolume({ ...empty, spec: spec.template.spec })?.sourceName ?? '',
    schedule: spec.schedule,
    keep: spec.importsToKeep ?? defaultKeep,
    takesAlong: spec.retentionPolicy === 'None',
    state,
    tone: tones[state],
    imports: own.slice(0, maxImports).map((disk) => {
      const size = bytesOf((disk.spec.storage ?? disk.spec.pvc)?.resources?.requests?.['storage'])
      const { name: import_ = '' } = disk.metadata
      return {
        name: import_,
        created: createdOf(disk.metadata.creationTimestamp),
        current: import_ === current,
        ...(size === undefined ? {} : { size }),
      }
    }),
  }
  const progress = state === 'importing' ? progressOf(working) : undefined
  const times = {
    lastCheck: timeOf(status?.lastExecutionTimestamp),
    lastImport: timeOf(status?.lastImportTimestamp),
    nextCheck: timeOf(annotations[nextCheckAnnotation]),
  }
  if (reason !== undefined) row.reason = reason.slice(0, maxReason)
  if (progress !== undefined) row.progress = progress
  if (times.lastCheck !== undefined) row.lastCheck = times.lastCheck
  if (times.lastImport !== undefined) row.lastImport = times.lastImport
  if (times.nextCheck !== undefined) row.nextCheck = times.nextCheck
  return row
}

const empty = { apiVersion: '', kind: '', metadata: {} }

/** The look at the source failed, the import fails, it is under way, or all is well: in this order. */
export function freshState(
  { metadata, status }: Readonly<DataImportCron>,
  working: Readonly<DataVolume> | undefined,
): { state: FreshRow['state']; reason?: string } {
  if (metadata.deletionTimestamp !== undefined) return { state: 'deleting' }
  const fresh = getCondition(status?.conditions, 'UpToDate')
  const looked = status?.lastExecutionTimestamp !== undefined
  if (fresh?.status === 'False' && fresh.reason === 'NoDigest' && fresh.message !== 'No source digest') {
    return { state: 'trouble', reason: fresh.message ?? '' }
  }
  const running = getCondition(working?.status?.conditions, 'Running')
  if (working !== undefined && working.status?.phase !== 'Succeeded') {
    const wrong = running?.status !== 'True' && running?.reason === 'Error' ? running.message : undefined
    return wrong === undefined ? { state: 'importing' } : { state: 'trouble', reason: wrong }
  }
  if (fresh?.status === 'True') return { state: 'fresh' }
  return { state: looked && fresh?.reason === 'Outdated' ? 'importing' : 'waiting' }
}

function timeOf(text: string | undefined): number | undefined {
  const ms = Date.parse(text ?? '')
  return Number.isNaN(ms) ? undefined : ms
}
