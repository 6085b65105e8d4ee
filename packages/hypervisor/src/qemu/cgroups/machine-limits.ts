/** The limits of a machine's processes: its own, and those that every machine has. */

import { totalmem } from 'node:os'
import type { Acceleration } from '../../spec/capabilities.ts'
import type { DomainSpec } from '../../spec/domain.ts'
import type { GroupLimits } from './limits.ts'

/** Threads of QEMU beside one for each processor: at most 64 for each queue of its disks, the screen, helpers. Far from what is needed. */
const spareTasks = 1024
/** QEMU keeps translated code in a buffer of this size, or an eighth of the host's memory (accel/tcg/region.c). */
const translationBytes = 1024 ** 3

export function limitsOf({ cpu, limits = {} }: DomainSpec, acceleration: Acceleration): GroupLimits {
  const emulation = acceleration === 'tcg' ? Math.min(translationBytes, totalmem() / 8) : 0
  return {
    ...limits,
    ...(limits.memoryBytes === undefined ? {} : { memoryBytes: limits.memoryBytes + emulation }),
    tasks: spareTasks + cpu.sockets * cpu.cores * cpu.threads,
  }
}
