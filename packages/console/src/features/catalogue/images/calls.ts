/** What the page of images asks of a cluster. Each is a task, so that what became of it outlives the page. */

import {
  dataImportCrons,
  dataSources,
  dataVolumes,
  imageBuilds,
  type DataImportCron,
  type DataVolume,
  type ImageBuild,
} from '@berth/api'
import type { KubeObject } from '@berth/meta'
import {
  deletionOfImage,
  isKeptFor,
  newImage,
  retirement,
  standFor,
  type BuildRow,
  type FreshRow,
  type ImageRow,
  type ImageWish,
  type NewImage,
  type ObjectReference,
  type TaskRequests,
} from '@berth/view'
import { BackendError, clusterApi, clusterCalls, runRequest, runRequests } from '../../../backend/index.ts'
import { referencesOf } from '../../storage/dialogs/keep-access.ts'
import { kindOf, referenceTo } from '../../storage/references.ts'

type Named = Pick<ImageRow, 'cluster' | 'namespace' | 'name'>

const kind = ({ group, version, resource }: Omit<ObjectReference, 'cluster' | 'namespace' | 'name'>) => ({
  group,
  version,
  resource,
})
export const imageRef = (row: Named): ObjectReference => referenceTo(kindOf.dataSources, row)
export const buildRef = (row: Named): ObjectReference => referenceTo(kind(imageBuilds), row)
export const freshRef = (row: Named): ObjectReference => referenceTo(kind(dataImportCrons), row)

/**
 * A version, and the name that follows it: at once where it is the first, when it is whole where there are others. All of it is checked
 * before anything is made.
 */
export async function makeImage(
  cluster: string,
  { made, head }: { made: NewImage; head: ImageRow | undefined },
  action: 'make-image' | 'publish-image' = 'make-image',
): Promise<void> {
  const { disk, version } = made
  const api = clusterApi(cluster)
  await api.create<DataVolume>(dataVolumes, disk, { dryRun: true })
  await api.create<KubeObject>(dataSources, version, { dryRun: true })
  if (head === undefined) await api.create<KubeObject>(dataSources, made.head, { dryRun: true })
  const { namespace = '', name = '' } = disk.metadata
  const follows =
    head === undefined
      ? { calls: [clusterCalls.create(dataSources, made.head)], afterwards: [] }
      : { calls: [], afterwards: [clusterCalls.patch(imageRef(head), standFor({ namespace, name }))] }
  await runRequest(
    action,
    {
      target: referenceTo(kindOf.dataVolumes, { cluster, namespace, name }),
      // The names first: a disk that nobody names would be left behind.
      calls: [clusterCalls.create(dataSources, version), ...follows.calls, clusterCalls.create(dataVolumes, disk)],
      afterwards: follows.afterwards,
    },
    'settled',
  )
}

export const makeImageFrom = async (cluster: string, wish: ImageWish, head: ImageRow | undefined): Promise<void> =>
  makeImage(cluster, { made: newImage(wish), head })

export async function setRetired(rows: readonly ImageRow[], retired: boolean): Promise<void> {
  await all({
    action: 'change-image',
    items: rows.map((row) => ({
      target: imageRef(row),
      calls: [clusterCalls.patch(imageRef(row), retirement(retired))],
    })),
  })
}

/** From here on the image's name stands for that version. */
export async function makeNewest(head: ImageRow, version: Pick<ImageRow, 'namespace' | 'name'>): Promise<void> {
  const target = imageRef(head)
  await runRequest('change-image', { target, calls: [clusterCalls.patch(target, standFor(version))] })
}

/** @param rows in their order; names go before the disks behind them @param disks keys of those whose disk goes, too */
export async function deleteImages(rows: readonly ImageRow[], disks: ReadonlySet<string>): Promise<void> {
  await all({
    action: 'delete-image',
    goal: 'gone',
    items: rows.map((row) => {
      const target = imageRef(row)
      const { disk } = row
      const goes = disk !== undefined && disks.has(row.key) && deletionOfImage(row).disk !== 'stays'
      const behind = goes ? [clusterCalls.delete(diskRef(row, disk))] : []
      return { target, calls: [clusterCalls.delete(target), ...behind] }
    }),
  })
}

function diskRef(row: ImageRow, { name, dataVolume }: NonNullable<ImageRow['disk']>): ObjectReference {
  return referenceTo(dataVolume ? kindOf.dataVolumes : kindOf.claims, { ...row, name })
}

export async function startBuild(cluster: string, build: ImageBuild): Promise<void> {
  const { namespace = '', name = '' } = build.metadata
  const target = buildRef({ cluster, namespace, name })
  await runRequest('build-image', { target, calls: [clusterCalls.create(imageBuilds, build)] })
}

export async function cancelBuild(row: BuildRow): Promise<void> {
  const target = buildRef(row)
  await runRequest('cancel-build', { target, calls: [clusterCalls.patch(target, { spec: { cancel: true } })] })
}

export async function deleteBuild(row: BuildRow): Promise<void> {
  const target = buildRef(row)
  await runRequest('delete-build', { target, calls: [clusterCalls.delete(target)] }, 'gone')
}

export async function makeFresh(cluster: string, cron: DataImportCron): Promise<void> {
  const { namespace = '', name = '' } = cron.metadata
  const target = freshRef({ cluster, namespace, name })
  await runRequest('keep-fresh', { target, calls: [clusterCalls.create(dataImportCrons, cron)] })
}

/**
 * A schedule can't be changed once it is there: it is ended, which leaves its images, and made anew when it is gone. What is wanted is
 * checked under another name before.
 */
export async function replaceFresh(row: FreshRow, cron: DataImportCron, before: DataImportCron): Promise<void> {
  const target = freshRef(row)
  const needed = new Set(typedFor(row, cron).map(({ name }) => name))
  const idle = typedFor(row, before).filter(({ name }) => !needed.has(name))
  const trial = { ...cron, metadata: { ...cron.metadata, name: `${row.name.slice(0, 60)}-x` } }
  await clusterApi(row.cluster).create<DataImportCron>(dataImportCrons, trial, { dryRun: true })
  await runRequest(
    'edit-fresh',
    {
      target,
      calls: [clusterCalls.delete(target)],
      afterwards: [
        clusterCalls.create(dataImportCrons, cron),
        ...idle.map((reference) => clusterCalls.delete(reference)),
      ],
    },
    'gone',
  )
}

export async function endFresh(row: FreshRow): Promise<void> {
  const target = freshRef(row)
  const cron = await clusterApi(row.cluster).get<DataImportCron>(target)
  const afterwards = typedFor(row, cron).map((reference) => clusterCalls.delete(reference))
  await runRequest('end-fresh', { target, calls: [clusterCalls.delete(target)], afterwards }, 'gone')
}

/** No owner takes it along: a schedule that is changed is made anew, and needs it again. */
function typedFor(row: FreshRow, { spec }: DataImportCron): ObjectReference[] {
  const { secretRef = '', certConfigMap = '' } = spec.template.spec.source?.registry ?? {}
  return referencesOf(row, { secret: secretRef, certificates: certConfigMap }).filter(({ name }) =>
    isKeptFor(row.name, name),
  )
}

/** Of several a failure is under Tasks, too; the first is told here. */
async function all(requests: TaskRequests): Promise<void> {
  const failed = (await runRequests(requests)).find((answer) => answer instanceof BackendError)
  if (failed instanceof BackendError) throw failed
}
