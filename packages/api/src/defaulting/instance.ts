/** What a VirtualMachineInstance gets when it is created. Source: KubeVirt's instance mutator. */

import { defaultConfiguration, type ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import { formatTime, parseQuantity, quantityToMillis } from '@berth/meta'
import { finalizers } from '../names.ts'
import type { VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import { defaultGraceSeconds } from '../lifecycle/machine.ts'
import { defaultDevices } from './devices.ts'
import { platformOf, type Architecture } from './platform.ts'

export interface InstanceDefaults {
  architecture: Architecture
  /** Of the cluster at the time of the request; an unconfigured one unless given. */
  configuration?: ClusterConfiguration
  /** A random version 4 UUID; used when the firmware has none. */
  uuid(): string
  now: Date
}

/** The user QEMU runs as, as clients of KubeVirt know it. */
const runtimeUser = 107

/** Fills spec, first status and finalizer, in place. Sizes that cannot be read are left for validation to refuse. */
export function defaultInstance(instance: VirtualMachineInstance, defaults: InstanceDefaults): void {
  defaultInstanceSpec(instance.spec, defaults)
  const { domain } = instance.spec
  const guest = domain.memory?.guest
  instance.status = {
    phase: 'Pending',
    phaseTransitionTimestamps: [{ phase: 'Pending', phaseTransitionTimestamp: formatTime(defaults.now) }],
    runtimeUser,
    ...(guest === undefined ? {} : { memory: { guestAtBoot: guest, guestCurrent: guest, guestRequested: guest } }),
    currentCPUTopology: {
      sockets: domain.cpu?.sockets ?? 1,
      cores: domain.cpu?.cores ?? 1,
      threads: domain.cpu?.threads ?? 1,
    },
  }
  const known = instance.metadata.finalizers ?? []
  if (!known.includes(finalizers.instance)) instance.metadata.finalizers = [...known, finalizers.instance]
}

/** Only the spec; what a machine's template would become. In place. */
export function defaultInstanceSpec(
  spec: VirtualMachineInstanceSpec,
  defaults: Pick<InstanceDefaults, 'architecture' | 'configuration' | 'uuid'>,
): void {
  const { configuration = defaultConfiguration } = defaults
  spec.architecture ??= defaults.architecture
  spec.evictionStrategy ??= configuration.evictionStrategy
  spec.terminationGracePeriodSeconds ??= defaultGraceSeconds
  const { domain } = spec
  domain.machine ??= {}
  if (domain.machine.type === undefined || domain.machine.type === '') {
    domain.machine.type = configuration.machineType(spec.architecture)
  }
  const firmware = (domain.firmware ??= {})
  firmware.uuid ??= defaults.uuid()
  defaultResources(spec)
  defaultCpu(spec, configuration)
  if (domain.features?.acpi !== undefined) domain.features.acpi.enabled ??= true
  defaultDevices(spec, configuration)
}

/** Limits are requests where no request is given; memory asked for is what the guest gets. */
function defaultResources({ domain }: VirtualMachineInstanceSpec): void {
  const resources = (domain.resources ??= {})
  const { limits } = resources
  if (limits !== undefined) {
    const requests = (resources.requests ??= {})
    for (const name of ['cpu', 'memory']) {
      const limit = limits[name]
      if (limit !== undefined) requests[name] ??= limit
    }
  }
  const guest = domain.memory?.guest ?? resources.requests?.['memory'] ?? limits?.['memory']
  if (guest !== undefined) domain.memory = { ...domain.memory, guest }
}

/** One of each, but as many sockets as processors were asked for when no topology is given. */
function defaultCpu({ domain, architecture }: VirtualMachineInstanceSpec, configuration: ClusterConfiguration): void {
  const cpu = (domain.cpu ??= {})
  cpu.model ??= configuration.cpuModel ?? platformOf(architecture).cpuModel
  if (cpu.sockets === undefined && cpu.cores === undefined && cpu.threads === undefined) {
    const asked = domain.resources?.limits?.['cpu'] ?? domain.resources?.requests?.['cpu']
    cpu.sockets = asked === undefined ? 1 : wholeProcessors(asked)
  }
  cpu.sockets ??= 1
  cpu.cores ??= 1
  cpu.threads ??= 1
  for (const feature of cpu.features ?? []) feature.policy ??= 'require'
}

function wholeProcessors(text: string): number {
  try {
    return Math.max(1, Math.ceil(quantityToMillis(parseQuantity(text)) / 1000))
  } catch {
    // Not a quantity: validation names the field.
    return 1
  }
}
