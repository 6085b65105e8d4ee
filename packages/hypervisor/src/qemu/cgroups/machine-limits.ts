/** The limits of a machine's processes: its own, and those that every machine has. */

import type { Acceleration } from '../../spec/capabilities.ts'
import type { DomainSpec } from '../../spec/domain.ts'
import { translatedMiB } from '../arguments/accelerator.ts'
import type { GroupLimits } from './limits.ts'

/** Threads of QEMU beside one for each processor: at most 64 for each queue of its disks, the screen, helpers. Far from what is needed. */
const spareTasks = 1024
const mebibyte = 1024 ** 2

export function limitsOf(spec: DomainSpec, acceleration: Acceleration): GroupLimits {
  const { cpu, limits = {} } = spec
  const emulation = acceleration === 'tcg' ? translatedMiB(spec) * mebibyte : 0
  return {
    ...limits,
    ...(limits.memoryBytes === undefined ? {} : { memoryBytes: limits.memoryBytes + emulation }),
    tasks: spareTasks + cpu.sockets * cpu.cores * cpu.threads,
  }
}
