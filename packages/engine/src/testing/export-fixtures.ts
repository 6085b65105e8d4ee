/** Machines for tests of what happens to their claims. */

import type { RunStrategy, VirtualMachine } from '@berth/api'
import { namespace } from './test-engine.ts'

export function machineWithClaims(name: string, claims: readonly string[], runStrategy: RunStrategy): VirtualMachine {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace },
    spec: {
      runStrategy,
      template: {
        spec: {
          domain: {
            devices: { disks: claims.map((claim) => ({ name: claim, disk: { bus: 'virtio' } })) },
            memory: { guest: '64Mi' },
          },
          volumes: claims.map((claim) => ({ name: claim, persistentVolumeClaim: { claimName: claim } })),
        },
      },
    },
  }
}
