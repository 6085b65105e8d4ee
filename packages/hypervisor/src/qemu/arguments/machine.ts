/** Chipset, processors, memory and identity. */

import type { Acceleration } from '../../spec/capabilities.ts'
import type { ComputeSpec } from '../../spec/compute.ts'
import { option } from './escape.ts'
import type { OpenFiles } from './open-files.ts'

export function machineArguments(spec: ComputeSpec, { firmware }: OpenFiles, acceleration: Acceleration): string[] {
  const { cpu, memoryMiB } = spec
  const model = cpu.model ?? (acceleration === 'kvm' ? 'host' : 'max')
  const features = Object.fromEntries(cpu.features.map(({ name, enabled }) => [name, enabled]))
  return [
    '-machine',
    option(spec.machine, {
      accel: acceleration,
      vmport: 'off',
      'dump-guest-core': false,
      acpi: spec.acpi,
      ...(firmware === undefined ? {} : { pflash0: 'firmware-code', pflash1: 'firmware-vars' }),
    }),
    '-cpu',
    option(model, features),
    '-smp',
    option('', {
      cpus: cpu.sockets * cpu.cores * cpu.threads,
      sockets: cpu.sockets,
      cores: cpu.cores,
      threads: cpu.threads,
    }),
    '-m',
    option('', { size: `${memoryMiB}M` }),
    '-uuid',
    spec.uuid,
    '-smbios',
    option('type=1', { manufacturer: 'Berth', product: 'Virtual machine', uuid: spec.uuid, serial: spec.serial }),
  ]
}
