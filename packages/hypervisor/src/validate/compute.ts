/** Rules for identity, memory, clock and what the guest is told of the hypervisor. */

import type { ClockSpec } from '../spec/clock.ts'
import type { ComputeSpec } from '../spec/compute.ts'
import { hypervProperties, type HypervisorFeatures } from '../spec/hypervisor-features.ts'
import { maxAcpiTableBytes, type SmbiosSpec } from '../spec/identity.ts'
import { check, checkCount, checkText, wordPattern } from './checks.ts'
import { validateCpu } from './cpu.ts'

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const maxMemoryMiB = 16 * 1024 * 1024
const mebibyte = 1024 ** 2
/** What -cpu takes: it splits at commas, and nothing keeps one from splitting. */
const vendorPattern = /^[\u0020-\u002b\u002d-\u007e]{1,12}$/
/** Windows refuses fewer, and QEMU writes them in 32 bits. */
const fewestRetries = 0xfff
const mostRetries = 0xffff_ffff
const acpiSignatures: readonly string[] = ['SLIC', 'MSDM']

/** @throws {DriverError} InvalidSpec */
export function validateCompute(spec: ComputeSpec): void {
  check(uuidPattern.test(spec.uuid), 'uuid', 'a UUID')
  checkText(spec.serial, 'serial', 256)
  check(wordPattern.test(spec.machine), 'machine', 'a machine type')
  validateMemory(spec)
  validateCpu(spec)
  validateClock(spec.clock)
  if (spec.hypervisor !== undefined) validateHypervisor(spec.hypervisor)
  if (spec.smbios !== undefined) validateSmbios(spec.smbios)
  spec.acpiTables?.forEach(({ signature, base64 }, index) => {
    const field = `acpiTables[${index}]`
    check(acpiSignatures.includes(signature), `${field}.signature`, `one of ${acpiSignatures.join(', ')}`)
    const bytes = Buffer.from(base64, 'base64')
    check(bytes.toString('base64') === base64, `${field}.base64`, 'base64')
    check(
      bytes.length >= 36 && bytes.length <= maxAcpiTableBytes,
      field,
      `a table with its header of 36 bytes, at most ${maxAcpiTableBytes} in all`,
    )
  })
}

function validateMemory({ memoryMiB, maxMemoryMiB: room, hugePageBytes }: ComputeSpec): void {
  checkCount(memoryMiB, 'memoryMiB', maxMemoryMiB)
  if (room !== undefined) {
    checkCount(room, 'maxMemoryMiB', maxMemoryMiB)
    check(room >= memoryMiB, 'maxMemoryMiB', 'at least memoryMiB')
  }
  if (hugePageBytes === undefined) return
  checkCount(hugePageBytes, 'hugePageBytes', 2 ** 40)
  check(Number.isInteger(Math.log2(hugePageBytes)), 'hugePageBytes', 'a power of two')
  check((memoryMiB * mebibyte) % hugePageBytes === 0, 'memoryMiB', 'a multiple of the size of a huge page')
}

function validateClock({ utcOffsetSeconds, timezone, timers }: ClockSpec): void {
  check(Number.isSafeInteger(utcOffsetSeconds), 'clock.utcOffsetSeconds', 'a whole number')
  checkText(timezone, 'clock.timezone', 64)
  const { rtc, pit } = timers ?? {}
  checkOneOf(rtc?.tickPolicy, 'clock.timers.rtc.tickPolicy', ['delay', 'catchup'])
  checkOneOf(rtc?.track, 'clock.timers.rtc.track', ['guest', 'wall'])
  checkOneOf(pit?.tickPolicy, 'clock.timers.pit.tickPolicy', ['delay', 'discard'])
}

function validateHypervisor({ hyperv }: HypervisorFeatures): void {
  if (hyperv === undefined) return
  const { flags, spinlockRetries, vendorId } = hyperv
  flags.forEach((flag, index) =>
    check(Object.hasOwn(hypervProperties, flag), `hypervisor.hyperv.flags[${index}]`, 'an enlightenment'),
  )
  if (spinlockRetries !== undefined) {
    const whole = Number.isSafeInteger(spinlockRetries)
    check(
      whole && spinlockRetries >= fewestRetries && spinlockRetries <= mostRetries,
      'hypervisor.hyperv.spinlockRetries',
      `a whole number from ${fewestRetries} to ${mostRetries}`,
    )
  }
  if (vendorId !== undefined)
    check(vendorPattern.test(vendorId), 'hypervisor.hyperv.vendorId', 'one to twelve characters, none a comma')
}

function validateSmbios({ system, chassis }: SmbiosSpec): void {
  for (const [part, values] of Object.entries({ system, chassis })) {
    for (const [name, text] of Object.entries(values ?? {})) checkText(text, `smbios.${part}.${name}`, 256)
  }
}

function checkOneOf(value: string | undefined, field: string, allowed: readonly string[]): void {
  if (value !== undefined) check(allowed.includes(value), field, `one of ${allowed.join(', ')}`)
}
