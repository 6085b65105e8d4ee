/** How much memory a guest gets. */

import type { VirtualMachineInstance } from '@berth/api'
import { quantityToBytes } from '@berth/meta'

/** By object, which the cache never changes: every placement asks for all running machines. */
const knownMemory = new WeakMap<Readonly<VirtualMachineInstance>, number>()

/** Memory the guest gets, in bytes. */
export function guestMemoryBytes(instance: Readonly<VirtualMachineInstance>): number {
  const known = knownMemory.get(instance)
  if (known !== undefined) return known
  const bytes = readMemory(instance)
  knownMemory.set(instance, bytes)
  return bytes
}

function readMemory(instance: Readonly<VirtualMachineInstance>): number {
  const { memory, resources } = instance.spec.domain
  const asked = memory?.guest ?? resources?.requests?.['memory'] ?? resources?.limits?.['memory']
  return quantityToBytes(asked ?? memory?.hugepages?.pageSize ?? '0')
}
