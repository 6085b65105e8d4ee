/** What the loads create. */

import { builtInGuest, virtualMachines, type VirtualMachine } from '@berth/api'
import { configMaps, type ConfigMap } from '@berth/kube'
import { type KubeObject, type Resource } from '@berth/meta'

export const machinesPath = '/apis/kubevirt.io/v1/virtualmachines'

const namespace = 'default'

export interface MachineOptions {
  runStrategy: 'Always' | 'Halted'
  /** The guest waits for a start signal that never comes: QEMU is up, but takes no processor time from what is measured. */
  paused?: boolean
  memory?: string
}

/** A machine that boots the built-in guest. */
export function machine(
  name: string,
  { runStrategy, paused = false, memory = '64Mi' }: MachineOptions,
): VirtualMachine {
  const { image, kernelPath, initrdPath } = builtInGuest
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace, labels: { app: 'bench', 'bench.berth.dev/name': name } },
    spec: {
      runStrategy,
      template: {
        metadata: { labels: { app: 'bench' } },
        spec: {
          terminationGracePeriodSeconds: 0,
          ...(paused ? { startStrategy: 'Paused' } : {}),
          domain: {
            memory: { guest: memory },
            firmware: { kernelBoot: { container: { image, kernelPath, initrdPath } } },
            devices: { rng: {}, interfaces: [{ name: 'default', masquerade: {} }] },
          },
          networks: [{ name: 'default', pod: {} }],
        },
      },
    },
  }
}

export function configMap(name: string): ConfigMap {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace, labels: { app: 'bench' } },
    data: { text: 'x'.repeat(200) },
  }
}

export const configMapsPath = `/api/v1/namespaces/${namespace}/configmaps`
const namespacedMachinesPath = `/apis/kubevirt.io/v1/namespaces/${namespace}/virtualmachines`

export interface ObjectSource {
  resource: Resource<KubeObject>
  path: string
  make: (name: string) => KubeObject
}

export const objectsOf = {
  configMaps: { resource: configMaps, path: configMapsPath, make: configMap },
  haltedMachines: {
    resource: virtualMachines,
    path: namespacedMachinesPath,
    make: (name: string) => machine(name, { runStrategy: 'Halted' }),
  },
  /** Small enough that ten thousand of them fit into the memory of a simulated node. */
  runningMachines: {
    resource: virtualMachines,
    path: namespacedMachinesPath,
    make: (name: string) => machine(name, { runStrategy: 'Always', memory: '1Mi' }),
  },
} satisfies Record<string, ObjectSource>

export type ObjectKind = keyof typeof objectsOf
