/** Disks (claims and the DataVolumes that make them) with who uses them, and as columns. */

import { claimNames, dataVolumes, virtualMachineInstances, virtualMachines, type DataVolume } from '@berth/api'
import type { Client } from '@berth/kube'
import { volumeRow, type ClaimObject, type VolumeRow } from '@berth/view'
import { CliError } from '../failure.ts'
import { formatBytes } from '../images/format-bytes.ts'
import { ageOf } from '../machines/columns.ts'
import type { ObjectColumn } from '../output/print-objects.ts'
import { claims, classes, listIfShown, volumeSnapshots } from './kinds.ts'

export interface FoundDisk {
  /** The claim, or the DataVolume that has none yet. */
  object: ClaimObject | DataVolume
  row: VolumeRow
}

/** By name. */
export async function findDisks(client: Client, where: { namespace?: string }): Promise<FoundDisk[]> {
  const [allClaims, allVolumes, storageClasses, machines, instances, snapshots] = await Promise.all([
    client.list(claims, where),
    listIfShown(client, dataVolumes, where),
    listIfShown(client, classes),
    listIfShown(client, virtualMachines, where),
    listIfShown(client, virtualMachineInstances, where),
    listIfShown(client, volumeSnapshots, where),
  ])
  const key = (namespace: string | undefined, name: string | undefined): string => `${namespace ?? ''}/${name ?? ''}`
  const running = new Set(instances.map(({ metadata }) => key(metadata.namespace, metadata.name)))
  const users = new Map<string, { name: string; running: boolean }[]>()
  const use = (claim: string, name: string, isRunning: boolean): void => {
    const list = users.get(claim) ?? []
    if (!list.some((user) => user.name === name)) list.push({ name, running: isRunning })
    users.set(claim, list)
  }
  for (const { metadata, spec } of machines) {
    const { namespace, name = '' } = metadata
    for (const claim of claimNames(spec.template.spec)) {
      use(key(namespace, claim), name, running.has(key(namespace, name)))
    }
  }
  for (const { metadata, spec } of instances) {
    for (const claim of claimNames(spec)) use(key(metadata.namespace, claim), metadata.name ?? '', true)
  }
  const volumeOf = new Map(allVolumes.map((volume) => [key(volume.metadata.namespace, volume.metadata.name), volume]))
  const claimOf = new Map(allClaims.items.map((claim) => [key(claim.metadata.namespace, claim.metadata.name), claim]))
  return [...new Set([...claimOf.keys(), ...volumeOf.keys()])].toSorted().flatMap((name) => {
    const [claim, dataVolume] = [claimOf.get(name), volumeOf.get(name)]
    const object = claim ?? dataVolume
    const row = volumeRow({
      cluster: '',
      claim,
      dataVolume,
      class: storageClasses.find(({ metadata }) => metadata.name === claim?.spec.storageClassName),
      users: users.get(name) ?? [],
      snapshots: snapshots.filter(
        ({ metadata, spec }) => key(metadata.namespace, spec?.source?.persistentVolumeClaimName) === name,
      ).length,
    })
    return row === undefined || object === undefined ? [] : [{ object, row }]
  })
}

/** @throws {CliError} NotFound */
export async function findDisk(
  client: Client,
  { namespace, name }: { namespace: string; name: string },
): Promise<FoundDisk> {
  const found = (await findDisks(client, { namespace })).find(({ row }) => row.name === name)
  if (found !== undefined) return found
  throw new CliError('NotFound', `there is no disk "${name}" in namespace "${namespace}"`, {
    remedy: 'See what there is with `berth disk list -A`.',
  })
}

export function diskColumns(
  found: readonly FoundDisk[],
  { nowMs, allNamespaces }: { nowMs: number; allNamespaces: boolean },
): ObjectColumn<FoundDisk['object']>[] {
  const rows = new Map(found.map(({ object, row }) => [object, row]))
  const of =
    (tell: (row: VolumeRow) => string | undefined) =>
    (object: FoundDisk['object']): string | undefined => {
      const row = rows.get(object)
      return row === undefined ? undefined : tell(row)
    }
  const namespace: ObjectColumn<FoundDisk['object']>[] = [
    { heading: 'NAMESPACE', value: ({ metadata }) => metadata.namespace },
  ]
  return [
    ...(allNamespaces ? namespace : []),
    { heading: 'NAME', value: ({ metadata }) => metadata.name },
    { heading: 'STATUS', value: of(statusText) },
    { heading: 'SIZE', value: of(({ size }) => (size === undefined ? undefined : formatBytes(size))) },
    { heading: 'USED', value: of(({ used }) => (used === undefined ? undefined : formatBytes(used))) },
    { heading: 'CLASS', value: of((row) => row.class) },
    { heading: 'VM', value: of(({ users }) => users.map(userText).join(', ')) },
    { heading: 'SNAPSHOTS', value: of(({ snapshots }) => String(snapshots)) },
    { heading: 'AGE', value: ({ metadata }) => ageOf(metadata.creationTimestamp, nowMs) },
    { heading: 'ACCESS', wide: true, value: of(({ access }) => access.join(', ')) },
    { heading: 'MODE', wide: true, value: of(({ mode }) => mode) },
    { heading: 'FROM', wide: true, value: of(({ source, sourceName }) => sourceName ?? source) },
    { heading: 'WHY', wide: true, value: of(({ reason }) => reason) },
  ]
}

/** What the APIs call the states of disks, in words. */
const statusWords: Readonly<Record<string, string | undefined>> = {
  Bound: 'Ready',
  WaitForFirstConsumer: 'Waits for its VM',
  PendingPopulation: 'Waits for its VM',
  ImportScheduled: 'Import begins',
  ImportInProgress: 'Importing',
  CloneScheduled: 'Copy begins',
  CloneInProgress: 'Copying',
  CSICloneInProgress: 'Copying',
  SnapshotForSmartCloneInProgress: 'Copying',
  CloneFromSnapshotSourceInProgress: 'Copying',
  UploadScheduled: 'Upload begins',
  UploadReady: 'Ready for an upload',
  ExpansionInProgress: 'Growing',
  PrepClaimInProgress: 'Being prepared',
  RebindInProgress: 'Being prepared',
  NamespaceTransferInProgress: 'Moving',
  Terminating: 'Being deleted',
}

/** What is wrong with disks, a line each: too long for a column. */
export function troubleLines(found: readonly FoundDisk[]): string[] {
  return found.flatMap(({ row }) => (row.reason === undefined ? [] : [`${row.name}: ${row.reason}`]))
}

export function statusWord(phase: string): string {
  return statusWords[phase] ?? phase
}

function statusText({ status, progress, growingTo }: VolumeRow): string {
  const told = statusWord(status)
  if (progress !== undefined) return `${told} ${Math.floor(progress * 100)}%`
  return growingTo === undefined ? told : `${told}, growing to ${formatBytes(growingTo)}`
}

export function userText({ name, running }: { name: string; running: boolean }): string {
  return running ? `${name} (running)` : name
}
