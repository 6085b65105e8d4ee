/** A rule for the spec of an instance, and what it may ask besides that spec. */

import type { StatusCause } from '@berth/meta'
import type { ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'

export interface RuleContext {
  configuration: ClusterConfiguration
  /** The operator of this host allows hostDisk volumes in some directory, which says as much as the feature gate does. */
  hostDisks?: boolean
}

export interface Place extends RuleContext {
  /** Path of the spec: `spec`, or `spec.template.spec` inside a machine. */
  field: string
}

export interface InstanceRule {
  /** What it guards, in a few words. */
  name: string
  causes(spec: VirtualMachineInstanceSpec, place: Place): StatusCause[]
}

export function applyInstanceRules(
  rules: readonly InstanceRule[],
  spec: VirtualMachineInstanceSpec,
  place: Place,
): StatusCause[] {
  return rules.flatMap((rule) => rule.causes(spec, place))
}
