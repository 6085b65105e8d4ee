/** What is done to the machines of a pool: made, changed, taken out, let go. */

import {
  dataVolumes,
  indexedSpec,
  ownDataVolumeNames,
  poolFinalizer,
  poolIndex,
  poolRevisionLabel,
  virtualMachines,
  type VirtualMachine,
  type VirtualMachinePool,
} from '@berth/api'
import { controllerReferenceTo, StatusError, unlessMissing, type KubeObject, type Resource } from '@berth/meta'
import { persistentVolumeClaims, type Client } from '@berth/kube'
import { withAskerOf } from '../volumes/asker.ts'
import { isOwnedBy, release } from './ownership.ts'

type Pool = Readonly<VirtualMachinePool>
type Machine = Readonly<VirtualMachine>

/** @param revision name of the pool's revision it is of */
export function newMember(pool: Pool, name: string, revision: string): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: {
      name,
      namespace: pool.metadata.namespace ?? '',
      ...templated(pool, revision),
      finalizers: [poolFinalizer],
      ownerReferences: [controllerReferenceTo(pool)],
    },
    spec: specOf(pool, poolIndex(name) ?? 0, revision),
  }
}

/** The machine as the pool's present template has it; what the guest knows it by stays. */
export function updatedMember(pool: Pool, machine: Machine, revision: string): VirtualMachine {
  const spec = specOf(pool, poolIndex(machine.metadata.name ?? '') ?? 0, revision)
  const { uuid, serial } = machine.spec.template.spec.domain.firmware ?? {}
  spec.template.spec.domain.firmware = {
    ...spec.template.spec.domain.firmware,
    ...(uuid === undefined ? {} : { uuid }),
    ...(serial === undefined ? {} : { serial }),
  }
  return { ...machine, metadata: { ...machine.metadata, ...templated(pool, revision) }, spec }
}

function templated(pool: Pool, revision: string): Pick<KubeObject['metadata'], 'labels' | 'annotations'> {
  const { labels, annotations } = pool.spec.virtualMachineTemplate.metadata ?? {}
  return { labels: { ...labels, [poolRevisionLabel]: revision }, annotations: withAskerOf(pool, annotations) }
}

function specOf(pool: Pool, index: number, revision: string): VirtualMachine['spec'] {
  const spec = indexedSpec(pool.spec, index)
  const { metadata } = spec.template
  spec.template.metadata = { ...metadata, labels: { ...metadata?.labels, [poolRevisionLabel]: revision } }
  return spec
}

/** Deletes a machine; its disks stay behind, nobody's, when their state is to be kept. */
export async function removeMember(
  machine: Machine,
  { client, keepState }: { client: Client; keepState: boolean },
): Promise<void> {
  const { namespace = '', name = '', uid = '' } = machine.metadata
  if (keepState) await freeDisks(machine, client)
  try {
    await client.delete(virtualMachines, { namespace, name }, { preconditions: { uid } })
  } catch (error) {
    if (error instanceof StatusError && (error.code === 'NotFound' || error.code === 'Conflict')) return
    throw error
  }
  await freeMember(machine, client)
}

/** Before the machine goes, so that the garbage collector never sees them as its. */
export async function freeDisks(machine: Machine, client: Client): Promise<void> {
  const claims = (machine.spec.template.spec.volumes ?? []).flatMap(
    ({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName ?? [],
  )
  const named = (machine.spec.template.spec.volumes ?? []).flatMap(({ dataVolume }) => dataVolume?.name ?? [])
  const own = ownDataVolumeNames(machine)
  for (const name of new Set([...own, ...named])) await freeOne(dataVolumes, name, machine, client)
  for (const name of new Set([...own, ...claims])) await freeOne(persistentVolumeClaims, name, machine, client)
}

async function freeOne<T extends KubeObject>(
  resource: Resource<T>,
  name: string,
  machine: Machine,
  client: Client,
): Promise<void> {
  const { namespace = '' } = machine.metadata
  const found = await unlessMissing(client.get(resource, { namespace, name }))
  if (found !== undefined && isOwnedBy(found, machine)) await release(found, { owner: machine, resource, client })
}

/** Takes away the finalizer by which the pool holds a machine. */
export async function freeMember(machine: Machine, client: Client): Promise<void> {
  const { namespace = '', name = '' } = machine.metadata
  const current = await unlessMissing(client.get(virtualMachines, { namespace, name }))
  const held = current?.metadata.finalizers ?? []
  if (current === undefined || current.metadata.uid !== machine.metadata.uid || !held.includes(poolFinalizer)) return
  const finalizers = held.filter((each) => each !== poolFinalizer)
  await unlessMissing(client.update(virtualMachines, { ...current, metadata: { ...current.metadata, finalizers } }))
}
