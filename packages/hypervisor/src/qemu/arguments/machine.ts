/** The chipset: which of its old timers it has, where its memory and firmware are. */

import { option } from './escape.ts'
import { memoryBackend, type MemorySpec } from './memory.ts'
import type { OpenFiles } from './open-files.ts'

export function machineArguments(spec: MemorySpec, { firmware }: OpenFiles): string[] {
  const { pit, hpet } = spec.clock.timers ?? {}
  return [
    '-machine',
    option(spec.machine, {
      vmport: 'off',
      'dump-guest-core': false,
      acpi: spec.acpi,
      hpet: hpet?.present,
      pit: pit?.present,
      'memory-backend': memoryBackend(spec),
      // Pages that are looked at for merging are pages that are waited for.
      'mem-merge': spec.cpu.dedicated?.realtime === undefined ? undefined : false,
      ...(firmware === undefined ? {} : { pflash0: 'firmware-code', pflash1: 'firmware-vars' }),
    }),
  ]
}
