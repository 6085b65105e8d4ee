/** The machine that a restore puts back or makes, and what belongs to it. Source: KubeVirt's restore controller. */

import {
  dataVolumes,
  hasRestoreMark,
  isOwnDataVolume,
  ownedByMachineAnnotation,
  populatedForAnnotation,
  prePopulatedAnnotation,
  referenceKeys,
  restoreNameAnnotation,
  virtualMachines,
  type DataVolumeTemplate,
  type KeptMachine,
  type VirtualMachine,
  type VirtualMachineRestore,
  type VolumeRestore,
} from '@berth/api'
import type { UserInfo } from '@berth/apiserver'
import { controllerRevisions, persistentVolumeClaims, type ControllerRevision } from '@berth/kube'
import { controllerOf, controllerReferenceTo, deepEqual, StatusError, unlessMissing } from '@berth/meta'
import { EngineError } from '../errors.ts'
import { engineUser } from '../resources/who.ts'
import type { EngineServices } from '../services.ts'
import { withAskerOf } from '../volumes/asker.ts'
import { imageNamespace } from '../volumes/image-publisher.ts'

type Restore = Readonly<VirtualMachineRestore>

/** May do everything, and is refused what a person is refused: what patches make of a machine is admitted as a person's. */
const ordinary: UserInfo = { name: engineUser.name, groups: ['system:masters', 'system:authenticated'] }

/** The claims that become DataVolumes of the machine's own are free for those. @returns the restores with their names */
export async function nameDataVolumes(
  { client }: EngineServices,
  restore: Restore,
  kept: Readonly<KeptMachine>,
): Promise<VolumeRestore[]> {
  const namespace = restore.metadata.namespace ?? ''
  const restores: VolumeRestore[] = []
  for (const each of restore.status?.restores ?? []) {
    const volume = (kept.spec.template.spec.volumes ?? []).find(({ name }) => name === each.volumeName)
    if (volume === undefined || !isOwnDataVolume(volume, kept.spec)) {
      restores.push(each)
      continue
    }
    const name = each.persistentVolumeClaim
    const claim = await client.get(persistentVolumeClaims, { namespace, name })
    const { annotations, ownerReferences: _owners, ...metadata } = claim.metadata
    // Put back in place, it is that DataVolume's already.
    const taken = controllerOf(claim)?.kind === 'DataVolume'
    if (!taken && annotations?.[populatedForAnnotation] !== name) {
      await client.update(persistentVolumeClaims, {
        ...claim,
        metadata: { ...metadata, annotations: { ...annotations, [populatedForAnnotation]: name } },
      })
    }
    restores.push({ ...each, dataVolumeName: name })
  }
  return restores
}

/** @returns whether all DataVolumes of the machine are there and have their claims */
export async function restoreDataVolumes(
  services: EngineServices,
  restore: Restore,
  restored: Readonly<VirtualMachine>,
): Promise<boolean> {
  const namespace = restore.metadata.namespace ?? ''
  let done = true
  for (const template of restored.spec.dataVolumeTemplates ?? []) {
    const { name } = template.metadata
    const found = await unlessMissing(services.client.get(dataVolumes, { namespace, name }))
    if (found !== undefined) {
      const settled = ['Succeeded', 'WaitForFirstConsumer', 'PendingPopulation'].includes(found.status?.phase ?? '')
      done = done && settled
      continue
    }
    const claim = await unlessMissing(services.client.get(persistentVolumeClaims, { namespace, name }))
    const isForIt = claim?.metadata.annotations?.[populatedForAnnotation] === name && controllerOf(claim) === undefined
    if (!isForIt) {
      requireOwnSource(template, namespace)
      continue
    }
    await makeDataVolume(services, restore, template)
    done = false
  }
  return done
}

/**
 * Whoever wrote the machine was asked for the right to copy what its templates name. Patches come from whoever asks for the restore, and
 * the machine makes its disks again with the engine's rights whenever one is deleted: so they must not bring sources of other namespaces.
 * @throws {EngineError} VolumeRefused
 */
