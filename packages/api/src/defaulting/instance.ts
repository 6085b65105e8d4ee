/** What a VirtualMachineInstance gets when it is created. Source: KubeVirt's instance mutator. */

import { formatTime } from '@berth/meta'
import { defaultConfiguration, type ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import { defaultGraceSeconds } from '../lifecycle/machine.ts'
import { annotations, finalizers } from '../names.ts'
import type { VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import { defaultDevices, defaultDiskTargets, defaultNetwork, defaultVolumeDisks } from './devices.ts'
import { defaultFeatures, defaultTimers } from './features.ts'
import { defaultHotplug } from './hotplug.ts'
import { defaultHyperv } from './hyperv.ts'
import { pciTopologyOf, platformOf, type Architecture } from './platform.ts'
import { defaultProbe } from './probe.ts'
import { defaultPullPolicies } from './pull-policy.ts'
import { defaultGuestMemory, defaultRequests, defaultTopology } from './resources.ts'

export interface InstanceDefaults {
  architecture: Architecture
  /** Of the cluster at the time of the request; an unconfigured one unless given. */
  configuration?: ClusterConfiguration
  /** Running machines of this host can be given processors and memory, so they get room to grow. Off unless given. */
  hotplug?: boolean
  /** A random version 4 UUID; used when the firmware has none. */
  uuid(): string
  now: Date
}

/** The user QEMU runs as, as clients of KubeVirt know it. */
const runtimeUser = 107

/** Fills spec, first status, annotation and finalizer, in place. Sizes that cannot be read are left for validation to refuse. */
export function defaultInstance(instance: VirtualMachineInstance, defaults: InstanceDefaults): void {
  const { configuration = defaultConfiguration, hotplug = false } = defaults
  const { spec, metadata } = instance
  defaultInstanceSpec(spec, defaults)
  const { domain } = spec
  const guest = domain.memory?.guest
  const { sockets, cores, threads } = domain.cpu ?? {}
  instance.status = {
    phase: 'Pending',
    phaseTransitionTimestamps: [{ phase: 'Pending', phaseTransitionTimestamp: formatTime(defaults.now) }],
    runtimeUser,
    ...(guest === undefined ? {} : { memory: { guestAtBoot: guest, guestCurrent: guest, guestRequested: guest } }),
    currentCPUTopology: {
      ...(sockets === undefined ? {} : { sockets }),
      ...(cores === undefined ? {} : { cores }),
      ...(threads === undefined ? {} : { threads }),
    },
  }
  if (hotplug) defaultHotplug(spec, configuration)
  const topology = pciTopologyOf(spec)
  if (topology !== undefined && metadata.annotations?.[annotations.pciTopologyVersion] === undefined) {
    metadata.annotations = { ...metadata.annotations, [annotations.pciTopologyVersion]: topology }
  }
  const known = metadata.finalizers ?? []
  if (!known.includes(finalizers.instance)) metadata.finalizers = [...known, finalizers.instance]
}

/** Only the spec; what a machine's template would become. In place. */
export function defaultInstanceSpec(
  spec: VirtualMachineInstanceSpec,
  defaults: Pick<InstanceDefaults, 'architecture' | 'configuration' | 'uuid'>,
): void {
  const { configuration = defaultConfiguration } = defaults
  defaultTemplateSpec(spec, defaults)
  spec.terminationGracePeriodSeconds ??= defaultGraceSeconds
  const { domain } = spec
  const firmware = (domain.firmware ??= {})
  if ((firmware.uuid ?? '') === '') firmware.uuid = defaults.uuid()
  defaultFeatures(spec)
  defaultTimers(spec)
  defaultProbe(spec.readinessProbe)
  defaultProbe(spec.livenessProbe)
  defaultDiskTargets(spec)
  defaultDevices(spec)
  defaultHyperv(spec)
  const platform = platformOf(spec.architecture)
  if (platform.uefiOnly === true) defaultUefi(spec)
  const cpu = (domain.cpu ??= {})
  if ((cpu.model ?? '') === '') cpu.model = platform.cpuModel ?? configuration.cpuModel ?? 'host-model'
}

/** What admission of a machine looks at: its template with only these in it. In place. */
export function defaultTemplateSpec(
  spec: VirtualMachineInstanceSpec,
  defaults: Pick<InstanceDefaults, 'architecture' | 'configuration'>,
): void {
  const { configuration = defaultConfiguration } = defaults
  if ((spec.architecture ?? '') === '') spec.architecture = defaults.architecture
  defaultMachineType(spec, configuration)
  defaultRequests(spec, configuration)
  defaultGuestMemory(spec)
  defaultTopology(spec)
  defaultPullPolicies(spec)
  // Whatever is configured was checked when it was.
  spec.evictionStrategy ??= configuration.evictionStrategy
  defaultNetwork(spec, configuration)
  defaultVolumeDisks(spec)
}

export function defaultMachineType(spec: VirtualMachineInstanceSpec, configuration: ClusterConfiguration): void {
  const machine = (spec.domain.machine ??= {})
  if ((machine.type ?? '') === '') machine.type = configuration.machineType(spec.architecture)
}

/** Secure Boot has to be asked for where there is no other firmware. */
function defaultUefi({ domain }: VirtualMachineInstanceSpec): void {
  const firmware = (domain.firmware ??= {})
  const loader = (firmware.bootloader ??= { efi: {} })
  if (loader.efi !== undefined) loader.efi.secureBoot ??= false
}
