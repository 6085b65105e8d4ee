/** Rules about what a guest is told of its hypervisor: most of it only KVM can do. */

import { isJsonObject } from '@berth/meta'
import { when, type HostAbilities, type Rule, type RuleTable } from './rule.ts'

/** Honoured unless it is on and this host cannot: `property` is the emulator's name for it. */
function needsKvm(property: string, isOn: (value: unknown) => boolean): Rule {
  return when((value, host) => (isOn(value) ? kvmProblem(property, host) : undefined))
}

function kvmProblem(property: string, { compute }: HostAbilities): string | undefined {
  if (compute === undefined) return undefined
  if (compute.acceleration === 'tcg') {
    const why = compute.accelerationReason === undefined ? '' : `: ${compute.accelerationReason}`
    return `only KVM does this, and this host emulates processors${why}`
  }
  return compute.cpuSwitches.includes(property) ? undefined : `the emulator of this host is too old for this`
}

/** A feature that is named is on, unless it says otherwise. */
const enabled = (value: unknown): boolean => isJsonObject(value) && value['enabled'] !== false
const present = (value: unknown): boolean => isJsonObject(value) && value['present'] !== false
const isTrue = (value: unknown): boolean => value === true

const enlightenments: Readonly<Record<string, string>> = {
  evmcs: 'hv-evmcs',
  frequencies: 'hv-frequencies',
  ipi: 'hv-ipi',
  reenlightenment: 'hv-reenlightenment',
  relaxed: 'hv-relaxed',
  reset: 'hv-reset',
  runtime: 'hv-runtime',
  spinlocks: 'hv-spinlocks',
  synic: 'hv-synic',
  synictimer: 'hv-stimer',
  tlbflush: 'hv-tlbflush',
  vapic: 'hv-vapic',
  vendorid: 'hv-vendor-id',
  vpindex: 'hv-vpindex',
}

/** Parts of an enlightenment, and the emulator's names for them. */
const parts: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  synictimer: { direct: 'hv-stimer-direct' },
  tlbflush: { direct: 'hv-tlbflush-direct', extended: 'hv-tlbflush-ext' },
}

function enlightenment(name: string, property: string): Rule {
  return when((value, host) => {
    if (!isJsonObject(value) || !enabled(value)) return undefined
    const wanted = [
      property,
      ...Object.entries(parts[name] ?? {}).flatMap(([part, its]) => (enabled(value[part]) ? [its] : [])),
    ]
    return wanted.map((each) => kvmProblem(each, host)).find((problem) => problem !== undefined)
  })
}

/** Below `spec.domain`. */
export const guestFeatureTable: RuleTable = {
  ...Object.fromEntries(
    Object.entries(enlightenments).map(([name, property]) => [
      `features.hyperv.${name}`,
      enlightenment(name, property),
    ]),
  ),
  'features.hypervPassthrough': needsKvm('hv-passthrough', enabled),
  'features.pvspinlock': needsKvm('kvm-pv-unhalt', enabled),
  'features.apic.endOfInterrupt': needsKvm('kvm-pv-eoi', isTrue),
  'clock.timer.hyperv': needsKvm('hv-time', present),
  'clock.timer.kvm': needsKvm('kvmclock', present),
}
