/** How far a machine may grow while it runs. */

import { formatQuantity, parseQuantity, quantityFromBytes } from '@berth/meta'
import type { ClusterConfiguration } from '../configuration/cluster-configuration.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { readAmount } from '../validation/amount.ts'
import { memoryHotplugProblem } from '../validation/live-update.ts'

/** Machine types bound it differently; this is below all of them. */
const maxProcessors = 512

/** Room for processors and memory, on a cluster that changes running machines. Not on arm64. In place, after other defaults. */
export function defaultHotplug(spec: VirtualMachineInstanceSpec, configuration: ClusterConfiguration): void {
  if (configuration.vmRolloutStrategy !== 'LiveUpdate' || spec.architecture === 'arm64') return
  defaultMaxSockets(spec, configuration)
  defaultMaxGuest(spec, configuration)
}

function defaultMaxSockets({ domain }: VirtualMachineInstanceSpec, { liveUpdate }: ClusterConfiguration): void {
  const cpu = (domain.cpu ??= {})
  if ((cpu.maxSockets ?? 0) !== 0) return
  const { sockets = 0, cores = 0, threads = 0 } = cpu
  const configured = liveUpdate.maxCpuSockets ?? 0
  if (configured !== 0) {
    cpu.maxSockets = Math.max(configured, sockets)
    return
  }
  const wished = sockets * liveUpdate.maxHotplugRatio
  const perSocket = cores * threads
  const max = wished * perSocket > maxProcessors ? Math.max(Math.floor(maxProcessors / perSocket), sockets) : wished
  if (max > 0) cpu.maxSockets = max
}

function defaultMaxGuest(spec: VirtualMachineInstanceSpec, { liveUpdate }: ClusterConfiguration): void {
  const memory = (spec.domain.memory ??= {})
  if (memory.maxGuest !== undefined) return
  const guest = readAmount(memory.guest)
  const factor = BigInt(Math.trunc(liveUpdate.maxHotplugRatio))
  const grown = guest === undefined ? undefined : formatQuantity(quantityFromBytes(guest.value * factor))
  const maxGuest = liveUpdate.maxGuest ?? grown
  // Such a machine is not refused: it only cannot grow.
  if (maxGuest === undefined || memoryHotplugProblem(spec, maxGuest) !== undefined) return
  memory.maxGuest = formatQuantity(parseQuantity(maxGuest))
}
