/** VirtualMachineInstances: no /status, so a rule keeps everybody but the engine from changing spec or status. */

import { randomUUID } from 'node:crypto'
import {
  admitInstance,
  applyPresets,
  defaultInstance,
  denied,
  presets,
  resources,
  type HostAbilities,
  type VirtualMachineInstance,
} from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import type { CurrentConfiguration } from '../configuration/current.ts'
import type { EngineServices } from '../services.ts'
import { typed } from './typed.ts'
import { allSchemas } from './schemas.ts'
import { isEngine } from './who.ts'

export function instanceDefinition({
  host,
  configuration,
  services,
}: {
  host: HostAbilities
  configuration: CurrentConfiguration
  services: () => EngineServices
}): ResourceDefinition {
  return {
    ...typed(resources.virtualMachineInstance, allSchemas),
    rules: {
      async default(object, previous, { user, now, namespace = '' }) {
        // The schema has vouched for the shape.
        const instance = object as unknown as VirtualMachineInstance
        const earlier = previous as unknown as VirtualMachineInstance | undefined
        const trusted = isEngine(user)
        if (earlier === undefined) {
          await mergePresets(instance, namespace, services())
          const revision = trusted ? instance.status?.virtualMachineRevisionName : undefined
          defaultInstance(instance, {
            architecture: host.architecture,
            configuration: configuration.get(),
            uuid: randomUUID,
            now,
          })
          if (revision !== undefined) instance.status = { ...instance.status, virtualMachineRevisionName: revision }
        } else if (!trusted) {
          // Put back in silence, as KubeVirt does.
          if (earlier.status === undefined) delete instance.status
          else instance.status = earlier.status
        }
      },
      validate(object, previous, { user }) {
        // The schema has vouched for the shape.
        const instance = object as unknown as VirtualMachineInstance
        admitInstance(instance, {
          host,
          configuration: configuration.get(),
          trusted: isEngine(user),
          previous: previous as unknown as VirtualMachineInstance | undefined,
        })
        return []
      },
    },
  }
}

/** Read from the server: a preset made a moment ago holds for the next instance. */
async function mergePresets(
  instance: VirtualMachineInstance,
  namespace: string,
  { client }: EngineServices,
): Promise<void> {
  const { items } = await client.list(presets, { namespace })
  const refusal = items.length === 0 ? undefined : applyPresets(instance, items)
  if (refusal !== undefined)
    throw denied(resources.virtualMachineInstance.webhooks.mutator, [{ reason: 'FieldValueInvalid', message: refusal }])
}
