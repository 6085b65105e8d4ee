/** What a machine's pod asks of its namespace's quota and limits: the guest's memory and processors, and what running it costs. */

import type { VirtualMachineInstance } from '@berth/api'
import { formatQuantity, quantityFromBytes } from '@berth/meta'
import { guestMemoryBytes } from './scheduler.ts'

const mebibyte = 1024 * 1024
/** A processor of a guest counts as a tenth of the host's (KubeVirt's cpuAllocationRatio). */
const millisPerVcpu = 100
/** Of the processes beside the guest, and of each guest: KubeVirt's figures, so that a quota means the same on a cluster. */
const fixedMebibytes = 25 + 100 + 25 + 40 + 50 + 8
const graphicsMebibytes = 32
const perVcpuMebibytes = 8
/** Page tables: a part of the guest's memory. */
const pageTableShare = 512

export type PodResources = {
  requests: Record<string, string>
  limits?: Record<string, string>
}

export function launcherResources(instance: Readonly<VirtualMachineInstance>): PodResources {
  const { cpu = {}, devices, resources = {} } = instance.spec.domain
  const { requests = {}, limits = {} } = resources
  const vcpus = (cpu.sockets ?? 1) * (cpu.cores ?? 1) * (cpu.threads ?? 1)
  const memory = formatQuantity(
    quantityFromBytes(
      withOverhead(guestMemoryBytes(instance), { vcpus, graphics: devices.autoattachGraphicsDevice !== false }),
    ),
  )
  const capped: Record<string, string> = {
    ...(limits['cpu'] === undefined ? {} : { cpu: limits['cpu'] }),
    ...(limits['memory'] === undefined ? {} : { memory }),
  }
  return {
    requests: { cpu: requests['cpu'] ?? limits['cpu'] ?? `${vcpus * millisPerVcpu}m`, memory },
    ...(Object.keys(capped).length === 0 ? {} : { limits: capped }),
  }
}

/** In bytes. */
function withOverhead(memory: number, { vcpus, graphics }: { vcpus: number; graphics: boolean }): number {
  const processes = fixedMebibytes + perVcpuMebibytes * vcpus + (graphics ? graphicsMebibytes : 0)
  return Math.ceil(memory + memory / pageTableShare) + processes * mebibyte
}
