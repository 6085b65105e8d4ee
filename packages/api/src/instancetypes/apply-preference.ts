/** Fills what a machine leaves open with what a preference says. Source: KubeVirt's rules of what counts as left open. */

import { deepClone, ownMember, setOwn } from '@berth/meta'
import type { TemplateMetadata } from '../types/core.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { PreferenceSpec } from '../types/instancetype.ts'
import { applyDevicePreferences } from './apply-device-preferences.ts'

/** In place; never in conflict. Called after the instance type has been applied. */
export function applyPreference(
  preference: Readonly<PreferenceSpec>,
  { spec, metadata }: { spec: VirtualMachineInstanceSpec; metadata: TemplateMetadata },
): void {
  for (const apply of parts) apply(preference, spec)
  const annotations = (metadata.annotations ??= {})
  for (const [key, value] of Object.entries(preference.annotations ?? {})) {
    if (ownMember(annotations, key) === undefined) setOwn(annotations, key, value)
  }
}

type Apply = (preference: Readonly<PreferenceSpec>, spec: VirtualMachineInstanceSpec) => void

const parts: readonly Apply[] = [
  applyCpuFeatures,
  ({ devices }, spec) => {
    if (devices !== undefined) applyDevicePreferences(devices, spec)
  },
  applyFeatures,
  applyFirmware,
  ({ machine }, { domain }) => {
    const type = machine?.preferredMachineType ?? ''
    if (type !== '' && (domain.machine?.type ?? '') === '') domain.machine = { ...domain.machine, type }
  },
  applyClock,
  ({ preferredSubdomain }, spec) => {
    if ((spec.subdomain ?? '') === '' && preferredSubdomain !== undefined) spec.subdomain = preferredSubdomain
  },
  ({ preferredTerminationGracePeriodSeconds: seconds }, spec) => {
    if (seconds !== undefined) spec.terminationGracePeriodSeconds ??= seconds
  },
  applyArchitecture,
  ({ preferredLaunchSecurity: security }, { domain }) => {
    if (security !== undefined) domain.launchSecurity ??= deepClone(security)
  },
]

/** Alone, it also reaches a machine's template as it is written, for machine types depend on it. */
export function applyArchitecture(preference: Readonly<PreferenceSpec>, spec: VirtualMachineInstanceSpec): void {
  const architecture = preference.preferredArchitecture ?? ''
  if (architecture !== '' && (spec.architecture ?? '') === '') spec.architecture = architecture
}

function applyCpuFeatures({ cpu: preferred }: Readonly<PreferenceSpec>, { domain }: VirtualMachineInstanceSpec): void {
  const wanted = preferred?.preferredCPUFeatures ?? []
  if (wanted.length === 0) return
  const cpu = (domain.cpu ??= {})
  const own = new Set((cpu.features ?? []).map(({ name }) => name))
  cpu.features = [...(cpu.features ?? []), ...deepClone(wanted.filter(({ name }) => !own.has(name)))]
}

function applyFeatures({ features: wanted }: Readonly<PreferenceSpec>, { domain }: VirtualMachineInstanceSpec): void {
  if (wanted === undefined) return
  const features = (domain.features ??= {})
  const { preferredAcpi, preferredApic, preferredHyperv, preferredKvm, preferredPvspinlock, preferredSmm } = wanted
  // KubeVirt cannot tell whether a machine set this one, and lets the preference win.
  if (preferredAcpi !== undefined) features.acpi = deepClone(preferredAcpi)
  if (preferredApic !== undefined) features.apic ??= deepClone(preferredApic)
  if (preferredKvm !== undefined) features.kvm ??= deepClone(preferredKvm)
  if (preferredPvspinlock !== undefined) features.pvspinlock ??= deepClone(preferredPvspinlock)
  if (preferredSmm !== undefined) features.smm ??= deepClone(preferredSmm)
  if (preferredHyperv !== undefined) features.hyperv = { ...deepClone(preferredHyperv), ...features.hyperv }
}

function applyFirmware({ firmware: wanted }: Readonly<PreferenceSpec>, { domain }: VirtualMachineInstanceSpec): void {
  if (wanted === undefined) return
  const bootloader = ((domain.firmware ??= {}).bootloader ??= {})
  const undecided = (): boolean => bootloader.bios === undefined && bootloader.efi === undefined
  if (wanted.preferredUseBios === true && undecided()) bootloader.bios = {}
  if (wanted.preferredUseBiosSerial !== undefined && bootloader.bios !== undefined)
    bootloader.bios.useSerial ??= wanted.preferredUseBiosSerial
  if (wanted.preferredEfi !== undefined && undecided()) {
    bootloader.efi = deepClone(wanted.preferredEfi)
    return
  }
  if (wanted.preferredUseEfi === true && undecided()) bootloader.efi = {}
  if (wanted.preferredUseSecureBoot !== undefined && bootloader.efi !== undefined)
    bootloader.efi.secureBoot ??= wanted.preferredUseSecureBoot
}

function applyClock({ clock: wanted }: Readonly<PreferenceSpec>, { domain }: VirtualMachineInstanceSpec): void {
  if (wanted === undefined) return
  const clock = (domain.clock ??= {})
  // All of the offset or nothing of it.
  if (wanted.preferredClockOffset !== undefined && clock.utc === undefined && clock.timezone === undefined)
    Object.assign(clock, deepClone(wanted.preferredClockOffset))
  if (wanted.preferredTimer !== undefined) clock.timer ??= deepClone(wanted.preferredTimer)
}
