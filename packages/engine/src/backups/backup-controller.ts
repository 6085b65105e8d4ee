/**
 * VirtualMachineBackups: waits until the machine can be backed up, lets the copying run outside `reconcile`, and writes down how it ended.
 * That a backup has begun is written before its first byte: one that has begun and does not run was ended by the engine's own end.
 */

import {
  backupConditions,
  backupWords as words,
  isBackupOver,
  isFinal,
  quiescedCondition,
  virtualMachineBackups,
  virtualMachineBackupTrackers,
  virtualMachineInstances,
  type BackupFailure,
  type BackupStage,
  type BackupVolumeInfo,
  type InstanceBackupStatus,
  type VirtualMachineBackup,
  type VirtualMachineBackupTracker,
  type VirtualMachineInstance,
} from '@berth/api'
import type { Domain } from '@berth/hypervisor'
import { createController, keyOf, parseKey, type Controller, type PersistentVolumeClaim } from '@berth/kube'
import { deepEqual, formatTime, getCondition, unlessMissing } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { foldersOf, shownError } from '../shown-error.ts'
import { filesFolderOf } from '../volumes/claim-files.ts'
import { checkpointOf, dropFiles, type BackupName } from './backup-files.ts'
import { runBackup } from './backup-run.ts'
import type { BackupOutcome } from './outcome.ts'
import { findExport, removeExport, timeLeft } from './pull/pull-export.ts'
import { runPull } from './pull/pull-run.ts'
import { pullProgress } from './pull/pull-status.ts'
import { Runs } from '../runs.ts'

type Backup = Readonly<VirtualMachineBackup>
type Instance = Readonly<VirtualMachineInstance>
type Status = NonNullable<VirtualMachineBackup['status']>

const finalizer = 'backup.kubevirt.io/vmbackup-protection'
const recheckMs = 2000
/** An export changes soon after it was made, and is not watched. */
const exportRecheckMs = 250

/** What a backup needs, all of it there. */
interface Ready {
  instance: Instance
  domain: Domain
  claim: Readonly<PersistentVolumeClaim>
  tracker: Readonly<VirtualMachineBackupTracker> | undefined
}

