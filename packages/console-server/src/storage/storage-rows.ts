/** Rows of one storage table of one cluster, as one person may see them: made anew from what their views hold, when somebody looks. */

import { claimNames, isFinal, ownDataVolumeNames, type DataVolume } from '@berth/api'
import { messageOf, type Logger } from '@berth/base'
import { keyFor, keyOf } from '@berth/kube'
import type { KubeObject, Resource } from '@berth/meta'
import {
  classRow,
  policyRow,
  snapshotRow,
  volumeRow,
  type ClaimObject,
  type SourceState,
  type StorageRow,
  type StorageTable,
  type VolumeUser,
} from '@berth/view'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { Variant, View, Watches } from '../watches/contract.ts'
import { kindsOfTable, policyOf, storageKinds, type StorageKindName } from './storage-kinds.ts'

/** The objects of a kind. */
type ObjectOf<Name extends StorageKindName> =
  (typeof storageKinds)[Name]['resource'] extends Resource<infer T> ? T : never

export interface StorageSource {
  rows(): StorageRow[]
  /** How each kind does, for this person. */
  sources(): SourceState[]
  close(): void
}

export interface StoragePlace {
  cluster: Cluster
  identity: Identity
}

export function followStorage(
  watches: Watches,
  { cluster, identity }: StoragePlace,
  { table, onChange, logger }: { table: StorageTable; onChange: () => void; logger: Logger },
): StorageSource {
  const views = new Map<StorageKindName, View<KubeObject>>()
  for (const name of kindsOfTable[table]) {
    // Each kind with its own variant; together they are only seen as objects.
    const { resource, variant } = storageKinds[name] as { resource: Resource<KubeObject>; variant: Variant<KubeObject> }
    views.set(name, watches.follow({ cluster, identity, resource, variant, onChange, onState: onChange }))
  }
  function list<Name extends StorageKindName>(name: Name): readonly Readonly<ObjectOf<Name>>[] {
    // The view of that name was made from that kind.
    return (views.get(name)?.list() ?? []) as unknown as readonly Readonly<ObjectOf<Name>>[]
  }
  const makers: Record<StorageTable, () => StorageRow[]> = {
    volumes: () => volumes(cluster.id, list),
    snapshots: () => snapshots(cluster.id, list, views.get('machines')?.state.state === 'live'),
    classes: () => classes(cluster.id, list),
    policies: () => policies(cluster.id, list),
  }
  return {
    rows() {
      try {
        return makers[table]()
      } catch (error) {
        // One object that is not what its kind should be must not take the channel away.
        logger.warn({ cluster: cluster.id, table, error: messageOf(error) }, 'objects of storage make no rows')
        return []
      }
    },
    sources: () =>
      [...views].map(([name, view]) => ({
        cluster: cluster.id,
        resource: storageKinds[name].resource.resource,
        ...view.state,
      })),
    close() {
      for (const view of views.values()) view.stop()
    },
  }
}

type List = <Name extends StorageKindName>(name: Name) => readonly Readonly<ObjectOf<Name>>[]

function volumes(cluster: string, list: List): StorageRow[] {
  const claims = new Map<string, ClaimObject>(list('claims').map((claim) => [keyOf(claim), claim]))
  const fills = new Map<string, DataVolume>(list('dataVolumes').map((volume) => [keyOf(volume), volume]))
  const byClass = new Map(list('classes').map((each) => [each.metadata.name ?? '', each]))
  const users = usersOfClaims(list)
  const counts = countBy(list('volumeSnapshots'), ({ metadata, spec }) => {
    const name = spec?.source?.persistentVolumeClaimName
    return name === undefined ? undefined : keyFor(metadata.namespace, name)
  })
  return [...new Set([...claims.keys(), ...fills.keys()])].flatMap((key) => {
    const claim = claims.get(key)
    const dataVolume = fills.get(key)
    const name =
      claim?.spec.storageClassName ?? (dataVolume?.spec.storage ?? dataVolume?.spec.pvc)?.storageClassName ?? ''
    const row = volumeRow({
      cluster,
      claim,
      dataVolume,
      class: byClass.get(name),
      users: users.get(key) ?? [],
      snapshots: counts.get(key) ?? 0,
    })
    return row ?? []
  })
}