export function requireKnownSources(
  { metadata }: Restore,
  { kept, restored }: { kept: Readonly<KeptMachine>; restored: Readonly<VirtualMachine> },
): void {
  const namespace = metadata.namespace ?? ''
  const known = (kept.spec.dataVolumeTemplates ?? []).map(({ spec }) => sourceIn(spec))
  for (const { metadata: named, spec } of restored.spec.dataVolumeTemplates ?? []) {
    const from = sourceNamespace(spec, namespace)
    if (from === namespace || from === imageNamespace) continue
    if (known.some((source) => deepEqual(source, sourceIn(spec)))) continue
    throw new EngineError(
      'VolumeRefused',
      `a patch makes DataVolume "${named.name}" a copy of something of namespace "${from}"`,
      { remedy: 'Leave its source as the snapshot has it, or copy that disk before.' },
    )
  }
}

function sourceIn({ source, sourceRef }: DataVolumeTemplate['spec']): object {
  return { ...(source ? { source } : {}), ...(sourceRef ? { sourceRef } : {}) }
}

function sourceNamespace({ source, sourceRef }: DataVolumeTemplate['spec'], own: string): string {
  return source?.pvc?.namespace ?? source?.snapshot?.namespace ?? sourceRef?.namespace ?? own
}

/** The engine would copy it for whoever asked for the restore, who may have no right to. */
function requireOwnSource({ metadata, spec }: DataVolumeTemplate, namespace: string): void {
  const from = sourceNamespace(spec, namespace)
  if (from === namespace || from === imageNamespace) return
  throw new EngineError(
    'VolumeRefused',
    `DataVolume "${metadata.name}" is not in the snapshot and would be copied from namespace "${from}"`,
    { remedy: 'Take it out of the machine with a patch, or copy it before.' },
  )
}

async function makeDataVolume({ client }: EngineServices, restore: Restore, { metadata, spec }: DataVolumeTemplate) {
  await client.create(dataVolumes, {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: {
      namespace: restore.metadata.namespace ?? '',
      name: metadata.name,
      ...(metadata.labels ? { labels: metadata.labels } : {}),
      annotations: {
        ...withAskerOf({ metadata: {} }, metadata.annotations),
        [restoreNameAnnotation]: restore.metadata.name ?? '',
        [prePopulatedAnnotation]: 'true',
      },
    },
    spec,
  })
}

/** Writes the machine. @returns it as it is then */
export async function writeMachine(
  services: EngineServices,
  restore: Restore,
  { restored, exists }: { restored: VirtualMachine; exists: boolean },
): Promise<VirtualMachine> {
  const { client, informers } = services
  const current = exists ? informers.machines.get(restored.metadata.namespace, restored.metadata.name ?? '') : undefined
  // Who wrote the machine did not ask for the disks of another one, and whoever asked for the restore says nothing of who did.
  const same = deepEqual(current?.spec.dataVolumeTemplates, restored.spec.dataVolumeTemplates)
  const asker = current !== undefined && same ? current : { metadata: {} }
  restored.metadata.annotations = withAskerOf(asker, restored.metadata.annotations)
  for (const key of referenceKeys) {
    const matcher = restored.spec[key]
    if (matcher?.revisionName === undefined || matcher.revisionName === '') continue
    const revisionName = await restoreRevision(services, restore, { name: matcher.revisionName, machine: restored })
    restored.spec[key] = { ...matcher, revisionName }
  }
  if (exists) return client.update(virtualMachines, restored)
  const person = services.clientAs(ordinary)
  try {
    return await person.create(virtualMachines, restored)
  } finally {
    await person.transport.close()
  }
}

/** The revision that the snapshot keeps, under the machine's name; one of that name with other data gives way. */
async function restoreRevision(
  { client }: EngineServices,
  { metadata, spec }: Restore,
  { name, machine }: { name: string; machine: Readonly<VirtualMachine> },
): Promise<string> {
  const namespace = metadata.namespace ?? ''
  const kept = await client.get(controllerRevisions, { namespace, name })
  const restored = name.replace(spec.virtualMachineSnapshotName, machine.metadata.name ?? '')
  const present = await unlessMissing(client.get(controllerRevisions, { namespace, name: restored }))
  if (present !== undefined) {
    if (deepEqual(present.data, kept.data)) return restored
    await client.delete(controllerRevisions, { namespace, name: restored })
  }
  const { labels } = kept.metadata
  const made: ControllerRevision = {
    ...kept,
    metadata: {
      namespace,
      name: restored,
      ...(labels === undefined ? {} : { labels }),
      ...(machine.metadata.uid === undefined ? {} : { ownerReferences: [controllerReferenceTo(machine)] }),
    },
  }
  try {
    await client.create(controllerRevisions, made)
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
  }
  return restored
}