export function createBackupController(services: EngineServices): Controller {
  const { client, informers, clock, events } = services
  const runs = new Runs<BackupOutcome>()

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace, name } = parseKey(key)
    const backup = informers.backups.get(namespace, name)
    if (backup === undefined) return
    const uid = backup.metadata.uid ?? ''
    const run = runs.get(uid)
    const deleting = backup.metadata.deletionTimestamp !== undefined
    if (isBackupOver(backup)) {
      runs.forget(uid)
      return deleting ? release(backup) : undefined
    }
    if (run?.state === 'running') {
      if (isPulled(backup)) return followPull(backup, deleting)
      if (!deleting) return
      runs.abort(uid)
      return write(backup, { stage: 'aborting' })
    }
    if (run?.state === 'done') return complete(backup, run.outcome)
    if (run?.state === 'failed') {
      const why = run.aborted
        ? 'backup aborted'
        : `${shownError(run.error, foldersOf(services))}.`.replace(/\.\.$/, '.')
      const { reason, said } = (isPulled(backup) ? machineFailure(backup) : undefined) ?? {
        reason: deleting ? 'DeletedDuringInit' : 'Failed',
        said: why,
      }
      return fail(backup, reason, said)
    }
    if (backup.status?.type !== undefined) {
      const volumes = await builtOn(backup)
      if (volumes !== undefined) return sayComplete(backup, volumes)
      return fail(backup, 'Failed', 'the engine was stopped during the backup; make a new one')
    }
    if (deleting) return fail(backup, 'DeletedDuringInit', 'backup was deleted during initialization')
    const ready = findAll(backup)
    if (typeof ready === 'string') {
      await write(backup, { stage: 'initializing', why: ready })
      return { requeueAfterMs: recheckMs }
    }
    await begin(backup, ready)
  }

  /** @returns all that is needed, or what is missing, in KubeVirt's words */
  function findAll(backup: Backup): Ready | string {
    const { namespace = '' } = backup.metadata
    const tracker = trackerOf(backup)
    if (tracker === 'missing') return words.noTracker(backup.spec.source.name)
    const name = tracker?.spec.source.name ?? backup.spec.source.name
    if (informers.machines.get(namespace, name) === undefined) return words.noMachine(namespace, name)
    const instance = informers.instances.get(namespace, name)
    const domain = services.driver.get(instance?.metadata.uid ?? '')
    if (instance?.status?.phase !== 'Running' || instance.metadata.deletionTimestamp !== undefined)
      return words.notRunning(name)
    if (domain === undefined || domain.status.state === 'stopped') return words.notRunning(name)
    const { state, backupStatus } = instance.status.changedBlockTracking ?? {}
    if (state !== 'Enabled') return words.notTracked(name)
    if (backupStatus?.backupName !== undefined && backupStatus.backupName !== backup.metadata.name)
      return `another backup ${backupStatus.backupName} is already in progress, cannot start backup ${backup.metadata.name ?? ''}`
    const claimName = backup.spec.pvcName ?? ''
    const claim = informers.claims.get(namespace, claimName)
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined)
      return words.noClaim(namespace, claimName)
    if (claim.spec.volumeMode === 'Block') return words.blockClaim(namespace, claimName)
    if (claim.status?.phase !== 'Bound') return `PVC ${namespace}/${claimName} is not bound to a volume yet`
    return { instance, domain, claim, tracker }
  }

  function trackerOf({ metadata, spec }: Backup): Readonly<VirtualMachineBackupTracker> | 'missing' | undefined {
    if (spec.source.kind !== 'VirtualMachineBackupTracker') return undefined
    return informers.backupTrackers.get(metadata.namespace, spec.source.name) ?? 'missing'
  }

  async function begin(backup: Backup, { instance, domain, claim, tracker }: Ready): Promise<void> {
    const finalizers = backup.metadata.finalizers ?? []
    if (!finalizers.includes(finalizer)) {
      // The change brings this backup here again.
      await client.update(virtualMachineBackups, {
        ...backup,
        metadata: { ...backup.metadata, finalizers: [...finalizers, finalizer] },
      })
      return
    }
    const name = { ...nameOf(backup), machine: instance.metadata.name ?? '' }
    const latest = backup.spec.forceFullBackup === true ? undefined : tracker?.status?.latestCheckpoint?.name
    const since = latest === '' ? undefined : latest
    const checkpoint = tracker === undefined ? undefined : checkpointOf(backup.metadata)
    // First, because it may fail when the instance changes at the same time: one whose type is written and that does not run has failed.
    await tellInstance(instance, { backupName: name.backup, startTimestamp: name.startedAt })
    await write(backup, { stage: 'running' }, { type: since === undefined ? 'Full' : 'Incremental' })
    const look = (): void => controller.enqueue(keyOf(backup))
    runs.start(
      backup.metadata.uid ?? '',
      (signal) => {
        const request = {
          name,
          instance,
          domain,
          claim,
          skipQuiesce: backup.spec.skipQuiesce === true,
          ...(since === undefined ? {} : { since }),
          ...(checkpoint === undefined ? {} : { checkpoint }),
          signal,
        }
        return isPulled(backup) ? runPull(services, request, look) : runBackup(services, request)
      },
      look,
    )
  }

  /** Deleting it, and the end of its time, end it as a success: then the client has what it wanted. */
  async function followPull(backup: Backup, deleting: boolean): Promise<void | { requeueAfterMs: number }> {
    const uid = backup.metadata.uid ?? ''
    // It comes here again when that is done, and fails for that reason.
    if (machineFailure(backup) !== undefined) return runs.abort(uid)
    const pull = services.pulls.get(uid)
    const now = clock.now()
    const leftMs = timeLeft(backup, now)
    if (deleting || leftMs === 0) {
      if (pull !== undefined) pull.finish()
      else if (deleting) runs.abort(uid)
      const why = deleting ? words.aborting : words.expired
      if (getCondition(backup.status?.conditions, 'Progressing')?.reason !== 'Aborting')
        events.record(backup, { type: 'Normal', reason: 'VirtualMachineBackupAborting', message: why })
      await write(backup, { stage: 'aborting', why })
      return
    }
    if (pull === undefined) return { requeueAfterMs: leftMs }
    const exported = await findExport(client, backup, leftMs)
    const checkpointName = trackerOf(backup) === undefined ? undefined : checkpointOf(backup.metadata)
    const { stage, status } = pullProgress(backup, { outcome: pull, exported, checkpointName, now })
    await write({ ...backup, status }, stage)
    return { requeueAfterMs: Math.min(leftMs, stage.stage === 'export-ready' ? recheckMs : exportRecheckMs) }
  }

  /** Why a machine is what ended the work on its disks. */
  function machineFailure(backup: Backup): { reason: BackupFailure; said: string } | undefined {
    const tracker = trackerOf(backup)
    if (tracker === 'missing') return undefined
    const name = tracker?.spec.source.name ?? backup.spec.source.name
    const instance = informers.instances.get(backup.metadata.namespace, name)
    if (instance === undefined) return { reason: 'SourceLost', said: words.machineGone }
    const { phase = '' } = instance.status ?? {}
    if (phase === 'Running' && instance.metadata.deletionTimestamp === undefined) return undefined
    return { reason: 'SourceUnhealthy', said: words.machineDown(phase) }
  }

  async function complete(backup: Backup, outcome: BackupOutcome): Promise<void> {
    const { type, volumes, quiesceStatus, warning } = outcome
    const tracker = trackerOf(backup)
    const conditions = quiescedCondition(backup.status?.conditions ?? [], quiesceStatus, clock.now())
    const told = { ...backup, status: { ...backup.status, type, conditions } }
    const checkpoint = checkpointOf(backup.metadata)
    if (tracker !== undefined && tracker !== 'missing' && tracker.status?.latestCheckpoint?.name !== checkpoint) {
      // Before the tracker has it: an engine that finds it there, and this backup not over, knows no more than this. The change
      // brings the backup here again.
      if (!deepEqual(told.status, backup.status)) return void (await client.updateStatus(virtualMachineBackups, told))
      // Before the backup is said to be complete: the next one has to build on this one.
      const creationTime = backup.metadata.creationTimestamp ?? ''
      const latestCheckpoint = { name: checkpoint, creationTime, volumes }
      await client.updateStatus(virtualMachineBackupTrackers, { ...tracker, status: { latestCheckpoint } })
    }
    await sayComplete(told, volumes, warning)
  }

  /**
   * What is in a backup that counts, though nobody said so before the engine ended: the next one holds only what was written after it, so
   * that without its files nothing could be restored. Asked of the server, which knows what was written last.
   * @returns undefined when the tracker does not build on it
   */
  async function builtOn({ metadata, spec }: Backup): Promise<BackupVolumeInfo[] | undefined> {
    if (spec.source.kind !== 'VirtualMachineBackupTracker') return undefined
    const target = { namespace: metadata.namespace ?? '', name: spec.source.name }
    const tracker = await unlessMissing(client.get(virtualMachineBackupTrackers, target))
    const latest = tracker?.status?.latestCheckpoint
    return latest?.name === checkpointOf(metadata) ? (latest.volumes ?? []) : undefined
  }

  async function sayComplete(backup: Backup, volumes: BackupVolumeInfo[], warning?: string): Promise<void> {
    const tracker = trackerOf(backup)
    const isCounted = tracker !== undefined && tracker !== 'missing'
    await clearInstance(backup)
    if (isPulled(backup)) await removeExport(client, backup)
    await write(
      backup,
      { stage: 'complete', ...(warning === undefined ? {} : { warning }) },
      { includedVolumes: volumes, ...(isCounted ? { checkpointName: checkpointOf(backup.metadata) } : {}) },
    )
    events.record(
      backup,
      warning === undefined
        ? { type: 'Normal', reason: 'VirtualMachineBackupCompletedSuccessfully', message: words.completed }
        : { type: 'Warning', reason: 'VirtualMachineBackupCompletedWithWarning', message: words.warning(warning) },
    )
  }

  async function fail(backup: Backup, reason: BackupFailure, why: string): Promise<void> {
    await dropWritten(backup)
    await clearInstance(backup)
    if (isPulled(backup)) await removeExport(client, backup)
    await write(backup, { stage: 'failed', reason, why })
    events.record(backup, { type: 'Warning', reason: 'VirtualMachineBackupFailed', message: why })
  }

  /** What a run left that ended with the engine: maybe all of it, when nobody could say any more that it was whole. */
  async function dropWritten(backup: Backup): Promise<void> {
    if (backup.status?.type === undefined) return
    const claim = informers.claims.get(backup.metadata.namespace, backup.spec.pvcName ?? '')
    if (claim?.spec.volumeName === undefined) return
    await dropFiles(filesFolderOf(services, claim), nameOf(backup))
  }

  async function clearInstance(backup: Backup): Promise<void> {
    const tracker = trackerOf(backup)
    if (tracker === 'missing') return
    const target = {
      namespace: backup.metadata.namespace ?? '',
      name: tracker?.spec.source.name ?? backup.spec.source.name,
    }
    const instance = await unlessMissing(client.get(virtualMachineInstances, target))
    const told = instance?.status?.changedBlockTracking?.backupStatus
    if (instance !== undefined && !isFinal(instance) && told?.backupName === backup.metadata.name)
      await tellInstance(instance, undefined)
  }

  async function tellInstance(instance: Instance, backupStatus: InstanceBackupStatus | undefined): Promise<void> {
    const { backupStatus: _before, ...tracking } = instance.status?.changedBlockTracking ?? { state: 'Enabled' }
    await client.update(virtualMachineInstances, {
      ...instance,
      status: {
        ...instance.status,
        changedBlockTracking: { ...tracking, ...(backupStatus === undefined ? {} : { backupStatus }) },
      },
    })
  }

  async function release(backup: Backup): Promise<void> {
    const finalizers = backup.metadata.finalizers ?? []
    if (!finalizers.includes(finalizer)) return
    await client.update(virtualMachineBackups, {
      ...backup,
      metadata: { ...backup.metadata, finalizers: finalizers.filter((entry) => entry !== finalizer) },
    })
  }

  async function write(backup: Backup, stage: BackupStage, more: Partial<Status> = {}): Promise<void> {
    const conditions = backupConditions(backup.status?.conditions, stage, clock.now())
    const status: Status = { ...backup.status, ...more, conditions }
    if (deepEqual(status, informers.backups.get(backup.metadata.namespace, backup.metadata.name ?? '')?.status)) return
    await client.updateStatus(virtualMachineBackups, { ...backup, status })
  }

  const controller = createController({
    name: 'backups',
    reconcile,
    watches: [
      { informer: informers.backups },
      ...[informers.instances, informers.machines, informers.claims, informers.backupTrackers].map((informer) => ({
        informer,
        keys: backupsWaiting,
      })),
    ],
    ...services.runtime,
  })

  /** The few backups of the namespace that are not over. */
  function backupsWaiting({ metadata }: { metadata: { namespace?: string } }): string[] {
    return informers.backups
      .list()
      .filter((backup) => backup.metadata.namespace === metadata.namespace && !isBackupOver(backup))
      .map(keyOf)
  }

  return {
    ...controller,
    async stop() {
      await controller.stop()
      await runs.stop()
    },
  }
}

function isPulled({ spec }: Backup): boolean {
  return spec.mode === 'Pull'
}

function nameOf({ metadata }: Backup): Omit<BackupName, 'machine'> {
  return {
    backup: metadata.name ?? '',
    uid: metadata.uid ?? '',
    startedAt: metadata.creationTimestamp ?? formatTime(new Date(0)),
  }
}
