/** Which threads serve which disks of an instance, as KubeVirt deals them out. */

import type { Disk, VirtualMachineInstance } from '@berth/api'
import { maxIoThreads, type DeviceSpec } from '@berth/hypervisor'
import { quantityToNumber } from '@berth/meta'
import { vcpusOf } from './vcpus.ts'

type Instance = Readonly<VirtualMachineInstance>

export interface IoThreads {
  count: number
  /** The SCSI controller's own; only where a disk on the bus asks for a dedicated thread. */
  scsiController?: DeviceSpec['scsiController']
  /** Of each virtio disk, by name. */
  byDisk: ReadonlyMap<string, number[]>
}

const threadsPerCpu = 2

/** None unless a policy or a disk asks for them. Numbers count from 1. */
export function ioThreadsOf(instance: Instance): IoThreads {
  const { domain } = instance.spec
  const disks = domain.devices.disks ?? []
  if (domain.ioThreadsPolicy === undefined && !disks.some(isDedicated)) return { count: 0, byDisk: new Map() }
  const virtio = disks.filter((disk) => busOf(disk) === 'virtio')
  if (domain.ioThreadsPolicy === 'supplementalPool') {
    const count = domain.ioThreads?.supplementalPoolThreadCount ?? 1
    // A count that no machine can have is refused with the rest of its description; it is only not counted out here.
    const all = Array.from({ length: Math.min(count, maxIoThreads) }, (_, index) => index + 1)
    return { count, byDisk: new Map(virtio.map(({ name }) => [name, all])) }
  }
  const dedicated = disks.filter(isDedicated).length
  const shared = sharedThreads(instance, { dedicated, others: disks.length - dedicated })
  const byDisk = new Map<string, number[]>()
  let nextShared = 1
  let nextDedicated = shared + 1
  for (const disk of virtio) {
    if (isDedicated(disk)) {
      byDisk.set(disk.name, [nextDedicated])
      nextDedicated += 1
      continue
    }
    byDisk.set(disk.name, [nextShared])
    nextShared = (nextShared % shared) + 1
  }
  const onScsi = disks.some((disk) => busOf(disk) === 'scsi' && isDedicated(disk))
  return {
    count: shared + dedicated,
    ...(onScsi ? { scsiController: { ioThread: nextShared, queues: vcpusOf(instance) } } : {}),
    byDisk,
  }
}

/** Threads that disks without one of their own share: at least one. */
function sharedThreads(instance: Instance, disks: { dedicated: number; others: number }): number {
  const limit = instance.spec.domain.ioThreadsPolicy === 'auto' ? autoThreads(instance) : 1
  if (disks.dedicated + disks.others <= limit) return Math.max(disks.others, 1)
  return Math.max(limit - disks.dedicated, 1)
}

function autoThreads({ spec: { domain } }: Instance): number {
  const { cpu, resources } = domain
  // The emulator's own processor serves the disks too.
  if (cpu?.dedicatedCpuPlacement === true && cpu.isolateEmulatorThread === true) return 1
  const asked = resources?.requests?.['cpu'] ?? resources?.limits?.['cpu']
  const processors = asked === undefined ? 1 : Math.max(1, Math.ceil(quantityToNumber(asked)))
  return processors * threadsPerCpu
}

function isDedicated(disk: Disk): boolean {
  return disk.dedicatedIOThread === true
}

function busOf({ disk, lun, cdrom }: Disk): string | undefined {
  return (disk ?? lun ?? cdrom)?.bus
}
