/** What admission finds when one thing is changed in a manifest it accepts. */

import { applyMergePatch, type JsonObject, type StatusCause } from '@berth/meta'
import { resolveConfiguration } from '../configuration/cluster-configuration.ts'
import type { VirtualMachineInstance } from '../types/instance.ts'
import type { KubeVirtConfiguration } from '../types/kubevirt.ts'
import { validateInstanceCreate } from '../validation/instance.ts'

/** An instance after its defaults, as far as admission asks. */
export const accepted: JsonObject = {
  architecture: 'amd64',
  domain: {
    machine: { type: 'q35' },
    memory: { guest: '1Gi' },
    devices: {
      disks: [{ name: 'root', disk: { bus: 'virtio' } }],
      interfaces: [{ name: 'default', masquerade: {} }],
    },
  },
  networks: [{ name: 'default', pod: {} }],
  volumes: [{ name: 'root', containerDisk: { image: 'registry.example/root:1' } }],
}

/** [what is changed, merge patch on an accepted spec, causes as {@link told}, what the KubeVirt resource configures] */
export type Row = [rule: string, change: JsonObject, causes: string[], configuration?: KubeVirtConfiguration]

/** The first ten causes against an instance's spec that was changed by a merge patch. */
export function instanceCauses(change: JsonObject, configuration: KubeVirtConfiguration = {}): string[] {
  const instance: unknown = {
    apiVersion: 'kubevirt.io/v1',
    kind: 'VirtualMachineInstance',
    metadata: { name: 'x', namespace: 'default' },
    spec: applyMergePatch(accepted, change),
  }
  // The point is what types would not let us write.
  return validateInstanceCreate(instance as VirtualMachineInstance, {
    configuration: resolveConfiguration(configuration),
    trusted: false,
  })
    .slice(0, 10)
    .map(told)
}

/** `Invalid spec.hostname: message`; reason and field are left out where there are none. */
export function told({ reason, field, message = '' }: StatusCause): string {
  const place = [reason?.replace(/^FieldValue/, ''), field]
    .filter((part) => part !== undefined && part !== '')
    .join(' ')
  return place === '' ? message : `${place}: ${message}`
}