/** By `namespace/claim`. */
function usersOfClaims(list: List): Map<string, VolumeUser[]> {
  const users = new Map<string, Map<string, boolean>>()
  const add = (namespace: string | undefined, claim: string, name: string, running: boolean): void => {
    const key = keyFor(namespace, claim)
    const known = users.get(key) ?? new Map<string, boolean>()
    known.set(name, running || known.get(name) === true)
    users.set(key, known)
  }
  for (const { metadata, spec } of list('machines')) {
    const names = [
      ...claimNames(spec.template.spec),
      ...ownDataVolumeNames({ apiVersion: '', kind: '', metadata, spec }),
    ]
    for (const claim of names) add(metadata.namespace, claim, metadata.name ?? '', false)
  }
  for (const instance of list('instances')) {
    if (isFinal(instance)) continue
    const { metadata, spec } = instance
    for (const claim of claimNames(spec)) add(metadata.namespace, claim, metadata.name ?? '', true)
  }
  return new Map([...users].map(([key, of]) => [key, [...of].map(([name, running]) => ({ name, running }))]))
}

function snapshots(cluster: string, list: List, seesMachines: boolean): StorageRow[] {
  const contents = new Map(
    list('contents').map((content) => [
      keyFor(content.metadata.namespace, content.spec?.virtualMachineSnapshotName ?? ''),
      content,
    ]),
  )
  const volumeSnapshots = new Map(list('volumeSnapshots').map((each) => [keyOf(each), each]))
  const machines = new Set(list('machines').map(keyOf))
  const restores = Map.groupBy(list('restores'), ({ metadata, spec }) =>
    keyFor(metadata.namespace, spec?.virtualMachineSnapshotName ?? ''),
  )
  return list('machineSnapshots').map((snapshot) => {
    const { namespace } = snapshot.metadata
    const content = contents.get(keyOf(snapshot))
    const volumesOf = (content?.spec?.volumeBackups ?? []).flatMap(
      ({ volumeSnapshotName }) => volumeSnapshots.get(keyFor(namespace, volumeSnapshotName ?? '')) ?? [],
    )
    const machine = keyFor(namespace, snapshot.spec?.source?.name ?? '')
    return snapshotRow({
      cluster,
      snapshot,
      content,
      volumes: volumesOf,
      restores: restores.get(keyOf(snapshot)) ?? [],
      machineThere: !seesMachines || machines.has(machine),
    })
  })
}

function classes(cluster: string, list: List): StorageRow[] {
  const capacities = Map.groupBy(list('capacities'), ({ storageClassName = '' }) => storageClassName)
  const profiles = new Map(list('profiles').map((profile) => [profile.metadata.name ?? '', profile]))
  const claims = Map.groupBy(list('claims'), ({ spec }) => spec.storageClassName ?? '')
  return list('classes').map((each) => {
    const { name = '' } = each.metadata
    return classRow({
      cluster,
      class: each,
      profile: profiles.get(name),
      capacities: capacities.get(name) ?? [],
      claims: claims.get(name) ?? [],
    })
  })
}

function policies(cluster: string, list: List): StorageRow[] {
  const machines = Map.groupBy(list('machines'), ({ metadata }) => metadata.namespace ?? '')
  const counts = countBy(list('machineSnapshots'), (snapshot) => {
    const policy = policyOf(snapshot)
    return policy === undefined ? undefined : keyFor(snapshot.metadata.namespace, policy)
  })
  return list('policies').map((policy) =>
    policyRow({
      cluster,
      policy,
      machines: (machines.get(policy.metadata.namespace ?? '') ?? []).map(({ metadata }) => ({
        name: metadata.name ?? '',
        labels: metadata.labels ?? {},
      })),
      snapshots: counts.get(keyOf(policy)) ?? 0,
    }),
  )
}

function countBy<T>(items: readonly T[], keyOfItem: (item: T) => string | undefined): Map<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) {
    const key = keyOfItem(item)
    if (key !== undefined) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}
