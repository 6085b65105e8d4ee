/** Objects as people write them, for tests. */

import {
  builtInGuest,
  type DataVolume,
  type RunStrategy,
  type VirtualMachine,
  type VirtualMachineInstance,
  type VirtualMachineInstanceSpec,
} from '@berth/api'

const namespace = 'default'

export function guestSpec(more: Partial<VirtualMachineInstanceSpec> = {}): VirtualMachineInstanceSpec {
  return { domain: { memory: { guest: '64Mi' }, devices: {} }, ...more }
}

export function machineOf(
  name: string,
  more: {
    runStrategy?: RunStrategy
    spec?: Partial<VirtualMachineInstanceSpec>
    dataVolumeTemplates?: VirtualMachine['spec']['dataVolumeTemplates']
    namespace?: string
  } = {},
): VirtualMachine {
  const { runStrategy = 'Always', spec, dataVolumeTemplates } = more
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace: more.namespace ?? namespace },
    spec: {
      runStrategy,
      template: { spec: guestSpec(spec) },
      ...(dataVolumeTemplates === undefined ? {} : { dataVolumeTemplates }),
    },
  }
}

export function instanceOf(name: string, spec: Partial<VirtualMachineInstanceSpec> = {}): VirtualMachineInstance {
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name, namespace },
    spec: guestSpec(spec),
  }
}

export function dataVolumeOf(name: string, spec: Partial<DataVolume['spec']> = {}): DataVolume {
  return {
    apiVersion: 'cdi.kubevirt.io/v1beta1',
    kind: 'DataVolume',
    metadata: { name, namespace },
    spec: { source: { blank: {} }, storage: { resources: { requests: { storage: '16Mi' } } }, ...spec },
  }
}

/** Boots Berth's own small guest, without a disk. */
export const builtInKernel = {
  kernelBoot: {
    container: {
      image: builtInGuest.image,
      kernelPath: builtInGuest.kernelPath,
      initrdPath: builtInGuest.initrdPath,
    },
  },
}
