/** Rules for identity, processors, memory and clock. */

import type { ComputeSpec } from '../spec/compute.ts'
import { check, checkCount, checkText, wordPattern } from './checks.ts'

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** @throws {DriverError} InvalidSpec */
export function validateCompute(spec: ComputeSpec): void {
  check(uuidPattern.test(spec.uuid), 'uuid', 'a UUID')
  checkText(spec.serial, 'serial', 256)
  check(wordPattern.test(spec.machine), 'machine', 'a machine type')
  checkCount(spec.memoryMiB, 'memoryMiB', 16 * 1024 * 1024)
  validateCpu(spec.cpu)
  check(Number.isSafeInteger(spec.clock.utcOffsetSeconds), 'clock.utcOffsetSeconds', 'a whole number')
  checkText(spec.clock.timezone, 'clock.timezone', 64)
}

function validateCpu(cpu: ComputeSpec['cpu']): void {
  if (cpu.model !== undefined) check(wordPattern.test(cpu.model), 'cpu.model', 'a CPU model')
  cpu.features.forEach(({ name }, index) => {
    check(wordPattern.test(name), `cpu.features[${index}].name`, 'a CPU feature')
  })
  checkCount(cpu.sockets, 'cpu.sockets', 4096)
  checkCount(cpu.cores, 'cpu.cores', 4096)
  checkCount(cpu.threads, 'cpu.threads', 4096)
  checkCount(cpu.sockets * cpu.cores * cpu.threads, 'cpu.sockets x cores x threads', 4096)
}
