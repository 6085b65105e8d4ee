/** An instance that no machine stands behind (made by hand or by a replica set), for texts that speak of machines. */

import { controllerOf } from '@berth/meta'
import { printableStatus } from './status/printable.ts'
import type { VirtualMachineInstance } from './types/instance.ts'
import type { VirtualMachine } from './types/machine.ts'

/** Does no machine own it? */
export function isStandalone(instance: VirtualMachineInstance): boolean {
  return controllerOf(instance)?.kind !== 'VirtualMachine'
}

/** It as the machine that would have made it: one that runs once. */
export function standaloneMachine(instance: VirtualMachineInstance): VirtualMachine {
  const machine: VirtualMachine = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: instance.metadata,
    spec: { runStrategy: 'Once', template: { spec: instance.spec } },
  }
  return {
    ...machine,
    status: {
      printableStatus: printableStatus({ machine, instance, dataVolumes: [], claims: [] }),
      conditions: instance.status?.conditions ?? [],
    },
  }
}
