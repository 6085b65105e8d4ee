/** Processors: model, features, what they tell of the hypervisor, topology. */

import type { Acceleration } from '../../spec/capabilities.ts'
import type { ProcessorCapabilities } from '../../spec/compute-capabilities.ts'
import type { ComputeSpec } from '../../spec/compute.ts'
import type { CpuSpec } from '../../spec/cpu.ts'
import { hypervProperties, type HypervisorFeatures } from '../../spec/hypervisor-features.ts'
import { option, type OptionValue } from './escape.ts'

export interface CpuOptions {
  acceleration: Acceleration
  /** Absent: every feature is taken to be there. */
  processor?: ProcessorCapabilities | undefined
}

export function cpuArguments(spec: ComputeSpec, { acceleration, processor }: CpuOptions): string[] {
  const { cpu, clock, hypervisor } = spec
  const kvm = acceleration === 'kvm'
  const model = cpu.model ?? (kvm ? 'host' : 'max')
  const clockSwitch = kvm && clock.timers?.kvmclock !== undefined ? { kvmclock: clock.timers.kvmclock.present } : {}
  return [
    '-cpu',
    option(model, {
      ...(kvm || cpu.model !== undefined ? {} : fastStrings(processor)),
      ...(kvm || cpu.model !== undefined || cpu.threads === 1 ? {} : threadValues(processor)),
      ...featureValues(cpu, model, processor),
      ...(hypervisor === undefined ? {} : hypervisorValues(hypervisor, kvm)),
      ...clockSwitch,
      // The interrupts of its counters come when nobody expects them.
      ...(cpu.dedicated?.realtime === undefined ? {} : { pmu: false }),
    }),
    '-smp',
    topology(cpu),
  ]
}

/**
 * A guest that is told of fast string instructions clears and copies memory byte by byte, each of which is emulated: without it, it takes
 * words, and boots in an eighth less time. Who asks for the feature gets it.
 */
function fastStrings(processor: ProcessorCapabilities | undefined): Record<string, OptionValue> {
  return processor?.features['erms'] === true ? { erms: false } : {}
}

/** Room for more needs an interrupt controller that machines do not have. Only room is cut to it: it is mostly asked for by default. */
const mostRoom = 240

function topology({ sockets, cores, threads, maxSockets = sockets }: CpuSpec): string {
  const room = Math.max(sockets, Math.min(maxSockets, Math.floor(mostRoom / (cores * threads))))
  return option('', {
    cpus: sockets * cores * threads,
    ...(room > sockets ? { maxcpus: room * cores * threads } : {}),
    sockets: room,
    cores,
    threads,
  })
}

/**
 * Emulated processors are AMD's, of a family that had no threads: guests would take each for a core. Zen has them, and tells of them in
 * a leaf that QEMU fills in for emulation too, though it does not count it among what emulation can do.
 */
function threadValues(processor: ProcessorCapabilities | undefined): Record<string, OptionValue> {
  if (processor?.switches.includes(forceSwitch) !== true) return {}
  return { family: 23, model: 1, [forceSwitch]: true, topoext: true }
}

/** QEMU spells its names with dashes; libvirt, which KubeVirt's manifests follow, spells some with underscores. */
export function knownFeature(name: string, { features }: ProcessorCapabilities): string | undefined {
  return [name.replaceAll('_', '-'), name].find((each) => Object.hasOwn(features, each))
}

function featureValues(
  { features }: CpuSpec,
  model: string,
  processor: ProcessorCapabilities | undefined,
): Record<string, OptionValue> {
  const values: Record<string, OptionValue> = {}
  let forced = false
  for (const { name, policy } of features) {
    const known = processor === undefined ? name : knownFeature(name, processor)
    // A feature that QEMU has never heard of is one that no guest gets.
    if (known === undefined) continue
    const available = processor?.features[known] ?? true
    if (policy === 'optional' && !available) continue
    forced ||= policy === 'force' && !available
    values[known] = policy !== 'disable' && policy !== 'forbid'
  }
  if (!forced || processor === undefined) return values
  // Forcing is for the whole processor: what the model has and this host lacks, but nobody forces, is taken away by hand.
  const missing = (processor.missing[model] ?? []).map((name) => [name, false] as const)
  return { [forceSwitch]: true, ...Object.fromEntries(missing), ...values }
}

/** Keeps QEMU from taking away features that the acceleration cannot do. */
export const forceSwitch = 'x-force-features'

function hypervisorValues(
  { hidden, endOfInterrupt, pvSpinlock, hyperv }: HypervisorFeatures,
  kvm: boolean,
): Record<string, OptionValue> {
  return {
    ...(hidden === true ? { [kvm ? 'kvm' : 'tcg-cpuid']: false } : {}),
    'kvm-pv-eoi': endOfInterrupt,
    'kvm-pv-unhalt': pvSpinlock,
    ...(hyperv?.passthrough === true ? { 'hv-passthrough': true } : {}),
    ...Object.fromEntries((hyperv?.flags ?? []).map((flag) => [hypervProperties[flag], true])),
    'hv-spinlocks': hyperv?.spinlockRetries === undefined ? undefined : `0x${hyperv.spinlockRetries.toString(16)}`,
    'hv-vendor-id': hyperv?.vendorId,
  }
}
