/** Whether a running machine must be restarted for its present spec to take effect. */

import { compareQuantities, deepEqual, parseQuantity } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'

const words = {
  socketsDown: 'Reduction of CPU socket count requires a restart',
  memoryDown: 'memory updated in template spec to a value lower than what the VM started with',
  other: 'a non-live-updatable field was changed in the template spec',
}

/**
 * The message of the RestartRequired condition; undefined when nothing needs a restart.
 * @param started the template's spec of the revision the machine was started with
 * @param current the template's spec now. Template metadata and DataVolume templates are not compared, as in KubeVirt.
 */
export function restartRequiredMessage(
  started: VirtualMachineInstanceSpec,
  current: VirtualMachineInstanceSpec,
): string | undefined {
  if (deepEqual(significant(started), significant(current))) return undefined
  if ((current.domain.cpu?.sockets ?? 1) < (started.domain.cpu?.sockets ?? 1)) return words.socketsDown
  const [before, after] = [started.domain.memory?.guest, current.domain.memory?.guest]
  if (
    before !== undefined &&
    after !== undefined &&
    compareQuantities(parseQuantity(after), parseQuantity(before)) < 0
  ) {
    return words.memoryDown
  }
  return words.other
}

/** Without what says nothing: nulls, empty lists, and absent members. */
function significant(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(significant)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, child]) => child !== null && child !== undefined && !(Array.isArray(child) && child.length === 0))
      .map(([key, child]) => [key, significant(child)]),
  )
}
