/** What runs the guest's instructions. */

import type { Acceleration } from '../../spec/capabilities.ts'
import type { ComputeSpec } from '../../spec/compute.ts'
import { option } from './escape.ts'

export function acceleratorArguments(spec: ComputeSpec, acceleration: Acceleration): string[] {
  return ['-accel', option(acceleration, { 'tb-size': acceleration === 'tcg' ? translatedMiB(spec) : undefined })]
}

const smallestMiB = 32
const largestMiB = 512
/** Each processor translates into a part of its own. */
const perProcessorMiB = 16

/**
 * MiB for translated code, all of which is kept until it is full. QEMU's own bound is an eighth of the host's memory and up to 1 GiB, per
 * machine. A guest of 128 MiB boots with 32 in the time it takes with that; with 16 it takes an eighth longer.
 */
export function translatedMiB({ memoryMiB, cpu: { sockets, cores, threads } }: ComputeSpec): number {
  const least = Math.max(smallestMiB, sockets * cores * threads * perProcessorMiB)
  return Math.max(least, Math.min(largestMiB, Math.floor(memoryMiB / 4)))
}
