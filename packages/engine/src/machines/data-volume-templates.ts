/** The DataVolumes a machine makes itself (`spec.dataVolumeTemplates`). */

import { annotations, isSetToStart, type DataVolume, type VirtualMachine, dataVolumes } from '@berth/api'
import { controllerOf, controllerReferenceTo, StatusError, type KubeObject } from '@berth/meta'
import type { EventRecorder } from '@berth/kube'
import type { EngineServices, Informers } from '../services.ts'
import { withAskerOf } from '../volumes/asker.ts'

/** Creates what is missing; waits for the first start where the machine asks for that. */
export async function ensureDataVolumes(
  machine: Readonly<VirtualMachine>,
  services: EngineServices,
  events: EventRecorder,
): Promise<void> {
  const { namespace } = machine.metadata
  for (const template of machine.spec.dataVolumeTemplates ?? []) {
    const existing = services.informers.dataVolumes.get(namespace, template.metadata.name)
    if (existing !== undefined) {
      tellOfFailure(machine, existing, events)
      continue
    }
    const asked = { ...machine.metadata.annotations, ...template.metadata.annotations }[annotations.immediateDataVolume]
    if (asked === 'false' && !isSetToStart(machine, undefined)) continue
    // A claim of that name with no DataVolume was imported before: KubeVirt takes it as it is.
    const claim = services.informers.claims.get(namespace, template.metadata.name)
    if (claim?.status?.phase === 'Bound' && isFree(claim, machine)) continue
    await createOne(machine, template, services, events)
  }
}

/** Once: the next look finds the machine's status saying so. */
function tellOfFailure(
  machine: Readonly<VirtualMachine>,
  { metadata, status }: Readonly<DataVolume>,
  events: EventRecorder,
): void {
  if (status?.phase !== 'Failed' || machine.status?.printableStatus === 'DataVolumeError') return
  const message = `DataVolume ${metadata.name ?? ''} failed to import disk image`
  events.record(machine, { type: 'Warning', reason: 'FailedDataVolumeImport', message })
}

async function createOne(
  machine: Readonly<VirtualMachine>,
  template: NonNullable<VirtualMachine['spec']['dataVolumeTemplates']>[number],
  { client }: EngineServices,
  events: EventRecorder,
): Promise<void> {
  const { name, labels, annotations: notes } = template.metadata
  const { namespace } = machine.metadata
  try {
    await client.create(dataVolumes, {
      apiVersion: 'cdi.kubevirt.io/v1beta1',
      kind: 'DataVolume',
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { ...labels, 'kubevirt.io/created-by': machine.metadata.uid ?? '' },
        annotations: withAskerOf(machine, notes),
        ownerReferences: [controllerReferenceTo(machine)],
      },
      spec: template.spec,
    })
    events.record(machine, {
      type: 'Normal',
      reason: 'SuccessfulDataVolumeCreate',
      message: `Created DataVolume ${name}`,
    })
  } catch (error) {
    // Made a moment ago, and not in the cache yet.
    if (error instanceof StatusError && error.code === 'AlreadyExists') return
    events.record(machine, {
      type: 'Warning',
      reason: 'FailedDataVolumeCreate',
      message: `Error creating DataVolume ${name}: ${String(error)}`,
    })
    throw error
  }
}

const startable: ReadonlySet<string> = new Set(['Succeeded', 'WaitForFirstConsumer', 'PendingPopulation'])

/** The first template DataVolume that keeps the machine from starting. */
export function unreadyDataVolume(
  machine: Readonly<VirtualMachine>,
  informers: Pick<Informers, 'dataVolumes' | 'claims'>,
): string | undefined {
  const { namespace } = machine.metadata
  return (machine.spec.dataVolumeTemplates ?? [])
    .map((template) => template.metadata.name)
    .find((name) => {
      const dataVolume = informers.dataVolumes.get(namespace, name)
      if (dataVolume !== undefined)
        return !isFree(dataVolume, machine) || !startable.has(dataVolume.status?.phase ?? '')
      const claim = informers.claims.get(namespace, name)
      return claim !== undefined && !isFree(claim, machine)
    })
}

/**
 * Not on its way out, and not another machine's: after a delete, a new machine of the same name must wait for the old disk to go
 * instead of starting from it.
 */
function isFree(object: Readonly<KubeObject>, machine: Readonly<VirtualMachine>): boolean {
  const owner = controllerOf(object)
  return object.metadata.deletionTimestamp === undefined && (owner === undefined || owner.uid === machine.metadata.uid)
}
