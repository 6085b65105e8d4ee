/** The machine that a snapshot is taken of: how it stands, and the lock that keeps it so. */

import {
  annotations,
  isFinal,
  isPaused,
  keptMachine,
  referenceKeys,
  references,
  snapshotFinalizers,
  startRevisionName,
  virtualMachines,
  type KeptMachine,
  type SnapshotSource,
  type VirtualMachine,
  type VirtualMachineInstance,
  type VirtualMachineSnapshot,
} from '@berth/api'
import { controllerRevisions, keyOf } from '@berth/kube'
import { controllerOf, controllerReferenceTo, getCondition, StatusError, unlessMissing } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import { claimsToFreeze } from './snapshot-classes.ts'

type Snapshot = Readonly<VirtualMachineSnapshot>
type Machine = Readonly<VirtualMachine>

export interface MachineSource extends SnapshotSource {
  machine: Machine
  instance: Readonly<VirtualMachineInstance> | undefined
}

const lockedWords = 'Source locked and operation in progress'
const unlockedWords = 'Source not locked'

/** undefined when there is no such machine. */
export function sourceOf({ informers }: EngineServices, { metadata, spec }: Snapshot): MachineSource | undefined {
  const machine = informers.machines.get(metadata.namespace, spec.source.name)
  if (machine === undefined) return undefined
  const found = informers.instances.get(metadata.namespace, spec.source.name)
  // As good as gone: its disks are free.
  const instance = found !== undefined && !isFinal(found) && isOf(found, machine) ? found : undefined
  const locked =
    machine.status?.snapshotInProgress === metadata.name &&
    machine.metadata.finalizers?.includes(snapshotFinalizers.source) === true
  return {
    machine,
    instance,
    uid: machine.metadata.uid ?? '',
    locked,
    lockMessage: locked ? lockedWords : unlockedWords,
    online: instance !== undefined,
    paused: instance !== undefined && isPaused(instance),
    guestAgent: getCondition(instance?.status?.conditions, 'AgentConnected')?.status === 'True',
  }
}

function isOf(instance: Readonly<VirtualMachineInstance>, { metadata }: Machine): boolean {
  return controllerOf(instance)?.uid === metadata.uid
}

/** @returns why it cannot be locked yet; undefined when it is */
export async function lock(
  services: EngineServices,
  { machine, online }: MachineSource,
  snapshot: Snapshot,
): Promise<string | undefined> {
  const why = obstacle(services, { machine, online }, snapshot)
  if (why !== undefined) return `${unlockedWords} ${why}`
  const { client } = services
  const name = snapshot.metadata.name ?? ''
  // First what admission looks at; the finalizer, which says that it is locked, comes last.
  const marked =
    machine.status?.snapshotInProgress === name
      ? machine
      : await client.updateStatus(virtualMachines, {
          ...machine,
          status: { ...machine.status, snapshotInProgress: name },
        })
  const held = marked.metadata.finalizers ?? []
  if (held.includes(snapshotFinalizers.source)) return undefined
  await client.update(virtualMachines, {
    ...marked,
    metadata: { ...marked.metadata, finalizers: [...held, snapshotFinalizers.source] },
  })
  return undefined
}

/** The finalizer goes first: what is still marked is seen, and unlocked again. */
export async function unlock({ client }: EngineServices, machine: Machine, snapshot: string): Promise<void> {
  if (machine.status?.snapshotInProgress !== snapshot) return
  const held = machine.metadata.finalizers ?? []
  const free = held.includes(snapshotFinalizers.source)
    ? await unlessMissing(
        client.update(virtualMachines, {
          ...machine,
          metadata: { ...machine.metadata, finalizers: held.filter((entry) => entry !== snapshotFinalizers.source) },
        }),
      )
    : machine
  if (free === undefined) return
  const { snapshotInProgress: _ended, ...status } = free.status ?? {}
  await unlessMissing(client.updateStatus(virtualMachines, { ...free, status }))
}

