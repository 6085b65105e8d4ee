/** Puts an instance type's values into a machine, or says which of the machine's own are in the way. Source: KubeVirt's order of checks. */

import {
  deepClone,
  formatQuantity,
  ownMember,
  parseQuantity,
  setOwn,
  quantityFromBytes,
  quantityToBytes,
} from '@berth/meta'
import type { TemplateMetadata } from '../types/core.ts'
import type { VirtualMachineInstanceSpec } from '../types/instance.ts'
import type { InstancetypeSpec, PreferenceSpec } from '../types/instancetype.ts'
import type { Conflict } from './conflicts.ts'
import { topologyFor } from './topology.ts'

export interface ApplyTarget {
  spec: VirtualMachineInstanceSpec
  metadata: TemplateMetadata
  /** Path of `spec`, as conflicts name it. */
  path: string
}

interface Part {
  instancetype: Readonly<InstancetypeSpec>
  preference: Readonly<PreferenceSpec> | undefined
  spec: VirtualMachineInstanceSpec
}

/** Looks first and writes only where nothing is in the way. Fields are below the machine's spec. */
type Apply = (part: Part) => string[]

/**
 * In place. Nothing may be used of the target when conflicts come back: parts of it may have been filled.
 * @returns fields in conflict, none when all could be applied
 */
export function applyInstancetype(
  instancetype: Readonly<InstancetypeSpec>,
  preference: Readonly<PreferenceSpec> | undefined,
  { spec, metadata, path }: ApplyTarget,
): Conflict[] {
  const fields = parts.flatMap((apply) => apply({ instancetype, preference, spec }))
  return [
    ...fields.map((field) => ({ field: `${path}.${field}` })),
    ...applyAnnotations(instancetype.annotations ?? {}, metadata),
  ]
}

/** A value that both sides may set, at most once. */
function exclusive<T>(options: {
  field: string
  wanted: (instancetype: Readonly<InstancetypeSpec>) => T | undefined
  present: (spec: VirtualMachineInstanceSpec) => boolean
  set: (spec: VirtualMachineInstanceSpec, value: T) => void
}): Apply {
  return ({ instancetype, spec }) => {
    const value = options.wanted(instancetype)
    if (value === undefined) return []
    if (options.present(spec)) return [options.field]
    options.set(spec, deepClone(value))
    return []
  }
}

const some = <T>(list: T[] | undefined): T[] | undefined => (list === undefined || list.length === 0 ? undefined : list)

const parts: readonly Apply[] = [
  exclusive({
    field: 'nodeSelector',
    wanted: ({ nodeSelector }) => nodeSelector,
    present: ({ nodeSelector }) => nodeSelector !== undefined,
    set: (spec, value) => {
      spec.nodeSelector = value
    },
  }),
  exclusive({
    field: 'schedulerName',
    wanted: ({ schedulerName }) => (schedulerName === '' ? undefined : schedulerName),
    present: ({ schedulerName }) => schedulerName !== undefined && schedulerName !== '',
    set: (spec, value) => {
      spec.schedulerName = value
    },
  }),
  applyCpu,
  applyMemory,
  exclusive({
    field: 'domain.ioThreads.supplementalPoolThreadCount',
    wanted: ({ ioThreads }) => ioThreads?.supplementalPoolThreadCount,
    present: ({ domain }) => domain.ioThreads?.supplementalPoolThreadCount !== undefined,
    set: ({ domain }, value) => {
      domain.ioThreads = { ...domain.ioThreads, supplementalPoolThreadCount: value }
    },
  }),
  exclusive({
    field: 'domain.ioThreadsPolicy',
    wanted: ({ ioThreadsPolicy }) => ioThreadsPolicy,
    present: ({ domain }) => domain.ioThreadsPolicy !== undefined,
    set: ({ domain }, value) => {
      domain.ioThreadsPolicy = value
    },
  }),
  exclusive({
    field: 'domain.launchSecurity',
    wanted: ({ launchSecurity }) => launchSecurity,
    present: ({ domain }) => domain.launchSecurity !== undefined,
    set: ({ domain }, value) => {
      domain.launchSecurity = value
    },
  }),
  exclusive({
    field: 'domain.devices.gpus',
    wanted: ({ gpus }) => some(gpus),
    present: ({ domain }) => some(domain.devices.gpus) !== undefined,
    set: ({ domain }, value) => {
      domain.devices.gpus = value
    },
  }),
  exclusive({
    field: 'domain.devices.hostDevices',
    wanted: ({ hostDevices }) => some(hostDevices),
    present: ({ domain }) => some(domain.devices.hostDevices) !== undefined,
    set: ({ domain }, value) => {
      domain.devices.hostDevices = value
    },
  }),
]

