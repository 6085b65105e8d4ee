/** Keeps the volumes of a running instance in step with its machine's template. */

import {
  changedClaims,
  declaredVolumes,
  movesVolumes,
  virtualMachineInstances,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { messageOf } from '@berth/base'
import { StatusError, type Json } from '@berth/meta'
import type { EngineServices } from '../services.ts'
import type { Followed } from './followed.ts'

export async function followVolumes(
  machine: Readonly<VirtualMachine>,
  instance: Readonly<VirtualMachineInstance>,
  { client, configuration }: EngineServices,
): Promise<Pick<Followed, 'failure'> & { instance: Readonly<VirtualMachineInstance> }> {
  const unchanged = { instance }
  if (instance.status?.phase !== 'Running' || !configuration.get().enabled('DeclarativeHotplugVolumes'))
    return unchanged
  // A claim that changed is where a volume moves to, not a volume that goes and one that comes. KubeVirt follows no template with that
  // strategy, moves or none: a disk that was moved once could never be detached again while its machine runs.
  if (movesVolumes(machine) && areMoving(machine, instance)) return unchanged
  const wanted = declaredVolumes(machine.spec.template.spec, instance)
  if (wanted === undefined) return unchanged
  const { volumes, domain } = instance.spec
  const target = { namespace: instance.metadata.namespace ?? '', name: instance.metadata.name ?? '' }
  const patch = [
    ...replaced('/spec/volumes', volumes, wanted.volumes),
    ...replaced('/spec/domain/devices/disks', domain.devices.disks, wanted.disks),
  ]
  try {
    return { instance: await client.patch(virtualMachineInstances, target, { type: 'json', patch }) }
  } catch (error) {
    // Seen again in its new form.
    if (error instanceof StatusError && (error.code === 'Conflict' || error.status.details?.causes === undefined))
      return unchanged
    const message = `Error encountered while handling volume hotplug requests: ${messageOf(error)}`
    return { instance, failure: { reason: 'HotPlugVolumeError', message } }
  }
}

function areMoving(
  { spec }: Readonly<VirtualMachine>,
  { spec: running, status }: Readonly<VirtualMachineInstance>,
): boolean {
  return (status?.migratedVolumes ?? []).length > 0 || changedClaims(spec.template.spec, running).length > 0
}

/** Holds where nobody else was faster. Through JSON, as the API carries it. */
export function replaced(path: string, before: readonly object[] | undefined, after: readonly object[]): Json[] {
  return [
    { op: 'test', path, value: (before ?? null) as unknown as Json },
    { op: before === undefined ? 'add' : 'replace', path, value: after as unknown as Json },
  ]
}
