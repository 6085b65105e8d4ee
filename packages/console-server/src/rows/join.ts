/**
 * Rows of one cluster, joined from the watches of its kinds. What a row shows depends on what its reader may list, so it is made for a mask
 * of kinds; all who have the same mask share it.
 */

import { messageOf, type Clock, type Logger } from '@berth/base'
import {
  claimNames,
  isStandalone,
  ownDataVolumeNames,
  standaloneMachine,
  type DataVolume,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { keyFor, keyOf } from '@berth/kube'
import type { KubeObject } from '@berth/meta'
import { deploymentRow, machineRow, podRow, type ClaimObject, type MachineParts } from '@berth/view'
import type { Cluster, Identity } from '../clusters/cluster.ts'
import type { Metrics } from '../metrics/metrics.ts'
import type { Feed, WatchState, Watches } from '../watches/contract.ts'
import { createEmitter } from '../watches/emitter.ts'
import { machineEntry, wholeEntry, type Entry } from './entry.ts'
import { kindNames, kinds, type Kind, type KindName } from './kinds.ts'
import { MigrationIndex } from './migration-index.ts'
import { ReferenceIndex } from './reference-index.ts'
import { followUsage, type Used } from './usage.ts'

/** Changes that come together are told together; short against what a person notices. */
const gatherMs = 5

/** `machine ns/name`: what a row stands for. */
export type RowId = `${RowKind} ${string}`
type RowKind = 'machine' | 'instance' | 'pod' | 'deployment'
const rowKinds: Readonly<Record<RowKind, KindName>> = {
  machine: 'machines',
  instance: 'instances',
  pod: 'pods',
  deployment: 'deployments',
}

export interface Join {
  /** Every row there may be; some have no entry. */
  ids(): Iterable<RowId>
  /** @param mask kinds that the reader may list in the row's namespace; undefined when there is no such row for them */
  entry(id: RowId, mask: number): Entry | undefined
  state(kind: KindName): WatchState
  synced(kind: KindName): boolean
  /** Rows that may have changed; undefined for all of them. */
  onChange(listener: (ids: ReadonlySet<RowId> | undefined) => void): () => void
  onState(listener: () => void): () => void
  close(): void
}

export function namespaceOf(id: RowId): string {
  return id.slice(id.indexOf(' ') + 1, id.indexOf('/'))
}

export function createJoin(options: {
  cluster: Cluster
  identity: Identity
  watches: Watches
  /** What running machines use; where nobody can say, rows are without. */
  latest?: Metrics['latest'] | undefined
  clock: Clock
  logger: Logger
}): Join {
  const { cluster, identity, watches, clock, logger } = options
  const feed = <T extends KubeObject>({ resource, variant }: Kind<T>): Feed<T> =>
    watches.feed({ cluster, identity, resource, variant })
  const feeds = {
    machines: feed(kinds.machines),
    instances: feed(kinds.instances),
    migrations: feed(kinds.migrations),
    claims: feed(kinds.claims),
    dataVolumes: feed(kinds.dataVolumes),
    instancetypes: feed(kinds.instancetypes),
    clusterInstancetypes: feed(kinds.clusterInstancetypes),
    pods: feed(kinds.pods),
    deployments: feed(kinds.deployments),
  } satisfies Record<KindName, unknown>
  const byMachine = new ReferenceIndex()
  const byInstance = new ReferenceIndex()
  const migrating = new MigrationIndex()
  const changes = createEmitter<[ReadonlySet<RowId> | undefined]>()
  const states = createEmitter<[]>()
  /** Rows that were made, by mask. */
  const made = new Map<RowId, Map<number, Entry>>()
  let dirty = new Set<RowId>()
  let allDirty = false
  let cancelTell: (() => void) | undefined
  let syncedMask = 0
  const usage = followUsage({
    cluster,
    latest: options.latest,
    instances: () => feeds.instances.list(),
    onChange: touchInstance,
  })

  function tellSoon(): void {
    cancelTell ??= clock.after(gatherMs, () => {
      cancelTell = undefined
      const all = allDirty
      const ids = dirty
      allDirty = false
      dirty = new Set()
      changes.emit(all ? undefined : ids)
    })
  }

  function touch(id: RowId): void {
    made.delete(id)
    dirty.add(id)
    tellSoon()
  }

  function touchAll(): void {
    made.clear()
    allDirty = true
    tellSoon()
  }

  function touchUsers(object: KubeObject): void {
    const name = keyOf(object)
    for (const user of byMachine.of(name)) touch(`machine ${user}`)
    for (const user of byInstance.of(name)) touchInstance(user)
  }

  function touchInstance(key: string): void {
    touch(`machine ${key}`)
    touch(`instance ${key}`)
  }

  /** What has come in full makes rows whole. */
  function checkSynced(): void {
    const before = syncedMask
    syncedMask = 0
    for (const name of kindNames) if (feeds[name].synced) syncedMask |= kinds[name].bit
    // The rows' own kinds come change by change; only what is joined to others makes them all anew.
    if ((before | alwaysShown) !== (syncedMask | alwaysShown)) touchAll()
    states.emit()
  }

  function partsOf(
    machine: VirtualMachine,
    instance: VirtualMachineInstance | undefined,
    { mask, standalone }: { mask: number; standalone: boolean },
  ): MachineParts {
    const { namespace } = machine.metadata
    const may = (kind: KindName): boolean => (mask & kinds[kind].bit) !== 0
    const names = [
      ...new Set([...claimNames((instance ?? machine.spec.template).spec), ...ownDataVolumeNames(machine)]),
    ]
    const present = <T extends KubeObject>(kind: KindName, from: Feed<T>): T[] =>
      may(kind) ? names.map((name) => from.get(namespace, name)).filter((object) => object !== undefined) : []
    const key = keyOf(machine)
    return {
      cluster: cluster.id,
      machine,
      standalone,
      instance,
      migration: may('migrations') ? migrating.of(key) : undefined,
      claims: present<ClaimObject>('claims', feeds.claims),
      dataVolumes: present<DataVolume>('dataVolumes', feeds.dataVolumes),
      instancetype: typeOf(machine, may),
      hidden: { instances: !may('instances'), claims: !may('claims'), dataVolumes: !may('dataVolumes') },
    }
  }

  function typeOf(machine: VirtualMachine, may: (kind: KindName) => boolean): MachineParts['instancetype'] {
    const { name, kind = '' } = machine.spec.instancetype ?? {}
    if (name === undefined) return undefined
    if (/^virtualmachineinstancetypes?$/i.test(kind)) {
      return may('instancetypes') ? feeds.instancetypes.get(machine.metadata.namespace, name)?.spec : undefined
    }
    return may('clusterInstancetypes') ? feeds.clusterInstancetypes.get(undefined, name)?.spec : undefined
  }

  function make(id: RowId, mask: number): Entry | undefined {
    const [kind, key] = id.split(' ', 2) as [RowKind, string] // by the type of RowId
    if ((mask & kinds[rowKinds[kind]].bit) === 0) return undefined
    const slash = key.indexOf('/')
    const [namespace, name] = [key.slice(0, slash), key.slice(slash + 1)]
    switch (kind) {
      case 'machine': {
        const machine = feeds.machines.get(namespace, name)
        if (machine === undefined) return undefined
        const found = (mask & kinds.instances.bit) === 0 ? undefined : feeds.instances.get(namespace, name)
        const own = found === undefined || isStandalone(found) ? undefined : found
        return machineEntryOf(partsOf(machine, own, { mask, standalone: false }), usage.of(key))
      }
      case 'instance': {
        const instance = feeds.instances.get(namespace, name)
        if (instance === undefined || !isStandalone(instance)) return undefined
        return machineEntryOf(partsOf(standaloneMachine(instance), instance, { mask, standalone: true }), usage.of(key))
      }
      case 'pod': {
        const pod = feeds.pods.get(namespace, name)
        return pod === undefined ? undefined : wholeEntry(podRow(cluster.id, pod))
      }
      case 'deployment': {
        const deployment = feeds.deployments.get(namespace, name)
        return deployment === undefined ? undefined : wholeEntry(deploymentRow(cluster.id, deployment))
      }
    }
  }

  const off = [
    feeds.machines.onChange((current, previous) => {
      const key = keyOf(current ?? previous ?? nothing)
      byMachine.update(key, references(previous), references(current))
      touch(`machine ${key}`)
    }),
    feeds.instances.onChange((current, previous) => {
      const key = keyOf(current ?? previous ?? nothing)
      if (current === undefined) usage.forget(key)
      byInstance.update(key, claimsOf(previous), claimsOf(current))
      touchInstance(key)
    }),
    feeds.migrations.onChange((current, previous) => {
      for (const key of migrating.update(current, previous)) touchInstance(key)
    }),
    feeds.claims.onChange((current, previous) => touchUsers(current ?? previous ?? nothing)),
    feeds.dataVolumes.onChange((current, previous) => touchUsers(current ?? previous ?? nothing)),
    // Types hardly ever change, and a list of them comes at once.
    feeds.instancetypes.onChange(touchAll),
    feeds.clusterInstancetypes.onChange(touchAll),
    feeds.pods.onChange((current, previous) => touch(`pod ${keyOf(current ?? previous ?? nothing)}`)),
    feeds.deployments.onChange((current, previous) => touch(`deployment ${keyOf(current ?? previous ?? nothing)}`)),
    ...kindNames.map((name) => feeds[name].onState(checkSynced)),
  ]
  // Feeds that others use already have objects, and tell of changes only.
  for (const machine of feeds.machines.list()) byMachine.update(keyOf(machine), [], references(machine))
  for (const instance of feeds.instances.list()) byInstance.update(keyOf(instance), [], claimsOf(instance))
  for (const migration of feeds.migrations.list()) migrating.update(migration, undefined)
  for (const name of kindNames) if (feeds[name].synced) syncedMask |= kinds[name].bit

  return {
    *ids() {
      for (const { metadata } of feeds.machines.list())
        yield `machine ${keyFor(metadata.namespace, metadata.name ?? '')}`
      for (const instance of feeds.instances.list()) if (isStandalone(instance)) yield `instance ${keyOf(instance)}`
      for (const pod of feeds.pods.list()) yield `pod ${keyOf(pod)}`
      for (const deployment of feeds.deployments.list()) yield `deployment ${keyOf(deployment)}`
    },
    entry(id, mask) {
      const known = made.get(id) ?? new Map<number, Entry>()
      const effective = mask & (syncedMask | alwaysShown)
      const ready = known.get(effective)
      if (ready !== undefined) return ready
      let entry: Entry | undefined
      try {
        entry = make(id, effective)
      } catch (error) {
        // One object that is not what its kind should be must not take the list away.
        logger.warn({ cluster: cluster.id, row: id, error: messageOf(error) }, 'an object makes no row')
      }
      if (entry === undefined) return undefined
      known.set(effective, entry)
      made.set(id, known)
      return entry
    },
    state: (kind) => feeds[kind].state,
    synced: (kind) => feeds[kind].synced,
    onChange: (listener) => changes.on(listener),
    onState: (listener) => states.on(listener),
    close() {
      cancelTell?.()
      usage.close()
      for (const each of off) each()
      for (const name of kindNames) feeds[name].release()
    },
  }
}

/** Rows need not wait for a whole list of their own kind; what is joined must, because half of it would say something wrong. */
const alwaysShown = kinds.machines.bit | kinds.pods.bit | kinds.deployments.bit

const nothing: KubeObject = { apiVersion: '', kind: '', metadata: {} }

/** Claims and DataVolumes that a machine names, as `namespace/name`. */
function references(machine: VirtualMachine | undefined): string[] {
  if (machine === undefined) return []
  const names = [...claimNames(machine.spec.template.spec), ...ownDataVolumeNames(machine)]
  return [...new Set(names)].map((name) => keyFor(machine.metadata.namespace, name))
}

function claimsOf(instance: VirtualMachineInstance | undefined): string[] {
  if (instance === undefined) return []
  return claimNames(instance.spec).map((name) => keyFor(instance.metadata.namespace, name))
}

function machineEntryOf(parts: MachineParts, used: Used | undefined): Entry {
  const row = machineRow(parts)
  // What it uses is for those who may see that it runs.
  return machineEntry(parts.instance === undefined ? row : { ...row, ...used }, parts)
}
