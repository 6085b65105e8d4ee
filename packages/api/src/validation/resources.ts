/** Admission of processors and memory. */

import { parseQuantity, type StatusCause } from '@berth/meta'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import { invalidField, requiredField, type Rule } from './cause.ts'

const million = 1_000_000n * 1_000_000_000n
/** As KubeVirt bounds hot-plugging; no machine of one host has more. */
const maxProcessors = 512
/** QEMU's q35 machines address no more than 4 TiB with the processors it emulates; a typing error is caught here, not at the start. */
const maxMemory = 4n * 1024n ** 4n * 1_000_000_000n

type Sizes = Partial<Record<'cpu' | 'memory', bigint>>

/** Nanos of a quantity; undefined when absent or not a quantity (the schema names that). */
function nanosOf(text: string | undefined): bigint | undefined {
  if (text === undefined) return undefined
  try {
    return parseQuantity(text).nanos
  } catch {
    return undefined
  }
}

function sizesOf(map: Record<string, string> | undefined): Sizes {
  const sizes: Sizes = {}
  for (const key of ['cpu', 'memory'] as const) {
    const nanos = nanosOf(map?.[key])
    if (nanos !== undefined) sizes[key] = nanos
  }
  return sizes
}

export const resourceAdmission: readonly Rule<VirtualMachineInstanceSpec>[] = [
  {
    name: 'memory is asked for',
    causes: ({ domain }, field) => {
      const { memory, resources } = domain
      if (memory?.guest !== undefined || resources?.requests?.['memory'] !== undefined) return []
      if (memory !== undefined && 'hugepages' in memory) return []
      // KubeVirt takes the limit when there is nothing else.
      if (resources?.limits?.['memory'] !== undefined) return []
      const names = ['memory.guest', 'memory.hugepages.size', 'resources.requests.memory']
        .map((name) => `'${field}.domain.${name}'`)
        .join(', ')
      return [requiredField(`${field}.domain.memory`, `no memory requested, at least one of ${names} must be set`)]
    },
  },
  {
    name: 'amounts',
    causes: ({ domain }, field) =>
      (['requests', 'limits'] as const).flatMap((list) =>
        Object.entries(sizesOf(domain.resources?.[list])).flatMap(([key, nanos]) => {
          const at = `${field}.domain.resources.${list}.${key}`
          const written = domain.resources?.[list]?.[key] ?? ''
          if (nanos < 0n) return [invalidField(at, `${at} '${written}': must be greater than or equal to 0.`)]
          if (key === 'memory' && list === 'requests' && nanos < million) {
            return [invalidField(at, `${at} '${written}': must be greater than or equal to 1M.`)]
          }
          return []
        }),
      ),
  },
  {
    name: 'requests within limits',
    causes: ({ domain }, field) => {
      const requests = sizesOf(domain.resources?.requests)
      const limits = sizesOf(domain.resources?.limits)
      return (['cpu', 'memory'] as const).flatMap((key) => {
        const [request, limit] = [requests[key], limits[key]]
        if (request === undefined || limit === undefined || limit <= 0n || request <= limit) return []
        const at = `${field}.domain.resources.requests.${key}`
        const values = [domain.resources?.requests?.[key] ?? '', domain.resources?.limits?.[key] ?? '']
        return [
          invalidField(
            at,
            `${at} '${values[0]}' is greater than ${field}.domain.resources.limits.${key} '${values[1]}'`,
          ),
        ]
      })
    },
  },
  {
    name: 'guest memory',
    causes: ({ domain }, field) => {
      const guest = nanosOf(domain.memory?.guest)
      if (guest === undefined) return []
      const at = `${field}.domain.memory.guest`
      const written = domain.memory?.guest ?? ''
      if (guest < million) return [invalidField(at, `${at} '${written}': must be greater than or equal to 1M.`)]
      if (guest > maxMemory) return [invalidField(at, `${at} '${written}': must be less than or equal to 4Ti.`)]
      const limit = sizesOf(domain.resources?.limits).memory
      if (limit === undefined || limit <= 0n || guest <= limit) return []
      const limitText = domain.resources?.limits?.['memory'] ?? ''
      return [
        invalidField(
          at,
          `${at} '${written}' must be equal to or less than the memory limit ${field}.domain.resources.limits.memory '${limitText}'`,
        ),
      ]
    },
  },
  { name: 'processor topology', causes: topology },
  {
    name: 'processor features',
    causes: ({ domain }, field) =>
      (domain.cpu?.features ?? []).flatMap(({ name, policy }, index) => {
        const at = `${field}.domain.cpu.features[${index}]`
        // The name becomes part of the emulator's command line.
        if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(name)) {
          return [invalidField(`${at}.name`, `${at}.name '${name.slice(0, 70)}' is not the name of a CPU feature.`)]
        }
        const known = ['', 'force', 'require', 'optional', 'disable', 'forbid'].includes(policy ?? '')
        return known
          ? []
          : [invalidField(`${at}.policy`, `CPU feature ${name} uses policy ${policy ?? ''} that is not supported.`)]
      }),
  },
  {
    name: 'processor model',
    causes: ({ domain }, field) => {
      const model = domain.cpu?.model
      if (model === undefined || model === '' || /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/.test(model)) return []
      const at = `${field}.domain.cpu.model`
      return [invalidField(at, `${at} '${model.slice(0, 70)}' is not the name of a CPU model.`)]
    },
  },
]

function topology({ domain, architecture }: VirtualMachineInstanceSpec, field: string): StatusCause[] {
  const { cpu } = domain
  if (cpu === undefined) return []
  const causes: StatusCause[] = []
  for (const key of ['sockets', 'cores', 'threads'] as const) {
    const value = cpu[key]
    const at = `${field}.domain.cpu.${key}`
    if (value !== undefined && value < 0) causes.push(invalidField(at, `${at} must be greater than or equal to 0.`))
  }
  const total = (cpu.sockets ?? 1) * (cpu.cores ?? 1) * (cpu.threads ?? 1)
  if (causes.length === 0 && total > maxProcessors) {
    const at = `${field}.domain.cpu`
    causes.push(invalidField(at, `${at}: ${total} virtual CPUs are more than the ${maxProcessors} a machine can have.`))
  }
  if ((cpu.threads ?? 1) > 1 && architecture === 'arm64') {
    const at = `${field}.domain.cpu.threads`
    causes.push(
      invalidField(
        at,
        `${at} must not be greater than 1 at ${at} (got ${cpu.threads ?? 1}) when architecture is arm64`,
      ),
    )
  }
  const maxSockets = cpu.maxSockets ?? 0
  if (maxSockets > 0 && (cpu.sockets ?? 1) > maxSockets) {
    const message = 'Number of sockets in CPU topology is greater than the maximum sockets allowed'
    causes.push(invalidField(`${field}.domain.cpu.sockets`, message))
  }
  return causes
}
