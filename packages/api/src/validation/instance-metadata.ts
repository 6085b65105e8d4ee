/** Admission of an instance's metadata, and of a machine's template's. */

import type { StatusCause } from '@berth/meta'
import type { ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import { reservedInstanceLabels } from '../names.ts'
import { invalidField, unsupportedField } from './cause.ts'

export interface InstanceMetadata {
  labels?: Readonly<Record<string, string>> | null | undefined
  annotations?: Readonly<Record<string, string>> | null | undefined
}

export interface MetadataOptions {
  /** `metadata`, or `spec.template.metadata` */
  field: string
  configuration: ClusterConfiguration
  /** The request comes from the engine's own controllers. */
  trusted: boolean
}

/** Annotations that do something only with a gate: the annotation, the gate, KubeVirt's words for it; why it is refused with the gate, too. */
const gated = [
  [
    'kubevirt.io/ignitiondata',
    'ExperimentalIgnitionSupport',
    'ExperimentalIgnitionSupport',
    'the embedded engine gives guests no Ignition configuration; use cloud-init',
  ],
  [
    'hooks.kubevirt.io/hookSidecars',
    'Sidecar',
    'sidecar',
    'the embedded engine runs no containers, hence no hooks beside a machine',
  ],
] as const

export function validateInstanceMetadata(
  { labels, annotations }: InstanceMetadata,
  { field, configuration, trusted }: MetadataOptions,
): StatusCause[] {
  const causes: StatusCause[] = []
  if (!trusted && reservedLabels(labels).length > 0) {
    const message = 'creation of the following reserved kubevirt.io/ labels on a VMI object is prohibited'
    causes.push(unsupportedField(`${field}.labels`, message))
  }
  for (const [name, gate, word, unhonoured] of gated) {
    if ((annotations?.[name] ?? '') === '') continue
    const at = `${field}.annotations`
    const shut = `${word} feature gate is not enabled in kubevirt-config, invalid entry ${at}.${name}`
    causes.push(invalidField(at, configuration.enabled(gate) ? `${at}.${name}: ${unhonoured}` : shut))
  }
  return causes
}

/** Labels that only KubeVirt's own services may set, with their values. */
export function reservedLabels(labels: InstanceMetadata['labels']): [string, string][] {
  return reservedInstanceLabels.flatMap((name): [string, string][] => {
    const value = labels?.[name]
    return value === undefined ? [] : [[name, value]]
  })
}
