/**
 * Fills the volumes of claims that are not to be empty: of a DataVolume, of an upload, of another claim or snapshot. The work itself runs
 * outside of `reconcile`; after a crash it simply starts again, a download where it broke off.
 */

import type { DataVolume } from '@berth/api'
import { controllerOf } from '@berth/meta'
import {
  createController,
  keyOf,
  parseKey,
  persistentVolumeClaims,
  type Controller,
  type PersistentVolumeClaim,
} from '@berth/kube'
import { EngineError } from '../../errors.ts'
import { isStateClaim } from '../../instances/state/state-claim.ts'
import type { EngineServices } from '../../services.ts'
import { keepsFiles } from '../claim-content.ts'
import { volumeNameFor } from '../claim-volume.ts'
import { waitsForConsumer } from './consumer.ts'
import { fillFailure, type Filling, type Fillings } from './fillings.ts'
import { sourceOfClaim, sourceOfDataVolume, type FillSource } from './fill-source.ts'
import { placementOf } from './placement.ts'
import { isFilledFromSource, isUploadTarget, podPhaseAnnotation, podReadyAnnotation } from './upload-target.ts'

const runningCondition = 'cdi.kubevirt.io/storage.condition.running'

export function createFillController(
  services: EngineServices,
  { fillings, claims }: { fillings: Fillings; claims: Pick<Controller, 'enqueue'> },
): Controller {
  const { client, informers, clock, events, uploads } = services

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace, name } = parseKey(key)
    const claim = informers.claims.get(namespace, name)
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) {
      fillings.cancel(key)
      if (claim !== undefined) uploads.forget(volumeNameFor(claim))
      return
    }
    if (!isFilledFromSource(claim) || isStateClaim(claim)) return
    const found = sourceFor(claim)
    if (found === undefined) return
    const { source, failuresBefore } = found
    if (claim.status?.phase === 'Bound') {
      fillings.cancel(key)
      return isUploadTarget(claim) ? followUpload(claim) : undefined
    }
    // What is there already was filled by an engine that died before it could say so.
    if (await services.volumes.exists(volumeNameFor(claim))) return claims.enqueue(key)
    const placement = placementOf(claim, services)
    // The claim controller says what is wrong with its class.
    if (placement === undefined) return
    if (await waitsForConsumer(claim, services)) return
    if (source.kind === 'upload') return prepareUpload(claim)
    const filling = fillings.ensure({ claim, source, failuresBefore, placement })
    if (filling.state === 'done') return claims.enqueue(key)
    await tell(claim, filling)
    if (filling.state === 'retry') return { requeueAfterMs: Math.max(0, filling.retryAt - clock.now().getTime()) }
  }

  /** Undefined while its DataVolume is not in the cache, or is another one of that name. */
  function sourceFor(
    claim: Readonly<PersistentVolumeClaim>,
  ): { source: FillSource; failuresBefore: number } | undefined {
    const owner = controllerOf(claim)
    if (owner?.kind !== 'DataVolume') {
      const source = sourceOfClaim(claim)
      return source === undefined ? undefined : { source, failuresBefore: 0 }
    }
    const { namespace, name = '' } = claim.metadata
    const dataVolume: Readonly<DataVolume> | undefined = informers.dataVolumes.get(namespace, name)
    if (dataVolume?.metadata.uid !== owner.uid || dataVolume.metadata.deletionTimestamp !== undefined) return undefined
    return { source: sourceOfDataVolume(dataVolume), failuresBefore: dataVolume.status?.restartCount ?? 0 }
  }

  function unboundOf(className: string): string[] {
    return informers.claims
      .list()
      .filter(({ spec, status }) => spec.storageClassName === className && status?.phase !== 'Bound')
      .map(keyOf)
  }

  /** A claim with a volume: what was sent is in it, or something may be sent into a blank one. */
  async function followUpload(claim: Readonly<PersistentVolumeClaim>): Promise<void> {
    const { namespace = '', name = '' } = claim.metadata
    if ((await uploads.state({ namespace, name })) !== 'done') return prepareUpload(claim)
    uploads.forget(volumeNameFor(claim))
    await annotate(claim, uploadNotes('Succeeded'))
  }

  async function prepareUpload(claim: Readonly<PersistentVolumeClaim>): Promise<void> {
    await uploads.resume(claim)
    const { error } = uploads.progress(volumeNameFor(claim)) ?? {}
    if (error !== undefined && claim.metadata.annotations?.[`${runningCondition}.message`] !== error) {
      events.record(claim, { type: 'Warning', reason: 'UploadFailed', message: error })
    }
    await annotate(claim, uploadNotes('Running', error))
  }

  /** Claims without a DataVolume say in annotations and events what else its status would say. */
  async function tell(claim: Readonly<PersistentVolumeClaim>, filling: Filling): Promise<void> {
    const failed = filling.state === 'retry' || filling.state === 'refused'
    const message = failed ? fillFailure(filling.error, services) : filling.activity
    const owned = controllerOf(claim)?.kind === 'DataVolume'
    const isFull = failed && filling.error instanceof EngineError && filling.error.code === 'StorageFull'
    // That there is no room is the claim's matter, whoever made it. Equal events are counted, not repeated.
    const isNews = claim.metadata.annotations?.[`${runningCondition}.message`] !== message
    if (failed && (owned ? isFull : isNews)) {
      events.record(claim, { type: 'Warning', reason: 'ProvisioningFailed', message })
    }
    if (owned) return
    await annotate(claim, {
      [runningCondition]: String(filling.state === 'running'),
      [`${runningCondition}.reason`]: failed ? 'Error' : 'Pod is running',
      [`${runningCondition}.message`]: message,
    })
  }

  async function annotate(claim: Readonly<PersistentVolumeClaim>, notes: Record<string, string>): Promise<void> {
    const { namespace = '', name = '', annotations = {} } = claim.metadata
    if (Object.entries(notes).every(([note, value]) => annotations[note] === value)) return
    await client.patch(
      persistentVolumeClaims,
      { namespace, name },
      { type: 'merge', patch: { metadata: { annotations: notes } } },
    )
  }

  const controller = createController({
    name: 'fillings',
    reconcile,
    watches: [
      { informer: informers.claims },
      { informer: informers.dataVolumes },
      // Its class may come late.
      { informer: informers.storageClasses, keys: ({ metadata }) => unboundOf(metadata.name ?? '') },
      // A machine may be the first consumer, or the last user of a claim that is to be cloned.
      { informer: informers.instances, keys: (instance) => services.claimKeysOf(instance) },
    ],
    ...services.runtime,
  })
  fillings.onChange((key) => controller.enqueue(key))
  uploads.attach({
    changed: (key) => {
      controller.enqueue(key)
      claims.enqueue(key)
    },
    placementOf: (claim) => placementOf(claim, services) ?? {},
    usersOf: (claim) => services.usersOfClaim(claim),
    keepsFiles,
  })
  return {
    ...controller,
    async stop() {
      await controller.stop()
      await Promise.all([fillings.stop(), uploads.stop()])
    },
  }
}

/** What CDI's clients poll for: `virtctl image-upload` waits for these words. */
function uploadNotes(phase: 'Running' | 'Succeeded', error?: string): Record<string, string> {
  const ready = phase === 'Running'
  return {
    [podPhaseAnnotation]: phase,
    [podReadyAnnotation]: String(ready),
    [runningCondition]: String(ready && error === undefined),
    [`${runningCondition}.reason`]: error === undefined ? (ready ? 'Pod is running' : 'Completed') : 'Error',
    [`${runningCondition}.message`]: error ?? (ready ? '' : 'Upload Complete'),
  }
}
