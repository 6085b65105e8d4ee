/**
 * The ControllerRevision taken at start: what the running instance was made from. Changes of the template are held against
 * it.
 */

import {
  annotations,
  movesVolumes,
  placementChanges,
  restartRequiredMessage,
  semanticallyEqual,
  startRevisionName,
  type LiveUpdateInput,
  type PlacementField,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { controllerReferenceTo, StatusError, unlessMissing, type JsonObject } from '@berth/meta'
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

/** How a running instance stands to its machine's present template. */
export interface Divergence {
  /** Why only a restart makes it what the template says. */
  restartRequired?: string
  /** What can be copied to the instance while it runs. */
  placement: PlacementField[]
  /** What the template says now, with what the machine refers to put in. */
  wanted: VirtualMachine['spec']['template']['spec']
  /** The template, and what the machine refers to, is the one it was started with: the instance counts as of the machine's present generation. */
  sameTemplate: boolean
}

export type UpdateSettings = Pick<LiveUpdateInput, 'rollout' | 'abilities'> & {
  /** A machine's spec with its instance type and preference applied. */
  expand(
    this: void,
    spec: VirtualMachine['spec'],
    machine: Readonly<VirtualMachine>,
  ): VirtualMachine['spec'] | Promise<VirtualMachine['spec']>
}

/** undefined when the instance is of the machine's present generation. */
export async function divergence(
  machine: Readonly<VirtualMachine>,
  instance: Readonly<VirtualMachineInstance>,
  { client, settings }: { client: Client; settings: UpdateSettings },
): Promise<Divergence | undefined> {
  const { generation = 1 } = machine.metadata
  if (Number(instance.metadata.annotations?.[annotations.vmGeneration] ?? generation) === generation) return undefined
  const started = await startedWith(machine, instance, client)
  if (started === undefined)
    return {
      restartRequired: 'what the virtual machine was started with is not known any more',
      placement: [],
      wanted: machine.spec.template.spec,
      sameTemplate: false,
    }
  const [before, now] = await Promise.all([settings.expand(started, machine), settings.expand(machine.spec, machine)])
  const input: LiveUpdateInput = {
    started: before.template.spec,
    current: now.template.spec,
    instance,
    rollout: settings.rollout,
    abilities: settings.abilities,
    movesVolumes: movesVolumes(machine),
  }
  const message = restartRequiredMessage(input)
  const live = message === undefined && settings.rollout === 'LiveUpdate'
  return {
    ...(message === undefined ? {} : { restartRequired: message }),
    placement: live ? placementChanges(input) : [],
    wanted: input.current,
    sameTemplate: (['template', 'instancetype', 'preference'] as const).every((part) =>
      semanticallyEqual(started[part], machine.spec[part]),
    ),
  }
}

async function startedWith(
  machine: Readonly<VirtualMachine>,
  instance: Readonly<VirtualMachineInstance>,
  client: Client,
): Promise<VirtualMachine['spec'] | undefined> {
  const { namespace = '', uid = '', generation = 1 } = machine.metadata
  const observed = Number(instance.metadata.annotations?.[annotations.vmGeneration] ?? generation)
  const name = instance.status?.virtualMachineRevisionName ?? startRevisionName(uid, observed)
  const revision = await unlessMissing(client.get(controllerRevisions, { namespace, name }))
  // Written by `recordStart`, so what it holds is a machine's spec.
  return revision?.data?.['spec'] as unknown as VirtualMachine['spec'] | undefined
}
