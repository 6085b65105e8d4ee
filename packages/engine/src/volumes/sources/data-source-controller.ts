/** DataSources: follows each to what it names, and says whether disks can be made from it. */

import { dataSources, volumeSnapshots, type DataSource, type DataSourceSource } from '@berth/api'
import { deepEqual, getCondition, setCondition, unlessMissing } from '@berth/meta'
import { createController, keyOf, parseKey, type Controller } from '@berth/kube'
import type { EngineServices } from '../../services.ts'
import { imageNamespace } from '../image-publisher.ts'
import { resolveDataSource, type ResolvedSource } from './data-source.ts'

interface Verdict {
  ready: boolean
  reason: string
  message: string
}

const isReady: Verdict = { ready: true, reason: 'Ready', message: 'DataSource is ready to be consumed' }
/** How often a snapshot is looked at that is not ready yet, in milliseconds. */
const snapshotRecheckMs = 5000

export function createDataSourceController(services: EngineServices): Controller {
  const { client, informers, clock } = services

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace, name } = parseKey(key)
    const object = informers.dataSources.get(namespace, name)
    if (object === undefined || object.metadata.deletionTimestamp !== undefined) return
    const end = await resolveDataSource(client, object)
    const verdict = await judge(end)
    const status: NonNullable<DataSource['status']> = {
      source: verdict.ready ? sourceOf(end) : {},
      conditions: conditionsOf(object, verdict),
    }
    if (!deepEqual(status, object.status)) await client.update(dataSources, { ...object, status })
    // Nothing tells of a snapshot of another place in time.
    if (end.kind === 'snapshot' && !verdict.ready) return { requeueAfterMs: snapshotRecheckMs }
  }

  async function judge(end: ResolvedSource): Promise<Verdict> {
    switch (end.kind) {
      case 'wrong':
        return { ready: false, reason: end.reason, message: end.message }
      case 'claim':
        return judgeClaim(end)
      case 'snapshot': {
        const { namespace, name } = end
        const snapshot = await unlessMissing(client.get(volumeSnapshots, { namespace, name }))
        if (snapshot === undefined) return { ready: false, reason: 'NotFound', message: 'Snapshot not found' }
        if (snapshot.status?.readyToUse === true) return isReady
        return { ready: false, reason: 'SnapshotNotReady', message: 'Snapshot phase is not ready' }
      }
      case 'none': {
        // What the engine publishes names an image of this host and no object.
        const image = end.namespace === imageNamespace ? await services.images.find(end.name) : undefined
        return image === undefined ? { ready: false, reason: 'NoSource', message: 'No source PVC set' } : isReady
      }
    }
  }

  function judgeClaim({ namespace, name }: { namespace: string; name: string }): Verdict {
    const dataVolume = informers.dataVolumes.get(namespace, name)
    if (dataVolume !== undefined) {
      const phase = dataVolume.status?.phase ?? ''
      if (phase === 'Succeeded') return isReady
      return { ready: false, reason: phase === '' ? 'Pending' : phase, message: `Import DataVolume phase ${phase}` }
    }
    const claim = informers.claims.get(namespace, name)
    return claim === undefined ? { ready: false, reason: 'NotFound', message: 'PVC not found' } : isReady
  }

  function conditionsOf(
    { status }: Readonly<DataSource>,
    { ready, reason, message }: Verdict,
  ): NonNullable<NonNullable<DataSource['status']>['conditions']> {
    const before = status?.conditions ?? []
    const wanted = { type: 'Ready', status: ready ? ('True' as const) : ('False' as const), reason, message }
    const known = getCondition(before, 'Ready')
    if (known?.status === wanted.status && known.reason === reason && known.message === message) return before
    return [...setCondition(before, wanted, clock.now())]
  }

  /** Keys of the DataSources that name this claim, or the DataVolume of its name, directly or by way of another. */
  function namedBy(namespace: string, name: string): string[] {
    const direct = informers.dataSources.list().filter(({ metadata, spec }) => {
      const { pvc } = spec.source
      return pvc !== undefined && pvc.name === name && (pvc.namespace ?? metadata.namespace) === namespace
    })
    return direct.flatMap((source) => [keyOf(source), ...pointingAt(source)])
  }

  function pointingAt({ metadata }: Readonly<Pick<DataSource, 'metadata'>>): string[] {
    return informers.dataSources
      .list()
      .filter(
        (other) =>
          other.metadata.namespace === metadata.namespace && other.spec.source.dataSource?.name === metadata.name,
      )
      .map(keyOf)
  }

  return createController({
    name: 'data-sources',
    reconcile,
    watches: [
      { informer: informers.dataSources, keys: (object) => [keyOf(object), ...pointingAt(object)] },
      { informer: informers.claims, keys: ({ metadata }) => namedBy(metadata.namespace ?? '', metadata.name ?? '') },
      {
        informer: informers.dataVolumes,
        keys: ({ metadata }) => namedBy(metadata.namespace ?? '', metadata.name ?? ''),
      },
    ],
    ...services.runtime,
  })
}

function sourceOf(end: ResolvedSource): DataSourceSource {
  if (end.kind === 'claim') return { pvc: { namespace: end.namespace, name: end.name } }
  if (end.kind === 'snapshot') return { snapshot: { namespace: end.namespace, name: end.name } }
  return {}
}
