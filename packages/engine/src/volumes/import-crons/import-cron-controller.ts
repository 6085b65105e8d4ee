/**
 * DataImportCrons: look at their source by schedule, import each new state of it into a disk of its own, point their DataSource at the
 * newest that is whole, and remove old ones.
 */

import { nextTime, parseSchedule } from '@berth/base'
import { dataImportCrons, dataSources, dataVolumes, type DataImportCron, type DataVolume } from '@berth/api'
import { deepEqual, getCondition, setCondition, StatusError, unlessMissing } from '@berth/meta'
import { createController, keyFor, parseKey, type Controller } from '@berth/kube'
import type { EngineServices } from '../../services.ts'
import { fillFailure } from '../sources/fillings.ts'
import {
  cronLabel,
  digestAnnotation,
  importName,
  importOf,
  lastUseAnnotation,
  managedSource,
  nextCronAnnotation,
} from './cron-objects.ts'
import { sourceDigest } from './source-digest.ts'

type Status = NonNullable<DataImportCron['status']>

const defaultToKeep = 3
/** After a look at the source that failed, in milliseconds. */
const retryMs = 60_000

export function createImportCronController(services: EngineServices): Controller {
  const { client, informers, clock, events } = services
  const crons = informers.dataImportCrons

  async function reconcile(key: string): Promise<void | { requeueAfterMs: number }> {
    const { namespace, name } = parseKey(key)
    const stored = crons.get(namespace, name)
    if (stored === undefined || stored.metadata.deletionTimestamp !== undefined) return
    if (!(await takeSource(stored))) return
    const now = clock.now()
    let cron = await follow(stored, now)
    let waitMs = untilNext(cron, now)
    if (waitMs !== undefined && waitMs <= 0) {
      const looked = await look(cron, now)
      cron = looked.cron
      waitMs = looked.waitMs
    }
    cron = await begin(cron, now)
    if (!deepEqual(cron, stored)) await client.update(dataImportCrons, cron)
    if (waitMs !== undefined) return { requeueAfterMs: waitMs }
  }

  /** @returns false when the DataSource belongs to another cron that is there */
  async function takeSource(cron: Readonly<DataImportCron>): Promise<boolean> {
    const { namespace = '' } = cron.metadata
    const name = cron.spec.managedDataSource
    const source = await unlessMissing(client.get(dataSources, { namespace, name }))
    if (source === undefined) {
      await client.create(dataSources, managedSource(cron)).catch((error: unknown) => {
        if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
      })
      return true
    }
    const owner = source.metadata.labels?.[cronLabel] ?? ''
    if (owner === '' || owner === cron.metadata.name) return true
    if (crons.get(namespace, owner) === undefined) return true
    events.record(cron, {
      type: 'Warning',
      reason: 'ErrDataSourceAlreadyManaged',
      message: `DataSource ${name} is already managed by DataImportCron ${owner}`,
    })
    return false
  }

  /** What became of the import that is under way. */
  async function follow(cron: Readonly<DataImportCron>, now: Date): Promise<DataImportCron> {
    const [current] = cron.status?.currentImports ?? []
    if (current === undefined) return withCondition(cron, 'Progressing', ['False', 'NoImport', 'No current import'])
    const disk = informers.dataVolumes.get(cron.metadata.namespace, current.dataVolumeName)
    const phase = disk?.status?.phase ?? ''
    if (disk === undefined) {
      // Somebody removed it: it is made again, unless the DataSource had it and the person wants it gone with the next digest.
      return withStatus(withCondition(cron, 'Progressing', ['False', 'NoImport', 'No current import']), {
        currentImports: [],
      })
    }
    if (phase === 'ImportScheduled')
      return withCondition(cron, 'Progressing', ['False', 'ImportScheduled', 'Import is scheduled'])
    if (phase === 'ImportInProgress')
      return withCondition(cron, 'Progressing', ['True', 'ImportProgressing', 'Import is progressing'])
    if (phase !== 'Succeeded')
      return withCondition(cron, 'Progressing', [
        'False',
        phase === '' ? 'Pending' : phase,
        `Import DataVolume phase ${phase}`,
      ])
    return imported(cron, { disk, now })
  }

  async function imported(
    cron: Readonly<DataImportCron>,
    { disk, now }: { disk: Readonly<DataVolume>; now: Date },
  ): Promise<DataImportCron> {
    const { namespace = '', name = '' } = disk.metadata
    await point(cron, { namespace, name })
    await collect(cron, name)
    const known = cron.status?.lastImportedPVC
    const isNew = known?.name !== name || known.namespace !== namespace
    const done = withStatus(cron, {
      sourceFormat: 'pvc',
      ...(isNew ? { lastImportedPVC: { namespace, name }, lastImportTimestamp: seconds(now) } : {}),
    })
    const idle = withCondition(done, 'Progressing', ['False', 'NoImport', 'No current import'])
    return withCondition(idle, 'UpToDate', ['True', 'UpToDate', 'Latest import is up to date'])
  }

  /** New disks are made from this one from here on. A DataSource that is not this cron's is left alone. */
  async function point(cron: Readonly<DataImportCron>, pvc: { namespace: string; name: string }): Promise<void> {
    const { namespace = '' } = cron.metadata
    const source = await client.get(dataSources, { namespace, name: cron.spec.managedDataSource })
    if (source.metadata.labels?.[cronLabel] !== cron.metadata.name) return
    if (deepEqual(source.spec.source, { pvc })) return
    await client.update(dataSources, { ...source, spec: { source: { pvc } } })
  }

  /** The longest unused go; never the one that is pointed at. */
  async function collect(cron: Readonly<DataImportCron>, newest: string): Promise<void> {
    if ((cron.spec.garbageCollect ?? 'Outdated') !== 'Outdated') return
    const { namespace = '', name = '' } = cron.metadata
    const keep = Math.max(1, cron.spec.importsToKeep ?? defaultToKeep)
    const usedAt = ({ metadata }: Readonly<DataVolume>): string =>
      metadata.annotations?.[lastUseAnnotation] ?? metadata.creationTimestamp ?? ''
    const others = informers.dataVolumes
      .list()
      .filter(({ metadata }) => metadata.namespace === namespace && metadata.labels?.[cronLabel] === name)
      .filter(({ metadata }) => metadata.name !== newest && metadata.deletionTimestamp === undefined)
      .toSorted((a, b) => (usedAt(a) < usedAt(b) ? 1 : -1))
    for (const { metadata } of others.slice(keep - 1)) {
      await unlessMissing(client.delete(dataVolumes, { namespace, name: metadata.name ?? '' }))
    }
  }

  /** Milliseconds until the source is to be looked at; undefined for never. */
  function untilNext(cron: Readonly<DataImportCron>, now: Date): number | undefined {
    if (cron.spec.schedule === '') return undefined
    const next = cron.metadata.annotations?.[nextCronAnnotation]
    if (next === undefined || cron.metadata.annotations?.[digestAnnotation] === undefined) return 0
    const at = Date.parse(next)
    return Number.isNaN(at) ? 0 : at - now.getTime()
  }

  async function look(
    cron: Readonly<DataImportCron>,
    now: Date,
  ): Promise<{ cron: DataImportCron; waitMs: number | undefined }> {
    const next = nextTime(parseSchedule(cron.spec.schedule), now)
    try {
      const digest = await sourceDigest(cron, services)
      const notes = {
        [digestAnnotation]: digest,
        ...(next === undefined ? {} : { [nextCronAnnotation]: next.toISOString() }),
      }
      const looked = withStatus(withAnnotations(cron, notes), { lastExecutionTimestamp: seconds(now) })
      return { cron: looked, waitMs: next === undefined ? undefined : next.getTime() - now.getTime() }
    } catch (error) {
      events.record(cron, { type: 'Warning', reason: 'PollFailed', message: fillFailure(error, services) })
      return {
        cron: withCondition(cron, 'UpToDate', ['False', 'NoDigest', fillFailure(error, services)]),
        waitMs: retryMs,
      }
    }
  }

  /** Imports what the source is now, once the import before it is over. */
  async function begin(cron: Readonly<DataImportCron>, now: Date): Promise<DataImportCron> {
    const digest = cron.metadata.annotations?.[digestAnnotation]
    const [current] = cron.status?.currentImports ?? []
    if (digest === undefined) {
      const known = getCondition(cron.status?.conditions, 'UpToDate') !== undefined
      return known ? cron : withCondition(cron, 'UpToDate', ['False', 'NoDigest', 'No source digest'])
    }
    if (current?.digest === digest) {
      const done = cron.status?.lastImportedPVC?.name === current.dataVolumeName
      return done ? cron : withCondition(cron, 'UpToDate', ['False', 'ImportProgressing', 'Import is progressing'])
    }
    const outdated = withCondition(cron, 'UpToDate', ['False', 'Outdated', 'Source digest updated since last import'])
    if (current !== undefined && !(await isOver(cron, current.dataVolumeName))) return outdated
    const dataVolumeName = importName(cron, digest)
    const { namespace = '' } = cron.metadata
    const known = await unlessMissing(client.get(dataVolumes, { namespace, name: dataVolumeName }))
    if (known === undefined) {
      await client.create(dataVolumes, importOf(cron, digest, now)).catch((error: unknown) => {
        if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
      })
    } else {
      // The source went back to what it was: the disk of that time is used again.
      const patch = { metadata: { annotations: { [lastUseAnnotation]: now.toISOString() } } }
      await client.patch(dataVolumes, { namespace, name: dataVolumeName }, { type: 'merge', patch })
    }
    return withStatus(outdated, { currentImports: [{ dataVolumeName, digest }] })
  }

  /** One that fails makes room for the next; what succeeded stays. */
  async function isOver(cron: Readonly<DataImportCron>, name: string): Promise<boolean> {
    const { namespace = '' } = cron.metadata
    const disk = informers.dataVolumes.get(namespace, name)
    if (disk === undefined || disk.status?.phase === 'Succeeded') return true
    const running = getCondition(disk.status?.conditions, 'Running')
    if (running?.status !== 'False' || running.reason !== 'Error') return false
    await unlessMissing(client.delete(dataVolumes, { namespace, name }))
    return true
  }

  function withCondition(
    cron: Readonly<DataImportCron>,
    type: 'Progressing' | 'UpToDate',
    [status, reason, message]: ['True' | 'False', string, string],
  ): DataImportCron {
    const before = cron.status?.conditions ?? []
    const known = getCondition(before, type)
    if (known?.status === status && known.reason === reason && known.message === message) return cron
    return withStatus(cron, { conditions: [...setCondition(before, { type, status, reason, message }, clock.now())] })
  }

  return createController({
    name: 'data-import-crons',
    reconcile,
    watches: [
      { informer: crons },
      {
        informer: informers.dataVolumes,
        keys: ({ metadata }) => {
          const cron = metadata.labels?.[cronLabel] ?? ''
          return cron === '' ? [] : [keyFor(metadata.namespace, cron)]
        },
      },
    ],
    ...services.runtime,
  })
}

function withStatus(cron: Readonly<DataImportCron>, change: Partial<Status>): DataImportCron {
  return { ...cron, status: { ...cron.status, ...change } }
}

function withAnnotations(cron: Readonly<DataImportCron>, notes: Record<string, string>): DataImportCron {
  return { ...cron, metadata: { ...cron.metadata, annotations: { ...cron.metadata.annotations, ...notes } } }
}

/** metav1.Time knows no fractions. */
function seconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`
}
