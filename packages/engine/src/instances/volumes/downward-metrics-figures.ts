/** The figures that guests are told about their host and themselves, by the names that vhostmd gave them. */

import { readFile } from 'node:fs/promises'
import type { Domain } from '@berth/hypervisor'
import type { Figure } from './downward-metrics-disk.ts'

const kibibyte = 1024
const pageKib = 4
/** Of the kernel's processor times. */
const ticksPerSecond = 100

/** Of this computer; the returned function adds the node's name. */
export async function hostFigures(): Promise<(node: string) => Figure[]> {
  const [memory, pages, stat, processors] = await Promise.all([
    numbers('/proc/meminfo'),
    numbers('/proc/vmstat'),
    readFile('/proc/stat', 'utf8'),
    readFile('/proc/cpuinfo', 'utf8'),
  ])
  const [user = 0, nice = 0, system = 0] = (stat.split('\n')[0] ?? '').split(/\s+/).slice(1).map(Number)
  const packages = new Set(processors.match(/^physical id\s*:.*$/gm) ?? [''])
  const of = (name: string): number => memory.get(name) ?? 0
  const free = of('MemFree')
  const used = of('MemTotal') - free - of('Buffers') - of('Cached')
  const kib = (name: string, value: number): Figure => host(name, 'uint64', String(value), 'KiB')
  const busy = (user + nice + system) / ticksPerSecond
  return (node) => [
    host('HostName', 'string', node),
    host('HostSystemInfo', 'string', 'linux'),
    host('VirtualizationVendor', 'string', 'kubevirt.io'),
    host('VirtProductInfo', 'string', 'qemu'),
    host('NumberOfPhysicalCPUs', 'int64', String(packages.size)),
    host('TotalCPUTime', 'real64', busy.toFixed(6), 's'),
    kib('FreePhysicalMemory', free),
    kib('FreeVirtualMemory', free + of('SwapFree')),
    kib('MemoryAllocatedToVirtualServers', used),
    kib('UsedVirtualMemory', used + of('SwapTotal') - of('SwapCached')),
    kib('PagedInMemory', (pages.get('pswpin') ?? 0) * pageKib),
    kib('PagedOutMemory', (pages.get('pswpout') ?? 0) * pageKib),
    host('Time', 'int64', String(Math.floor(Date.now() / 1000)), 's'),
  ]
}

export async function machineFigures(domain: Domain): Promise<Figure[]> {
  const { cpuSeconds } = await domain.metrics()
  const { memoryMiB, cpu } = domain.spec
  const memory = String(memoryMiB * kibibyte)
  const machine = (name: string, type: Figure['type'], value: string, unit?: string): Figure => ({
    context: 'vm',
    name,
    type,
    value,
    ...(unit === undefined ? {} : { unit }),
  })
  return [
    machine('TotalCPUTime', 'real64', cpuSeconds.toFixed(6), 's'),
    machine('ResourceProcessorLimit', 'int64', String(cpu.sockets * cpu.cores * cpu.threads)),
    machine('PhysicalMemoryAllocatedToVirtualSystem', 'uint64', memory, 'KiB'),
    machine('ResourceMemoryLimit', 'uint64', memory, 'KiB'),
  ]
}

function host(name: string, type: Figure['type'], value: string, unit?: string): Figure {
  return { context: 'host', name, type, value, ...(unit === undefined ? {} : { unit }) }
}

/** `name: value` or `name value`, one a line. */
async function numbers(path: string): Promise<Map<string, number>> {
  const lines = (await readFile(path, 'utf8')).split('\n')
  return new Map(
    lines.map((line): [string, number] => [
      line.split(/[:\s]/)[0] ?? '',
      Number(/\d+/.exec(line.replace(/^\S+/, ''))?.[0] ?? 0),
    ]),
  )
}
