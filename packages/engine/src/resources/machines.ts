/** VirtualMachines: declared from the table in packages/api, with its defaults and rules. */

import { randomUUID } from 'node:crypto'
import {
  annotations,
  defaultMachine,
  denied,
  finalizers,
  machineWarnings,
  resources,
  unhonoured,
  validateMachine,
  type HostAbilities,
  type VirtualMachine,
} from '@berth/api'
import type { ResourceDefinition } from '@berth/apiserver'
import { allSchemas } from './schemas.ts'
import { typed } from './typed.ts'

export function machineDefinition(host: HostAbilities): ResourceDefinition {
  const { webhooks, ...data } = resources.virtualMachine
  return {
    ...typed(data, allSchemas),
    rules: {
      default(object, previous) {
        // The schema has vouched for the shape.
        const machine = object as unknown as VirtualMachine
        defaultMachine(machine, previous as unknown as VirtualMachine | undefined, {
          architecture: host.architecture,
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
      validate(object, _previous, context) {
        const machine = object as unknown as VirtualMachine
        const causes = [...validateMachine(machine), ...unhonoured('VirtualMachine', machine.spec, host)]
        if (causes.length > 0) throw denied(webhooks.createValidator, causes)
        for (const warning of machineWarnings(machine)) context.warn(warning)
        return []
      },
    },
  }
}
