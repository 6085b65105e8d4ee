/** Small objects for tests of this package. */

import type { HostAbilities } from '../honoured/rule.ts'
import type { Condition } from '@berth/meta'
import type { InstancePhase, VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { RunStrategy, VirtualMachine, VirtualMachineStatus } from '../types/machine.ts'

export const host: HostAbilities = { architecture: 'amd64', uefi: true, hostDiskDirectories: [] }

export function exampleSpec(): VirtualMachineInstanceSpec {
  return { domain: { memory: { guest: '128Mi' }, devices: {} } }
}

export function exampleMachine(runStrategy: RunStrategy = 'Always', status?: VirtualMachineStatus): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name: 'web', namespace: 'default', uid: 'vm-1', generation: 1 },
    spec: { runStrategy, template: { spec: exampleSpec() } },
    ...(status === undefined ? {} : { status }),
  }
}

export function exampleInstance(
  phase?: InstancePhase,
  more: { conditions?: Condition[]; deleted?: boolean; ran?: boolean; uid?: string } = {},
): VirtualMachineInstance {
  const { conditions, deleted, ran, uid = 'vmi-1' } = more
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid,
      ...(deleted === true ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
    },
    spec: exampleSpec(),
    status: {
      ...(phase === undefined ? {} : { phase }),
      ...(conditions === undefined ? {} : { conditions }),
      phaseTransitionTimestamps:
        ran === true || phase === 'Running'
          ? [{ phase: 'Running', phaseTransitionTimestamp: '2026-01-01T00:00:00Z' }]
          : [],
    },
  }
}
