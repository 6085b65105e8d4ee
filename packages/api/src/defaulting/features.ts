/** Defaults of named features and timers: naming one turns it on. */

import type { FeatureState } from '../types/domain.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { platformOf } from './platform.ts'

const spinlockRetries = 4096

export function defaultFeatures({ domain, architecture }: VirtualMachineInstanceSpec): void {
  const features = (domain.features ??= {})
  const acpi = (features.acpi ??= {})
  acpi.enabled ??= platformOf(architecture).acpi
  const { hyperv } = features
  const named: (FeatureState | undefined)[] = [
    features.apic,
    features.smm,
    features.pvspinlock,
    ...Object.values(hyperv ?? {}),
    hyperv?.synictimer?.direct,
    hyperv?.tlbflush?.direct,
    hyperv?.tlbflush?.extended,
  ]
  for (const feature of named) if (feature !== undefined) feature.enabled ??= true
  if (hyperv?.spinlocks?.enabled === true) hyperv.spinlocks.spinlocks ??= spinlockRetries
}

export function defaultTimers({ domain }: VirtualMachineInstanceSpec): void {
  for (const timer of Object.values(domain.clock?.timer ?? {})) timer.present ??= true
}
