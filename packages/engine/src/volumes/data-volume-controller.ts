/**
 * DataVolumes: makes the claim, fills its disk from the source, and says how far it is. The work itself runs outside `reconcile`,
 * as a job per DataVolume; after a crash the job simply starts again.
 */

import { messageOf } from '@berth/base'
import { type DataVolume, dataVolumes } from '@berth/api'
import { controllerReferenceTo, deepEqual, isConditionTrue, setCondition } from '@berth/meta'
import {
  createController,
  keyOf,
  parseKey,
  persistentVolumeClaims,
  type Controller,
  type PersistentVolumeClaim,
} from '@berth/kube'
import { EngineError } from '../errors.ts'
import type { EngineServices } from '../services.ts'
import { claimProtection, requestedBytes, volumeNameFor } from './claim-controller.ts'
import { claimSpecFor } from './claim-spec.ts'
import { ImportJobs, type ImportJob } from './import-jobs.ts'

type Status = NonNullable<DataVolume['status']>

/** How often progress is written, in milliseconds: visible to a person, and no load. */
const progressEveryMs = 1000
/** How often a source that is missing is looked for, in milliseconds. */
const sourceRecheckMs = 5000

export function createDataVolumeController(services: EngineServices, claimController: Controller): Controller {
  const { client, informers, clock, events } = services
  const jobs = new ImportJobs(services, (key) => controller.enqueue(key))

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace, name } = parseKey(key)
    const dataVolume = informers.dataVolumes.get(namespace, name)
    if (dataVolume === undefined || dataVolume.metadata.deletionTimestamp !== undefined) return jobs.cancel(key)
    if (dataVolume.status?.phase === 'Succeeded' || dataVolume.status?.phase === 'Failed') return
    let claim: Readonly<PersistentVolumeClaim> | undefined
    try {
      claim = await ensureClaim(dataVolume)
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      await waitFor(dataVolume, error)
      return { requeueAfterMs: sourceRecheckMs }
    }
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return
    if (claim.status?.phase === 'Bound') return succeed(dataVolume, claim)

    const volume = volumeNameFor(claim)
    const job = jobs.get(dataVolume, volume) ?? jobs.start(dataVolume, { volume, sizeBytes: requestedBytes(claim) })
    if (job.state === 'done') {
      claimController.enqueue(key)
      return
    }
    await report(dataVolume, job)
    if (job.state === 'running') return { requeueAfterMs: progressEveryMs }
    if (job.state === 'retry') return { requeueAfterMs: Math.max(0, job.retryAt - clock.now().getTime()) }
  }

  /** The claim of the same name, made when missing; undefined when the name is taken by somebody else's. */
  async function ensureClaim(dataVolume: Readonly<DataVolume>): Promise<Readonly<PersistentVolumeClaim> | undefined> {
    const { namespace, name = '' } = dataVolume.metadata
    const existing = informers.claims.get(namespace, name)
    if (existing === undefined) {
      const spec = await claimSpecFor(dataVolume, services)
      return client.create(persistentVolumeClaims, {
        apiVersion: 'v1',
        kind: 'PersistentVolumeClaim',
        metadata: {
          name,
          ...(namespace === undefined ? {} : { namespace }),
          labels: { ...dataVolume.metadata.labels, app: 'containerized-data-importer' },
          annotations: { 'cdi.kubevirt.io/storage.contentType': dataVolume.spec.contentType ?? 'kubevirt' },
          finalizers: [claimProtection],
          ownerReferences: [controllerReferenceTo(dataVolume)],
        },
        spec,
      })
    }
    const owner = (existing.metadata.ownerReferences ?? []).find((entry) => entry.controller === true)
    if (owner?.uid === dataVolume.metadata.uid) return existing
    await write(dataVolume, {
      phase: 'Pending',
      conditions: conditionsOf(dataVolume, {
        bound: false,
        running: {
          status: 'False',
          reason: 'Error',
          message: `PVC ${keyOf(existing)} exists and belongs to something else`,
        },
      }),
    })
    return undefined
  }

  /** Its source is not there, so that not even the size of the claim is known. */
  async function waitFor(dataVolume: Readonly<DataVolume>, error: EngineError): Promise<void> {
    const message = `${error.message}. ${error.remedy ?? ''}`.trim()
    if (!hasMessage(dataVolume, message)) events.record(dataVolume, { type: 'Warning', reason: 'Error', message })
    await write(dataVolume, {
      phase: 'Pending',
      conditions: conditionsOf(dataVolume, { bound: false, running: { status: 'False', reason: 'Error', message } }),
    })
  }

  async function report(dataVolume: Readonly<DataVolume>, job: ImportJob): Promise<void> {
    const base = { claimName: dataVolume.metadata.name ?? '', restartCount: job.failures, progress: job.progress }
    switch (job.state) {
      case 'waiting':
        return write(dataVolume, {
          ...base,
          phase: 'ImportScheduled',
          conditions: conditionsOf(dataVolume, {
            bound: false,
            running: { status: 'False', reason: 'Pending', message: 'Waiting for another import to end' },
          }),
        })
      case 'running':
        return write(dataVolume, {
          ...base,
          phase: 'ImportInProgress',
          conditions: conditionsOf(dataVolume, {
            bound: false,
            running: { status: 'True', reason: 'Pod is running', message: job.activity },
          }),
        })
      case 'retry':
        if (!hasMessage(dataVolume, messageOf(job.error))) {
          events.record(dataVolume, { type: 'Warning', reason: 'Error', message: messageOf(job.error) })
        }
        return write(dataVolume, {
          ...base,
          phase: 'ImportInProgress',
          conditions: conditionsOf(dataVolume, {
            bound: false,
            running: { status: 'False', reason: 'Error', message: messageOf(job.error) },
          }),
        })
      case 'refused':
        events.record(dataVolume, { type: 'Warning', reason: 'ImportFailed', message: messageOf(job.error) })
        return write(dataVolume, {
          ...base,
          phase: 'Failed',
          conditions: conditionsOf(dataVolume, {
            bound: false,
            running: { status: 'False', reason: 'Error', message: messageOf(job.error) },
          }),
        })
      case 'done':
        return
    }
  }

  async function succeed(dataVolume: Readonly<DataVolume>, claim: Readonly<PersistentVolumeClaim>): Promise<void> {
    jobs.cancel(keyOf(dataVolume))
    await write(dataVolume, {
      claimName: claim.metadata.name ?? '',
      phase: 'Succeeded',
      progress: '100.0%',
      conditions: conditionsOf(dataVolume, {
        bound: true,
        running: { status: 'False', reason: 'Completed', message: 'Import Complete' },
      }),
    })
    events.record(dataVolume, {
      type: 'Normal',
      reason: 'ImportSucceeded',
      message: `Successfully imported into PVC ${claim.metadata.name ?? ''}`,
    })
  }

  async function write(dataVolume: Readonly<DataVolume>, change: Partial<Status>): Promise<void> {
    const status: Status = { ...dataVolume.status, ...change }
    if (deepEqual(status, dataVolume.status)) return
    await client.updateStatus(dataVolumes, { ...dataVolume, status })
  }

  function conditionsOf(
    dataVolume: Readonly<DataVolume>,
    now: { bound: boolean; running: { status: 'True' | 'False'; reason: string; message: string } },
  ): NonNullable<Status['conditions']> {
    const claim = dataVolume.metadata.name ?? ''
    const bound = now.bound
      ? { type: 'Bound', status: 'True' as const, reason: 'Bound', message: `PVC ${claim} Bound` }
      : { type: 'Bound', status: 'False' as const, reason: 'Pending', message: `PVC ${claim} Pending` }
    const wanted = [
      bound,
      { type: 'Ready', status: now.bound ? ('True' as const) : ('False' as const) },
      { type: 'Running', ...now.running },
    ]
    let conditions: NonNullable<Status['conditions']> = dataVolume.status?.conditions ?? []
    for (const condition of wanted)
      conditions = [...setCondition(conditions, condition, clock.now())] as NonNullable<Status['conditions']>
    return conditions
  }

  const controller = createController({
    name: 'data-volumes',
    reconcile,
    watches: [{ informer: informers.dataVolumes }, { informer: informers.claims }],
    ...services.runtime,
  })
  return {
    ...controller,
    async stop() {
      await controller.stop()
      await jobs.stop()
    },
  }
}

function hasMessage(dataVolume: Readonly<DataVolume>, message: string): boolean {
  const conditions = dataVolume.status?.conditions ?? []
  return (
    !isConditionTrue(conditions, 'Running') &&
    conditions.some((entry) => entry.type === 'Running' && entry.message === message)
  )
}
