/**
 * The ControllerRevision taken at start: what the running instance was made from. Changes of the template are held against
 * it.
 */

import {
  annotations,
  restartRequiredMessage,
  startRevisionName,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { controllerReferenceTo, StatusError, type JsonObject } from '@berth/meta'
import { controllerRevisions, type Client, type ControllerRevision } from '@berth/kube'

/** Writes the revision, removes older ones, and returns its name. */
export async function recordStart(machine: Readonly<VirtualMachine>, client: Client): Promise<string> {
  const { namespace = '', uid = '', generation = 1 } = machine.metadata
  const name = startRevisionName(uid, generation)
  const wanted: ControllerRevision = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name,
      namespace,
      labels: { 'kubevirt.io/vm-uid': uid },
      ownerReferences: [controllerReferenceTo(machine)],
    },
    // Through JSON, as the API carries it: a typed spec is a JSON object.
    data: { spec: structuredClone(machine.spec) as unknown as JsonObject },
    revision: generation,
  }
  try {
    await client.create(controllerRevisions, wanted)
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'AlreadyExists')) throw error
    return name
  }
  // The first generation has no older ones to look for: ten thousand new machines would look through each other's.
  if (generation === 1) return name
  const all = await client.list(controllerRevisions, { namespace, labelSelector: `kubevirt.io/vm-uid=${uid}` })
  for (const old of all.items) {
    if (old.metadata.name !== name)
      await client.delete(controllerRevisions, { namespace, name: old.metadata.name ?? '' })
  }
  return name
}

/** Why the running instance no longer is what the template says; undefined when it is. */
export async function restartRequired(
  machine: Readonly<VirtualMachine>,
  instance: Readonly<VirtualMachineInstance>,
  client: Client,
): Promise<string | undefined> {
  const { namespace = '', uid = '', generation = 1 } = machine.metadata
  const startedWith = Number(instance.metadata.annotations?.[annotations.vmGeneration] ?? generation)
  if (startedWith === generation) return undefined
  const name = instance.status?.virtualMachineRevisionName ?? startRevisionName(uid, startedWith)
  try {
    const revision = await client.get(controllerRevisions, { namespace, name })
    // Written by `recordStart`, so what it holds is a machine's spec.
    const started = revision.data?.['spec'] as unknown as VirtualMachine['spec'] | undefined
    if (started !== undefined) return restartRequiredMessage(started.template.spec, machine.spec.template.spec)
  } catch (error) {
    if (!(error instanceof StatusError && error.code === 'NotFound')) throw error
  }
  return 'what the virtual machine was started with is not known any more'
}