/** What was made before there was a machine becomes the machine's. Idempotent, as the machine may be there and this not be done. */
export async function giveToMachine(
  services: EngineServices,
  restore: Restore,
  machine: VirtualMachine,
): Promise<void> {
  const { client } = services
  const namespace = restore.metadata.namespace ?? ''
  const ownerReferences = [controllerReferenceTo(machine)]
  for (const key of referenceKeys) {
    const name = machine.spec[key]?.revisionName ?? ''
    if (name === '') continue
    const revision = await unlessMissing(client.get(controllerRevisions, { namespace, name }))
    if (revision === undefined || controllerOf(revision) !== undefined) continue
    await client.update(controllerRevisions, { ...revision, metadata: { ...revision.metadata, ownerReferences } })
  }
  for (const template of machine.spec.dataVolumeTemplates ?? []) {
    const { name } = template.metadata
    const volume = await unlessMissing(client.get(dataVolumes, { namespace, name }))
    const made = volume?.metadata.annotations?.[restoreNameAnnotation] === restore.metadata.name
    if (volume === undefined || !made || controllerOf(volume) !== undefined) continue
    const labels = { ...volume.metadata.labels, 'kubevirt.io/created-by': machine.metadata.uid ?? '' }
    await client.update(dataVolumes, { ...volume, metadata: { ...volume.metadata, labels, ownerReferences } })
  }
  if (restore.spec.volumeOwnershipPolicy === 'None') return
  for (const { persistentVolumeClaim: name } of restore.status?.restores ?? []) {
    const claim = await unlessMissing(client.get(persistentVolumeClaims, { namespace, name }))
    const { [ownedByMachineAnnotation]: mark, ...annotations } = claim?.metadata.annotations ?? {}
    if (claim === undefined || mark !== restore.metadata.name || controllerOf(claim) !== undefined) continue
    await client.update(persistentVolumeClaims, {
      ...claim,
      metadata: { ...claim.metadata, annotations, ownerReferences },
    })
  }
}

/** Keeps others from restoring the machine or taking a snapshot, and the machine from starting. @throws {EngineError} VolumeInUse */
export async function markInProgress(
  { client }: EngineServices,
  restore: Restore,
  machine: VirtualMachine,
): Promise<VirtualMachine> {
  const name = restore.metadata.name ?? ''
  const current = machine.status?.restoreInProgress
  if (current === name || hasRestoreMark(restore, machine)) return machine
  if (current !== undefined) throw new EngineError('VolumeInUse', `vm restore ${current} in progress`)
  // It would be taken of some disks as they were, and of others as they are put back.
  const snapshot = machine.status?.snapshotInProgress
  if (snapshot !== undefined)
    throw new EngineError('VolumeInUse', `vm snapshot ${snapshot} in progress`, {
      remedy: 'The restore begins when it is taken.',
    })
  return client.updateStatus(virtualMachines, { ...machine, status: { ...machine.status, restoreInProgress: name } })
}

export async function clearMark(
  { client }: EngineServices,
  { metadata }: { metadata: { name?: string } },
  machine: Readonly<VirtualMachine>,
): Promise<void> {
  if (machine.status?.restoreInProgress !== metadata.name) return
  const { restoreInProgress: _done, memoryDumpRequest: _dump, ...status } = machine.status ?? {}
  await unlessMissing(client.updateStatus(virtualMachines, { ...machine, status }))
}

/** Disks that the machine had and has no more. */
export async function deleteDataVolumes({ client }: EngineServices, restore: Restore): Promise<void> {
  const namespace = restore.metadata.namespace ?? ''
  for (const name of restore.status?.deletedDataVolumes ?? []) {
    const found = await unlessMissing(client.get(dataVolumes, { namespace, name }))
    if (found === undefined || found.metadata.deletionTimestamp !== undefined) continue
    await unlessMissing(client.delete(dataVolumes, { namespace, name }))
  }
}
