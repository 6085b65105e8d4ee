/** Rules for processors. */

import type { ComputeSpec } from '../spec/compute.ts'
import type { CpuFeaturePolicy } from '../spec/cpu.ts'
import { check, checkCount, checkUnique, wordPattern } from './checks.ts'

/** QEMU's machines have room for no more. */
const mostProcessors = 4096
const policies: readonly CpuFeaturePolicy[] = ['force', 'require', 'optional', 'disable', 'forbid']

/** @throws {DriverError} InvalidSpec */
export function validateCpu({ cpu, hugePageBytes }: ComputeSpec): void {
  if (cpu.model !== undefined) check(wordPattern.test(cpu.model), 'cpu.model', 'a CPU model')
  cpu.features.forEach(({ name, policy }, index) => {
    check(wordPattern.test(name), `cpu.features[${index}].name`, 'a CPU feature')
    check(policies.includes(policy), `cpu.features[${index}].policy`, `one of ${policies.join(', ')}`)
  })
  checkUnique(
    cpu.features.map(({ name }) => name.replaceAll('_', '-')),
    'cpu.features',
  )
  const { sockets, cores, threads, maxSockets, dedicated } = cpu
  checkCount(sockets, 'cpu.sockets', mostProcessors)
  checkCount(cores, 'cpu.cores', mostProcessors)
  checkCount(threads, 'cpu.threads', mostProcessors)
  checkCount(sockets * cores * threads, 'cpu.sockets x cores x threads', mostProcessors)
  if (maxSockets !== undefined) {
    checkCount(maxSockets, 'cpu.maxSockets', mostProcessors)
    check(maxSockets >= sockets, 'cpu.maxSockets', 'at least cpu.sockets')
    checkCount(maxSockets * cores * threads, 'cpu.maxSockets x cores x threads', mostProcessors)
  }
  dedicated?.realtime?.forEach((index, place) =>
    check(
      Number.isSafeInteger(index) && index >= 0 && index < sockets * cores * threads,
      `cpu.dedicated.realtime[${place}]`,
      'the index of a processor of the guest',
    ),
  )
  if (dedicated?.numa === true) check(hugePageBytes !== undefined, 'hugePageBytes', 'given for NUMA nodes of the host')
}
