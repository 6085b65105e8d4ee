/** Memory: how much, of which pages, shared with whom, on which NUMA nodes of the host. */

import type { ComputeSpec } from '../../spec/compute.ts'
import type { FirmwareSpec } from '../../spec/firmware.ts'
import { json, option } from './escape.ts'

/** A NUMA node of the guest that lies on one of the host. */
export interface GuestNumaNode {
  hostNode: number
  /** Indexes of the guest's processors. */
  processors: number[]
  memoryMiB: number
}

const backendId = 'ram'
/** Memory is plugged in as one device that grows. */
const slots = 1
const mebibyte = 1024 ** 2

/** virtiofs maps the guest's memory. */
export type MemorySpec = ComputeSpec & Pick<FirmwareSpec, 'sharedMemory'>

const needsBackend = (spec: MemorySpec): boolean => spec.hugePageBytes !== undefined || spec.sharedMemory === true

/** The machine's memory, when it is a single object of its own. */
export function memoryBackend(spec: MemorySpec): string | undefined {
  return needsBackend(spec) && spec.cpu.dedicated?.numa !== true ? backendId : undefined
}

export function memoryArguments(spec: MemorySpec, numa: readonly GuestNumaNode[] = []): string[] {
  const { memoryMiB, maxMemoryMiB } = spec
  const room = maxMemoryMiB !== undefined && maxMemoryMiB > memoryMiB
  return [
    '-m',
    option('', { size: `${memoryMiB}M`, ...(room ? { slots, maxmem: `${maxMemoryMiB}M` } : {}) }),
    ...(spec.lockedMemory === true ? ['-overcommit', 'mem-lock=on'] : []),
    ...(memoryBackend(spec) === undefined ? [] : ['-object', json(backend(spec, backendId, memoryMiB))]),
    ...numa.flatMap((node, index) => numaNode(spec, node, index)),
  ]
}

function backend(spec: MemorySpec, id: string, memoryMiB: number): Record<string, unknown> {
  const { hugePageBytes } = spec
  return {
    'qom-type': 'memory-backend-memfd',
    id,
    size: memoryMiB * mebibyte,
    share: spec.sharedMemory === true,
    // Taken at once: a page that is missing later would kill the machine.
    ...(hugePageBytes === undefined ? {} : { hugetlb: true, hugetlbsize: hugePageBytes, prealloc: true }),
  }
}

function numaNode(spec: MemorySpec, { hostNode, processors, memoryMiB }: GuestNumaNode, index: number): string[] {
  const id = `${backendId}-${index}`
  const node = option('node', { nodeid: index, memdev: id })
  return [
    '-object',
    json({ ...backend(spec, id, memoryMiB), 'host-nodes': [hostNode], policy: 'bind' }),
    '-numa',
    [node, ...processors.map((processor) => `cpus=${processor}`)].join(','),
  ]
}
