/** What keeps a machine's memory from growing while it runs, and whether its sockets can. */

import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { StatusCause } from '@berth/meta'
import { readAmount } from './amount.ts'
import { invalidField } from './cause.ts'

const mebibyte = 1_048_576n
const gibibyte = 1024n * mebibyte
/** A block of memory that can be plugged in. */
const block = { bytes: 2n * mebibyte, text: '2Mi' }
const largeBlock = { bytes: gibibyte, text: '1Gi' }

/** The first problem in KubeVirt's words; undefined when memory can be added up to `maxGuest`. */
export function memoryHotplugProblem(
  spec: VirtualMachineInstanceSpec,
  maxGuest: string | undefined,
): string | undefined {
  const { cpu, memory, launchSecurity } = spec.domain
  if (cpu?.realtime !== undefined) return 'Memory hotplug is not compatible with realtime VMs'
  if (cpu?.numa?.guestMappingPassthrough !== undefined) {
    return 'Memory hotplug is not compatible with guest mapping passthrough'
  }
  if (launchSecurity !== undefined) return 'Memory hotplug is not compatible with encrypted VMs'
  const { bytes, text } = memory?.hugepages?.pageSize === '1Gi' ? largeBlock : block
  const guest = readAmount(memory?.guest)
  const max = readAmount(maxGuest)
  if (guest === undefined) return 'Guest memory must be configured when memory hotplug is enabled'
  if (max === undefined) return 'Max guest memory must be configured when memory hotplug is enabled'
  if (guest.nanos > max.nanos) return 'Guest memory is greater than the configured maxGuest memory'
  if (guest.value % bytes !== 0n) return `Guest memory must be ${text} aligned`
  if (max.value % bytes !== 0n) return `MaxGuest must be ${text} aligned`
  if (spec.architecture !== 'amd64') return 'Memory hotplug is only available for x86_64 VMs'
  if (guest.value < gibibyte) return 'Memory hotplug is only available for VMs with at least 1Gi of guest memory'
  return undefined
}

/** @param field path of the template's spec */
export function liveUpdate(spec: VirtualMachineInstanceSpec, field: string): StatusCause[] {
  const { cpu, memory } = spec.domain
  const causes: StatusCause[] = []
  const { sockets = 0, maxSockets = 0 } = cpu ?? {}
  if (maxSockets !== 0 && sockets > maxSockets) {
    const message = 'Number of sockets in CPU topology is greater than the maximum sockets allowed'
    causes.push(invalidField(`${field}.domain.cpu.sockets`, message))
  }
  const problem = memory?.maxGuest === undefined ? undefined : memoryHotplugProblem(spec, memory.maxGuest)
  if (problem !== undefined) causes.push(invalidField(`${field}.domain.memory.guest`, problem))
  return causes
}
