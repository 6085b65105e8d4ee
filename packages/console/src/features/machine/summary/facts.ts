/** What a machine has, in words. */

import type { VirtualMachine, VirtualMachineInstance } from '@berth/api'
import { parseQuantity, quantityToNumber } from '@berth/meta'
import type { Format } from '../../../i18n/index.ts'

type Instance = VirtualMachineInstance | undefined

/** As the guest's agent tells it, or as the manifest says it is meant. */
export function guestOf({ metadata, spec }: VirtualMachine, instance: Instance): string | undefined {
  const told = instance?.status?.guestOSInfo
  const notes = { ...spec.template.metadata?.annotations, ...metadata.annotations }
  return told?.['prettyName'] ?? told?.['name'] ?? notes['vm.kubevirt.io/os'] ?? spec.preference?.name
}

export function processorsOf({ spec }: VirtualMachine, instance: Instance): string | undefined {
  const cpu = instance?.status?.currentCPUTopology ?? instance?.spec.domain.cpu ?? spec.template.spec.domain.cpu
  if (cpu === undefined) return spec.instancetype === undefined ? '1' : undefined
  const { sockets = 1, cores = 1, threads = 1 } = cpu
  const count = sockets * cores * threads
  return count === 1 ? '1' : `${count} (${sockets} × ${cores} × ${threads})`
}

export function memoryTextOf({ spec }: VirtualMachine, instance: Instance, format: Format): string | undefined {
  const domain = instance?.spec.domain ?? spec.template.spec.domain
  const amount =
    instance?.status?.memory?.guestCurrent ?? domain.memory?.guest ?? domain.resources?.requests?.['memory']
  return amount === undefined ? undefined : bytesText(amount, format)
}

/** A quantity of bytes as people read it; as it stands when it is none. */
export function bytesText(quantity: string, format: Format): string {
  try {
    return format.bytes(quantityToNumber(parseQuantity(quantity)))
  } catch {
    return quantity
  }
}
