/** Binds threads of a machine to processors of the host, with util-linux' `taskset` and `chrt`: Node has no calls for it. */

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { messageOf } from '@berth/base'
import { DriverError } from '../driver.ts'
import type { QmpClient } from '../qmp/client.ts'
import type { CpuSpec } from '../spec/cpu.ts'
import type { GuestNumaNode } from './arguments/memory.ts'
import { formatCpuList } from './cpu-list.ts'
import { isAlive, type ProcessIdentity } from './process-identity.ts'
import type { DomainRecord } from './record.ts'

const run = promisify(execFile)

/** The processors of the guest: how many there are. */
export function processorCount({ sockets, cores, threads }: CpuSpec): number {
  return sockets * cores * threads
}

/** How many processors of the host a machine has for itself. */
export function dedicatedCount(cpu: CpuSpec): number {
  return processorCount(cpu) + (cpu.dedicated?.isolateEmulator === true ? 1 : 0)
}

/**
 * Each processor of the guest on its own; QEMU's other threads on the one that was taken for them, or on all of the machine's. A
 * machine that has no processors of its own stays where it is.
 * @throws {DriverError} StartFailed
 */
export async function pinMachine(
  { dedicated }: CpuSpec,
  { cpus, process }: DomainRecord,
  qmp: QmpClient,
): Promise<void> {
  if (cpus === undefined || process === undefined) return
  const threads = await qmp.execute('query-cpus-fast')
  const emulator = cpus.slice(threads.length)
  await setAffinity({ id: process.pid, allThreads: true, cpus: emulator.length === 0 ? cpus : emulator })
  for (const [index, thread] of threads.entries()) {
    const cpu = cpus[index]
    if (cpu !== undefined) await setAffinity({ id: thread, allThreads: false, cpus: [cpu] })
  }
  for (const index of dedicated?.realtime ?? []) {
    const thread = threads[index]
    if (thread !== undefined) await bind('chrt', ['--fifo', '--pid', String(realtimePriority), String(thread)])
  }
}

/** Moves a whole machine; one that has just ended is none of anybody's business. @throws {DriverError} StartFailed */
export async function moveMachine(process: ProcessIdentity, cpus: readonly number[]): Promise<void> {
  try {
    await setAffinity({ id: process.pid, allThreads: true, cpus })
  } catch (error) {
    if (isAlive(process)) throw error
  }
}

async function setAffinity(request: { id: number; allThreads: boolean; cpus: readonly number[] }): Promise<void> {
  const { id, allThreads, cpus } = request
  await bind('taskset', [...(allThreads ? ['-a'] : []), '-c', '-p', formatCpuList(cpus), String(id)])
}

/** Before all threads without a realtime priority, behind those of the kernel. */
const realtimePriority = 1

/** @throws {DriverError} StartFailed */
async function bind(program: 'taskset' | 'chrt', args: string[]): Promise<void> {
  try {
    await run(program, args)
  } catch (error) {
    throw new DriverError('StartFailed', `a machine cannot be bound to its processors: ${messageOf(error)}`, {
      remedy: `Install ${program}: "apt-get install util-linux" on Debian and Ubuntu.`,
      cause: error,
    })
  }
}

const mebibyte = 1024 ** 2

/**
 * NUMA nodes of a guest whose processors have some of the host's: one per node of the host, memory in equal parts of whole huge pages,
 * what is left over to the first ones.
 */
export function guestNodes(spec: {
  cpu: CpuSpec
  memoryMiB: number
  hugePageBytes?: number
  cpus: readonly number[]
  nodeOf: ReadonlyMap<number, number>
}): GuestNumaNode[] {
  const { cpu, cpus, nodeOf, memoryMiB, hugePageBytes = mebibyte } = spec
  if (cpu.dedicated?.numa !== true || nodeOf.size === 0) return []
  const processors = Array.from({ length: processorCount(cpu) }, (_, index) => index)
  const groups = Map.groupBy(processors, (index) => nodeOf.get(cpus[index] ?? 0) ?? 0)
  const pages = (memoryMiB * mebibyte) / hugePageBytes
  const share = Math.floor(pages / groups.size)
  return [...groups]
    .toSorted(([a], [b]) => a - b)
    .map(([hostNode, members], index) => ({
      hostNode,
      processors: members,
      memoryMiB: ((share + (index < pages % groups.size ? 1 : 0)) * hugePageBytes) / mebibyte,
    }))
}
