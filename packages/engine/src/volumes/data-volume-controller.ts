/** DataVolumes: makes the claim, and says how far the filling of its volume is (`sources/` does that). */

import { annotations, type DataVolume, dataVolumes, populatedForAnnotation } from '@berth/api'
import { controllerReferenceTo, deepEqual, isConditionTrue, setCondition, StatusError } from '@berth/meta'
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
import { claimProtection, volumeNameFor } from './claim-volume.ts'
import { claimSpecFor } from './claim-spec.ts'
import { waitsForConsumer } from './sources/consumer.ts'
import { fillFailure, type Filling, type Fillings } from './sources/fillings.ts'
import { sourceOfDataVolume, type FillSource } from './sources/fill-source.ts'
import { completeWords, eventOf, failedReason, phaseOf } from './sources/phase.ts'
import { isReadyForUpload, uploadTargetAnnotation } from './sources/upload-target.ts'

type Status = NonNullable<DataVolume['status']>
type Running = { status: 'True' | 'False'; reason: string; message: string }

/** How often progress is written, in milliseconds: visible to a person, and no load. */
const progressEveryMs = 1000
/** How often a source that is missing is looked for, in milliseconds. */
const sourceRecheckMs = 5000

export function createDataVolumeController(services: EngineServices, fillings: Fillings): Controller {
  const { client, informers, clock, events, uploads } = services

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace, name } = parseKey(key)
    const dataVolume = informers.dataVolumes.get(namespace, name)
    if (dataVolume === undefined || dataVolume.metadata.deletionTimestamp !== undefined) return
    if (dataVolume.status?.phase === 'Succeeded' || dataVolume.status?.phase === 'Failed') return
    let claim: Readonly<PersistentVolumeClaim> | undefined
    try {
      claim = await ensureClaim(dataVolume)
    } catch (error) {
      // A quota stands against the claim, for one: a person has to do something about it.
      const isRefused = error instanceof StatusError && (error.code === 'Forbidden' || error.code === 'Invalid')
      if (!(error instanceof EngineError) && !isRefused) throw error
      await waitFor(dataVolume, error)
      return { requeueAfterMs: sourceRecheckMs }
    }
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return
    const source = sourceOfDataVolume(dataVolume)
    if (claim.status?.phase === 'Bound') return succeed(dataVolume, claim, source)
    if (await waitsForConsumer(claim, services)) return waitForConsumer(dataVolume)
    if (source.kind === 'upload') return reportUpload(dataVolume, claim)
    const filling = fillings.get(claim)
    await report(dataVolume, source, filling)
    if (filling?.state === 'running') return { requeueAfterMs: progressEveryMs }
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
          annotations: claimAnnotations(dataVolume),
          finalizers: [claimProtection],
          ownerReferences: [controllerReferenceTo(dataVolume)],
        },
        spec,
      })
    }
    const owner = (existing.metadata.ownerReferences ?? []).find((entry) => entry.controller === true)
    if (owner?.uid === dataVolume.metadata.uid) return existing
    // Filled for this DataVolume by a restore, and whole: it is taken as it is.
    const isForIt = owner === undefined && existing.metadata.annotations?.[populatedForAnnotation] === name
    if (isForIt && existing.status?.phase === 'Bound') {
      const metadata = { ...existing.metadata, ownerReferences: [controllerReferenceTo(dataVolume)] }
      return client.update(persistentVolumeClaims, { ...existing, metadata })
    }
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

  /** Its source is not there, so that not even the size of the claim is known; or the claim is refused. */
  async function waitFor(dataVolume: Readonly<DataVolume>, error: EngineError | StatusError): Promise<void> {
    const remedy = error instanceof EngineError ? error.remedy : undefined
    const message = `${error.message}. ${remedy ?? ''}`.trim()
    if (!hasMessage(dataVolume, message)) events.record(dataVolume, { type: 'Warning', reason: 'Error', message })
    await write(dataVolume, {
      phase: 'Pending',
      conditions: conditionsOf(dataVolume, { bound: false, running: { status: 'False', reason: 'Error', message } }),
    })
  }

  async function waitForConsumer(dataVolume: Readonly<DataVolume>): Promise<void> {
    const message = 'Waiting for a machine that uses the disk, as its storage class wants it'
    await write(dataVolume, {
      claimName: dataVolume.metadata.name ?? '',
      phase: 'PendingPopulation',
      progress: 'N/A',
      conditions: conditionsOf(dataVolume, { bound: false, running: { status: 'False', reason: 'Pending', message } }),
    })
  }

  async function reportUpload(
    dataVolume: Readonly<DataVolume>,
    claim: Readonly<PersistentVolumeClaim>,
  ): Promise<void | { requeueAfterMs: number }> {
    const now = uploads.progress(volumeNameFor(claim))
    const ready = isReadyForUpload(claim)
    const failed = now?.error !== undefined
    await move(
      dataVolume,
      { kind: 'upload' },
      {
        phase: ready ? 'UploadReady' : 'UploadScheduled',
        progress: now?.progress ?? 'N/A',
        restartCount: now?.failures ?? dataVolume.status?.restartCount ?? 0,
        running: {
          status: ready && !failed ? 'True' : 'False',
          reason: failed ? 'Error' : ready ? 'Pod is running' : 'Pending',
          message: now?.error ?? '',
        },
      },
    )
    if (now !== undefined && now.progress !== 'N/A') return { requeueAfterMs: progressEveryMs }
  }

  async function report(
    dataVolume: Readonly<DataVolume>,
    source: FillSource,
    filling: Filling | undefined,
  ): Promise<void> {
    // Between the claim and the first look at it, or after the work and before the claim is bound.
    if (filling === undefined || filling.state === 'done') return
    const { progress, failures: restartCount, state, copying } = filling
    const phase = phaseOf(source.kind, state, copying)
    const base = { phase, progress, restartCount }
    switch (filling.state) {
      case 'waiting':
        return move(dataVolume, source, {
          ...base,
          running: { status: 'False', reason: 'Pending', message: 'Waiting for another import to end' },
        })
      case 'running':
        return move(dataVolume, source, {
          ...base,
          running: { status: 'True', reason: 'Pod is running', message: filling.activity },
        })
      case 'retry':
      case 'refused': {
        const message = fillFailure(filling.error, services)
        if (filling.state === 'refused') {
          events.record(dataVolume, { type: 'Warning', reason: failedReason(source.kind), message })
        } else if (!hasMessage(dataVolume, message)) {
          events.record(dataVolume, { type: 'Warning', reason: 'Error', message })
        }
        return move(dataVolume, source, { ...base, running: { status: 'False', reason: 'Error', message } })
      }
    }
  }

  async function succeed(
    dataVolume: Readonly<DataVolume>,
    claim: Readonly<PersistentVolumeClaim>,
    source: FillSource,
  ): Promise<void> {
    await write(dataVolume, {
      claimName: claim.metadata.name ?? '',
      phase: 'Succeeded',
      progress: '100.0%',
      conditions: conditionsOf(dataVolume, {
        bound: true,
        running: { status: 'False', reason: 'Completed', message: completeWords(source.kind) },
      }),
    })
    tell(dataVolume, 'Succeeded', source)
  }

  async function move(
    dataVolume: Readonly<DataVolume>,
    source: FillSource,
    {
      phase,
      progress,
      restartCount,
      running,
    }: { phase: NonNullable<Status['phase']>; progress: string; restartCount: number; running: Running },
  ): Promise<void> {
    const claimName = dataVolume.metadata.name ?? ''
    const conditions = conditionsOf(dataVolume, { bound: false, running })
    await write(dataVolume, { claimName, phase, progress, restartCount, conditions })
    if (dataVolume.status?.phase !== phase) tell(dataVolume, phase, source)
  }

  function tell(dataVolume: Readonly<DataVolume>, phase: NonNullable<Status['phase']>, source: FillSource): void {
    const { namespace = '', name = '' } = dataVolume.metadata
    const from = 'namespace' in source ? `${source.namespace}/${source.name}` : ''
    const told = eventOf(phase, { kind: source.kind, claim: { namespace, name }, source: from })
    if (told !== undefined) events.record(dataVolume, { type: 'Normal', ...told })
  }

  async function write(dataVolume: Readonly<DataVolume>, change: Partial<Status>): Promise<void> {
    const status: Status = { ...dataVolume.status, ...change }
    if (deepEqual(status, dataVolume.status)) return
    await client.updateStatus(dataVolumes, { ...dataVolume, status })
  }

  function conditionsOf(
    dataVolume: Readonly<DataVolume>,
    now: { bound: boolean; running: Running },
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
    watches: [
      { informer: informers.dataVolumes },
      { informer: informers.claims },
      { informer: informers.instances, keys: (instance) => services.claimKeysOf(instance) },
    ],
    ...services.runtime,
  })
  fillings.onChange((key) => controller.enqueue(key))
  return controller
}

/** What is said of the source on the claim, for those who look there. */
function claimAnnotations({ metadata, spec }: Readonly<DataVolume>): Record<string, string> {
  const bind = metadata.annotations?.[annotations.cdiBindImmediate]
  return {
    [annotations.cdiContentType]: spec.contentType ?? 'kubevirt',
    ...(spec.source?.upload === undefined ? {} : { [uploadTargetAnnotation]: '' }),
    ...(bind === undefined ? {} : { [annotations.cdiBindImmediate]: bind }),
  }
}

function hasMessage(dataVolume: Readonly<DataVolume>, message: string): boolean {
  const conditions = dataVolume.status?.conditions ?? []
  return (
    !isConditionTrue(conditions, 'Running') &&
    conditions.some((entry) => entry.type === 'Running' && entry.message === message)
  )
}