function obstacle(
  services: EngineServices,
  { machine, online }: Pick<MachineSource, 'machine' | 'online'>,
  snapshot: Snapshot,
): string | undefined {
  const { informers } = services
  const { namespace = '', name = '' } = machine.metadata
  const claims = [...new Set(claimsToFreeze(machine, informers.claims).map(({ claim }) => claim))]
  const source = (why: string, claim: string): string => `source ${namespace}/${name} ${why}: ${claim}`
  for (const each of claims.toSorted()) {
    const claim = informers.claims.get(namespace, each)
    if (claim === undefined) return source('volume doesnt exist', each)
    if (claim.metadata.deletionTimestamp !== undefined) return source('volume is being deleted', each)
    if (claim.status?.phase !== 'Bound') return source('volume not bound', each)
    const owner = controllerOf(claim)
    const filler = owner?.kind === 'DataVolume' ? informers.dataVolumes.get(namespace, owner.name) : undefined
    if (filler !== undefined && filler.status?.phase !== 'Succeeded') return source('volume not populated', each)
  }
  if (!online) {
    const users = new Set(
      claims.flatMap((each) => {
        const claim = informers.claims.get(namespace, each)
        return claim === undefined ? [] : services.usersOfClaim(claim).map(keyOf)
      }),
    )
    if (users.size > 0) return `source is offline but ${users.size} pods using PVCs [${claims.join(' ')}]`
  }
  const { snapshotInProgress: other, restoreInProgress: restore } = machine.status ?? {}
  if (other !== undefined && other !== snapshot.metadata.name) return `snapshot ${JSON.stringify(other)} in progress`
  // KubeVirt does not look at this; a restore in place changes the disks one after the other.
  return restore === undefined ? undefined : `restore ${JSON.stringify(restore)} in progress`
}

/** What the snapshot keeps of its machine; the instance type and preference it runs with are kept in revisions of the snapshot's. */
export async function keep(
  services: EngineServices,
  { machine, instance }: MachineSource,
  snapshot: Snapshot,
): Promise<KeptMachine> {
  const kept = keptMachine(machine, instance === undefined ? undefined : await startedWith(services, machine, instance))
  for (const key of referenceKeys) {
    const matcher = kept.spec[key]
    const revision =
      matcher?.revisionName ?? machine.status?.[references[key].statusMember]?.controllerRevisionRef?.name
    if (matcher === undefined || revision === undefined) continue
    kept.spec[key] = { ...matcher, revisionName: await keepRevision(services, revision, snapshot) }
  }
  return kept
}

async function startedWith(
  { client }: EngineServices,
  { metadata }: Machine,
  instance: Readonly<VirtualMachineInstance>,
): Promise<VirtualMachine['spec']> {
  const { namespace = '', uid = '', generation = 1 } = metadata
  const observed = Number(instance.metadata.annotations?.[annotations.vmGeneration] ?? generation)
  const name = instance.status?.virtualMachineRevisionName ?? startRevisionName(uid, observed)
  const revision = await client.get(controllerRevisions, { namespace, name })
  // Written at the start of the machine, so what it holds is a machine's spec.
  return revision.data?.['spec'] as unknown as VirtualMachine['spec']
}

async function keepRevision({ client }: EngineServices, name: string, snapshot: Snapshot): Promise<string> {
  const { namespace = '' } = snapshot.metadata
  const { metadata, data, revision } = await client.get(controllerRevisions, { namespace, name })
  const kept = name.replace(snapshot.spec.source.name, snapshot.metadata.name ?? '')
  try {
    await client.create(controllerRevisions, {
      apiVersion: 'apps/v1',
      kind: 'ControllerRevision',
      metadata: {
        namespace,
        name: kept,
        ...(metadata.labels === undefined ? {} : { labels: metadata.labels }),
        ownerReferences: [controllerReferenceTo(snapshot)],
      },
      ...(data === undefined ? {} : { data }),
      revision,
    })
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
  }
  return kept
}