/** All conflicts at once; the number of vCPUs is the instance type's alone, whatever its value. */
function applyCpu({ instancetype, preference, spec }: Part): string[] {
  const { domain } = spec
  const cpu = (domain.cpu ??= {})
  const { resources } = domain
  const wanted = instancetype.cpu
  const given = (value: number | undefined): boolean => value !== undefined && value !== 0
  const inTheWay: [field: string, conflict: boolean][] = [
    ['domain.resources.requests.cpu', resources?.requests?.['cpu'] !== undefined],
    ['domain.resources.limits.cpu', resources?.limits?.['cpu'] !== undefined],
    ['domain.cpu.sockets', given(cpu.sockets)],
    ['domain.cpu.cores', given(cpu.cores)],
    ['domain.cpu.threads', given(cpu.threads)],
    ['domain.cpu.model', cpu.model !== undefined && cpu.model !== '' && wanted.model !== undefined],
    [
      'domain.cpu.dedicatedCPUPlacement',
      cpu.dedicatedCpuPlacement === true && wanted.dedicatedCPUPlacement !== undefined,
    ],
    [
      'domain.cpu.isolateEmulatorThread',
      cpu.isolateEmulatorThread === true && wanted.isolateEmulatorThread !== undefined,
    ],
    ['domain.cpu.numa', cpu.numa !== undefined && wanted.numa !== undefined],
    ['domain.cpu.realtime', cpu.realtime !== undefined && wanted.realtime !== undefined],
  ]
  const conflicts = inTheWay.filter(([, conflict]) => conflict).map(([field]) => field)
  if (conflicts.length > 0) return conflicts
  const { model, dedicatedCPUPlacement, isolateEmulatorThread, numa, realtime, maxSockets } = wanted
  Object.assign(cpu, topologyFor(wanted.guest, preference), {
    ...(model === undefined ? {} : { model }),
    ...(dedicatedCPUPlacement === undefined ? {} : { dedicatedCpuPlacement: dedicatedCPUPlacement }),
    ...(isolateEmulatorThread === undefined ? {} : { isolateEmulatorThread }),
    ...(numa === undefined ? {} : { numa: deepClone(numa) }),
    ...(realtime === undefined ? {} : { realtime: deepClone(realtime) }),
    ...(maxSockets === undefined ? {} : { maxSockets }),
  })
  return []
}

/** The first conflict only, as KubeVirt reports it. */
function applyMemory({ instancetype, spec }: Part): string[] {
  const { domain } = spec
  const memory = (domain.memory ??= {})
  const wanted = instancetype.memory
  const { resources } = domain
  const inTheWay: [field: string, conflict: boolean][] = [
    ['domain.memory.guest', memory.guest !== undefined],
    ['domain.memory.hugepages', memory.hugepages !== undefined && wanted.hugepages !== undefined],
    ['domain.memory.maxGuest', memory.maxGuest !== undefined && wanted.maxGuest !== undefined],
    ['domain.resources.requests.memory', resources?.requests?.['memory'] !== undefined],
    ['domain.resources.limits.memory', resources?.limits?.['memory'] !== undefined],
  ]
  const conflict = inTheWay.find(([, found]) => found)
  if (conflict !== undefined) return [conflict[0]]
  memory.guest = wanted.guest
  const { overcommitPercent = 0 } = wanted
  if (overcommitPercent > 0) {
    const asked = { ...domain.resources?.requests, memory: lessened(wanted.guest, overcommitPercent) }
    domain.resources = { ...domain.resources, requests: asked }
  }
  if (wanted.hugepages !== undefined) memory.hugepages = deepClone(wanted.hugepages)
  if (wanted.maxGuest !== undefined) memory.maxGuest = wanted.maxGuest
  return []
}

/** Calculated in single precision, as KubeVirt does: the result is part of what clients see. */
function lessened(guest: string, percent: number): string {
  const size = parseQuantity(guest)
  const factor = Math.fround(1 - Math.fround(Math.fround(percent) / 100))
  const bytes = Math.trunc(Math.fround(Math.fround(quantityToBytes(size)) * factor))
  return formatQuantity({ ...quantityFromBytes(bytes), format: size.format })
}

/** Those the machine has already must say the same. */
function applyAnnotations(annotations: Readonly<Record<string, string>>, metadata: TemplateMetadata): Conflict[] {
  const target = (metadata.annotations ??= {})
  const conflicts: Conflict[] = []
  for (const [key, value] of Object.entries(annotations)) {
    const own = ownMember(target, key)
    if (own === undefined) setOwn(target, key, value)
    else if (own !== value) conflicts.push({ field: `annotations.${key}` })
  }
  return conflicts
}
