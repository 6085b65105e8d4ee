/**
 * Keeps a running instance in step with its machine's template: what can be changed while it runs is changed, what cannot needs a
 * restart, and says so.
 */

import {
  annotations,
  isFinal,
  virtualMachineInstances,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { messageOf } from '@berth/base'
import type { Json } from '@berth/meta'
import { applied } from '../instancetypes/expand.ts'
import { ReferenceFailure } from '../instancetypes/find.ts'
import type { EngineServices } from '../services.ts'
import type { Followed } from './followed.ts'
import { followVolumes } from './live-volumes.ts'
import { divergence, type UpdateSettings } from './start-revision.ts'

/** The seam for what plugs processors and memory into running machines: its abilities are switched on here. */
export function updateSettings(services: Pick<EngineServices, 'client' | 'configuration'>): UpdateSettings {
  return {
    rollout: services.configuration.get().vmRolloutStrategy,
    abilities: { cpuHotplug: false, memoryHotplug: false },
    async expand(spec, machine) {
      try {
        return await applied({ ...machine, spec }, services)
      } catch (error) {
        // What it referred to is gone: then it is not what the machine refers to now.
        if (error instanceof ReferenceFailure) return spec
        throw error
      }
    },
  }
}

export async function followTemplate(
  machine: Readonly<VirtualMachine>,
  instance: Readonly<VirtualMachineInstance> | undefined,
  services: EngineServices,
): Promise<Followed> {
  if (instance === undefined || isFinal(instance) || instance.metadata.deletionTimestamp !== undefined)
    return { instance }
  const { failure, instance: current } = await followVolumes(machine, instance, services)
  const followed = await followRest(machine, current, services)
  return failure === undefined ? followed : { ...followed, failure }
}

async function followRest(
  machine: Readonly<VirtualMachine>,
  instance: Readonly<VirtualMachineInstance>,
  services: EngineServices,
): Promise<Followed> {
  const { client } = services
  const difference = await divergence(machine, instance, { client, settings: updateSettings(services) })
  if (difference === undefined) return { instance }
  const { restartRequired, placement, sameTemplate, wanted } = difference
  const target = { namespace: instance.metadata.namespace ?? '', name: instance.metadata.name ?? '' }
  let current = instance
  // The machine changed in what is not its template (its strategy, say): the instance is of this generation all the same.
  if (sameTemplate) {
    const { generation = 1 } = machine.metadata
    const metadata = { annotations: { [annotations.vmGeneration]: String(generation) } }
    current = await client.patch(virtualMachineInstances, target, { type: 'merge', patch: { metadata } })
  }
  if (placement.length > 0) {
    const patch = placement.map((field): Json => {
      const path = `/spec/${field}`
      // Through JSON, as the API carries it.
      const value = wanted[field] as unknown as Json | undefined
      return value === undefined ? { op: 'remove', path } : { op: 'add', path, value }
    })
    try {
      current = await client.patch(virtualMachineInstances, target, { type: 'json', patch })
    } catch (error) {
      const reason = placement.includes('tolerations') ? 'TolerationsChangeError' : 'AffinityChangeError'
      const what = placement.includes('tolerations') ? 'tolerations' : 'node affinity'
      return {
        instance: current,
        failure: {
          reason,
          message: `Error encountered while handling ${what} change request: ${messageOf(error)}`,
        },
      }
    }
  }
  return { instance: current, ...(restartRequired === undefined ? {} : { restartRequired }) }
}
