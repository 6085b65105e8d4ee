/** VirtualMachines: declared from the table in packages/api, with its defaults and rules. */

import { randomUUID } from 'node:crypto'
import {
  admitMachine,
  annotations,
  defaultMachine,
  finalizers,
  machineWarnings,
  resources,
  type HostAbilities,
  type VirtualMachine,
} from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import type { CurrentConfiguration } from '../configuration/current.ts'
import { allSchemas } from './schemas.ts'
import { typed } from './typed.ts'

export function machineDefinition({
  host,
  configuration,
}: {
  host: HostAbilities
  configuration: CurrentConfiguration
}): ResourceDefinition {
  return {
    ...typed(resources.virtualMachine, allSchemas),
    rules: {
      default(object, previous) {
        // The schema has vouched for the shape.
        const machine = object as unknown as VirtualMachine
        defaultMachine(machine, previous as unknown as VirtualMachine | undefined, {
          architecture: host.architecture,
          configuration: configuration.get(),
          uuid: randomUUID,
        })
        machine.metadata.annotations = {
          ...machine.metadata.annotations,
          [annotations.latestObservedVersion]: 'v1',
          [annotations.storageObservedVersion]: 'v1',
        }
        const held = machine.metadata.finalizers ?? []
        if (previous === undefined && !held.includes(finalizers.machine)) {
          machine.metadata.finalizers = [...held, finalizers.machine]
        }
      },
      validate(object, previous, context) {
        // As above.
        const machine = object as unknown as VirtualMachine
        admitMachine(machine, {
          host,
          configuration: configuration.get(),
          previous: previous as unknown as VirtualMachine | undefined,
        })
        for (const warning of machineWarnings(machine)) context.warn(warning)
        return []
      },
    },
  }
}
