/** What this host has of processors and memory beyond what QEMU tells. */

import { access } from 'node:fs/promises'
import type { Acceleration } from '../spec/capabilities.ts'
import type { ComputeCapabilities, ProcessorCapabilities } from '../spec/compute-capabilities.ts'
import { dedicatedCpus, readHostCpus, type HostCpus } from './host-cpus.ts'
import { readHugePages } from './huge-pages.ts'
import { whyNoLockedMemory } from './memory-lock.ts'
import { whyNoRealtime } from './realtime.ts'

export interface ComputeDescription {
  capabilities: ComputeCapabilities
  cpus: HostCpus
}

export async function describeCompute(found: {
  acceleration: Acceleration
  accelerationReason: string | undefined
  processor: ProcessorCapabilities
  asRoot: boolean
}): Promise<ComputeDescription> {
  const [cpus, hugePages, noLockedMemory, noRealtime, noEncryption] = await Promise.all([
    readHostCpus(),
    readHugePages(),
    whyNoLockedMemory(found.asRoot),
    whyNoRealtime(),
    whyNoEncryption(found.acceleration, found.accelerationReason),
  ])
  const capabilities: ComputeCapabilities = {
    processor: found.processor,
    hugePages,
    dedicatedProcessors: dedicatedCpus(cpus).length,
    numaNodes: new Set(cpus.nodeOf.values()).size,
    noEncryption,
    ...(noLockedMemory === undefined ? {} : { noLockedMemory }),
    ...(noRealtime === undefined ? {} : { noRealtime }),
  }
  return { capabilities, cpus }
}

async function whyNoEncryption(
  acceleration: Acceleration,
  reason: string | undefined,
): Promise<ComputeCapabilities['noEncryption']> {
  if (acceleration === 'tcg') {
    const why = `guest memory is encrypted by the processor, which needs KVM, and this host emulates processors${reason === undefined ? '' : `: ${reason}`}`
    return { sev: why, snp: why, tdx: why }
  }
  const sevDevice = await access('/dev/sev').then(
    () => true,
    () => false,
  )
  const sev = sevDevice
    ? 'this host encrypts guest memory (/dev/sev), but the driver cannot set it up'
    : 'this host has no encryption of guest memory: there is no /dev/sev'
  return { sev, snp: sev, tdx: 'the driver cannot set up Intel TDX' }
}
