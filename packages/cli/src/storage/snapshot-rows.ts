/** Snapshots with what belongs to them, and as columns. */

import type { Client } from '@berth/kube'
import { snapshotRow, type MachineSnapshotObject, type SnapshotRow } from '@berth/view'
import { formatBytes } from '../images/format-bytes.ts'
import { ageOf } from '../machines/columns.ts'
import type { ObjectColumn } from '../output/print-objects.ts'
import { listIfShown, restores, snapshotContents, snapshots, volumeSnapshots } from './kinds.ts'

export interface FoundSnapshot {
  object: MachineSnapshotObject
  row: SnapshotRow
}

/** Newest first. @param where.machine only its snapshots */
export async function findSnapshots(
  client: Client,
  where: { namespace?: string; machine?: string },
): Promise<FoundSnapshot[]> {
  const place = where.namespace === undefined ? {} : { namespace: where.namespace }
  const [found, contents, volumes, restored] = await Promise.all([
    client.list(snapshots, place),
    listIfShown(client, snapshotContents, place),
    listIfShown(client, volumeSnapshots, place),
    listIfShown(client, restores, place),
  ])
  const key = (namespace: string | undefined, name: string | undefined): string => `${namespace ?? ''}/${name ?? ''}`
  const contentOf = new Map(
    contents.map((content) => [key(content.metadata.namespace, content.spec?.virtualMachineSnapshotName), content]),
  )
  const volumeOf = new Map(volumes.map((volume) => [key(volume.metadata.namespace, volume.metadata.name), volume]))
  return found.items
    .filter(({ spec }) => where.machine === undefined || spec?.source?.name === where.machine)
    .map((object) => {
      const { namespace, name } = object.metadata
      const content = contentOf.get(key(namespace, name))
      const row = snapshotRow({
        cluster: '',
        snapshot: object,
        content,
        volumes: (content?.spec?.volumeBackups ?? []).flatMap(
          ({ volumeSnapshotName }) => volumeOf.get(key(namespace, volumeSnapshotName)) ?? [],
        ),
        restores: restored.filter(
          ({ metadata, spec }) => metadata.namespace === namespace && spec?.virtualMachineSnapshotName === name,
        ),
        machineThere: true,
      })
      return { object, row }
    })
    .toSorted((a, b) => b.row.created - a.row.created || (a.row.name < b.row.name ? 1 : -1))
}

/** How far one may trust what is in it, in words. */
export function consistency({ indications, ready }: Pick<SnapshotRow, 'indications' | 'ready'>): string {
  if (!ready) return ''
  const told = new Set(indications)
  const partial = told.has('PartialSnapshot') ? ', some disks left out' : ''
  if (told.has('QuiesceTimeout')) return `as after a power cut: the guest did not hold still${partial}`
  if (told.has('GuestAgent')) return `guest held still${partial}`
  if (told.has('Paused')) return `VM was paused${partial}`
  if (told.has('Online')) return `as after a power cut: no guest agent${partial}`
  return `VM was off${partial}`
}

const statusWords: Readonly<Record<string, string>> = { Succeeded: 'Ready', InProgress: 'Being taken' }

export function statusText({ status, ready }: Pick<SnapshotRow, 'status' | 'ready'>): string {
  if (status === 'Succeeded' && !ready) return 'Not ready yet'
  return statusWords[status] ?? status
}

export function snapshotColumns(
  found: readonly FoundSnapshot[],
  { nowMs, allNamespaces }: { nowMs: number; allNamespaces: boolean },
): ObjectColumn<MachineSnapshotObject>[] {
  const rows = new Map(found.map(({ object, row }) => [object, row]))
  const of =
    (tell: (row: SnapshotRow) => string | undefined) =>
    (object: MachineSnapshotObject): string | undefined => {
      const row = rows.get(object)
      return row === undefined ? undefined : tell(row)
    }
  const namespace: ObjectColumn<MachineSnapshotObject>[] = [
    { heading: 'NAMESPACE', value: ({ metadata }) => metadata.namespace },
  ]
  return [
    ...(allNamespaces ? namespace : []),
    { heading: 'NAME', value: ({ metadata }) => metadata.name },
    { heading: 'VM', value: of(({ machine }) => machine) },
    { heading: 'STATUS', value: of(statusText) },
    { heading: 'AGE', value: of(({ created }) => ageOf(new Date(created).toISOString(), nowMs)) },
    { heading: 'SIZE', value: of(({ size }) => (size === undefined ? undefined : formatBytes(size))) },
    { heading: 'POLICY', value: of(({ policy }) => policy) },
    { heading: 'CONSISTENCY', wide: true, value: of(consistency) },
    { heading: 'NOTE', wide: true, value: of(({ note }) => note) },
    { heading: 'WHY', wide: true, value: of(({ reason }) => reason) },
  ]
}
