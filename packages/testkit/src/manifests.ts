/** Manifests that tests apply. Each is a fresh object, free to be changed. */

import { builtInGuest, type VirtualMachine, type VirtualMachineInstance } from '@berth/api'

type InstanceSpec = VirtualMachineInstance['spec']

export interface GuestOptions {
  namespace?: string
  labels?: Record<string, string>
  runStrategy?: NonNullable<VirtualMachine['spec']['runStrategy']>
  /** Changes the instance's spec before it is used. */
  spec?: (spec: InstanceSpec) => void
}

/** A VirtualMachine that boots the built-in guest: kernel and busybox, a root shell on the serial console. */
export function guestMachine(name: string, options: GuestOptions = {}): VirtualMachine {
  const { namespace = 'default', labels, runStrategy = 'Always' } = options
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachine',
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) },
    spec: {
      runStrategy,
      template: { metadata: { labels: { app: name } }, spec: guestSpec(options.spec) },
    },
  }
}

/** The same without a VirtualMachine around it. */
export function guestInstance(name: string, options: Omit<GuestOptions, 'runStrategy'> = {}): VirtualMachineInstance {
  const { namespace = 'default', labels } = options
  return {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) },
    spec: guestSpec(options.spec),
  }
}

function guestSpec(change?: (spec: InstanceSpec) => void): InstanceSpec {
  const { image, kernelPath, initrdPath } = builtInGuest
  const spec: InstanceSpec = {
    terminationGracePeriodSeconds: 10,
    domain: {
      memory: { guest: '128Mi' },
      firmware: { kernelBoot: { container: { image, kernelPath, initrdPath } } },
      devices: { rng: {}, interfaces: [{ name: 'default', masquerade: {} }] },
    },
    networks: [{ name: 'default', pod: {} }],
  }
  change?.(spec)
  return spec
}
