/** The DataVolumes a machine makes itself (`spec.dataVolumeTemplates`). */

import { annotations, isSetToStart, type DataVolume, type VirtualMachine } from '@berth/api'
import { controllerReferenceTo, StatusError } from '@berth/meta'
import type { EventRecorder, Informer } from '@berth/kube'
import { dataVolumes } from '../kinds.ts'
import type { EngineServices } from '../services.ts'

/** Creates what is missing; waits for the first start where the machine asks for that. */
export async function ensureDataVolumes(
  machine: Readonly<VirtualMachine>,
  services: EngineServices,
  events: EventRecorder,
): Promise<void> {
  const { namespace } = machine.metadata
  for (const template of machine.spec.dataVolumeTemplates ?? []) {
    if (services.informers.dataVolumes.get(namespace, template.metadata.name) !== undefined) continue
    const asked = { ...machine.metadata.annotations, ...template.metadata.annotations }[annotations.immediateDataVolume]
    if (asked === 'false' && !isSetToStart(machine, undefined)) continue
    // A claim of that name with no DataVolume was imported before: KubeVirt takes it as it is.
    if (services.informers.claims.get(namespace, template.metadata.name)?.status?.phase === 'Bound') continue
    await createOne(machine, template, services, events)
  }
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
        ...(notes === undefined ? {} : { annotations: notes }),
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
  informer: Informer<DataVolume>,
): string | undefined {
  return (machine.spec.dataVolumeTemplates ?? [])
    .map((template) => template.metadata.name)
    .find((name) => {
      const dataVolume = informer.get(machine.metadata.namespace, name)
      return dataVolume !== undefined && !startable.has(dataVolume.status?.phase ?? '')
    })
}
