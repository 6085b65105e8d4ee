/** The instance a machine starts as. Pure. */

import {
  annotations,
  finalizers,
  labels,
  labelSafeName,
  type VirtualMachine,
  type VirtualMachineInstance,
} from '@berth/api'
import { controllerReferenceTo } from '@berth/meta'

export function instanceFor(machine: Readonly<VirtualMachine>, revision: string): VirtualMachineInstance {
  const { name = '', namespace, generation = 1 } = machine.metadata
  const { metadata, spec } = machine.spec.template
  const paused = machine.status?.stateChangeRequests?.[0]?.data?.['paused'] === 'true'
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...metadata?.labels, [labels.vmName]: labelSafeName(name) },
      annotations: { ...metadata?.annotations, [annotations.vmGeneration]: String(generation) },
      ownerReferences: [controllerReferenceTo(machine)],
      finalizers: [finalizers.machine],
    },
    spec: { ...withoutDumps(spec), ...(paused ? { startStrategy: 'Paused' as const } : {}) },
    status: { virtualMachineRevisionName: revision },
  }
}

/** A claim for memory dumps belongs to the machine; a run has it only while one is made. */
function withoutDumps<T extends VirtualMachine['spec']['template']['spec']>(spec: T): T {
  const { volumes } = spec
  if (volumes?.some(({ memoryDump }) => memoryDump !== undefined) !== true) return spec
  return { ...spec, volumes: volumes.filter(({ memoryDump }) => memoryDump === undefined) }
}
