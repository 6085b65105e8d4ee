/** What a backup says of itself while it can be pulled. Pure. */

import {
  backupWords as words,
  quiescedCondition,
  type BackupStage,
  type BackupVolumeInfo,
  type VirtualMachineBackup,
  type VirtualMachineExport,
} from '@berth/api'
import type { BackupOutcome } from '../outcome.ts'

type Status = NonNullable<VirtualMachineBackup['status']>

export interface PullProgress {
  stage: BackupStage
  status: Status
}

/**
 * @param exported its export; undefined when that was only now made, `foreign` when another has its name
 * @param checkpointName of the checkpoint that will count
 */
export function pullProgress(
  backup: Readonly<VirtualMachineBackup>,
  {
    outcome,
    exported,
    checkpointName,
    now,
  }: {
    outcome: BackupOutcome
    exported: Readonly<VirtualMachineExport> | 'foreign' | undefined
    checkpointName: string | undefined
    now: Date
  },
): PullProgress {
  const { endpointCert: _cert, exportUID: _uid, ...before } = backup.status ?? {}
  const status: Status = {
    ...before,
    type: outcome.type,
    includedVolumes: outcome.volumes,
    conditions: quiescedCondition(before.conditions ?? [], outcome.quiesceStatus, now),
    ...(checkpointName === undefined ? {} : { checkpointName }),
  }
  if (exported === undefined) return { stage: { stage: 'preparing-export' }, status }
  if (exported === 'foreign')
    return { stage: { stage: 'preparing-export', why: words.foreignExport(backup.metadata.name ?? '') }, status }
  // From now on the export knows that it is this one.
  const known = { ...status, exportUID: exported.metadata.uid ?? '' }
  const { phase, links } = exported.status ?? {}
  const link = links?.external ?? links?.internal
  if (phase !== 'Ready' || link?.backups === undefined || link.cert === '')
    return { stage: { stage: 'preparing-export' }, status: known }
  const urls = new Map(link.backups.map(({ name, endpoints = [] }) => [name, endpoints]))
  const includedVolumes = outcome.volumes.map((volume): BackupVolumeInfo => {
    const find = (wanted: 'data' | 'map'): string | undefined =>
      urls.get(volume.volumeName)?.find(({ endpoint }) => endpoint === wanted)?.url
    const [dataEndpoint, mapEndpoint] = [find('data'), find('map')]
    return {
      ...volume,
      ...(dataEndpoint === undefined ? {} : { dataEndpoint }),
      ...(mapEndpoint === undefined ? {} : { mapEndpoint }),
    }
  })
  return { stage: { stage: 'export-ready' }, status: { ...known, includedVolumes, endpointCert: link.cert } }
}
