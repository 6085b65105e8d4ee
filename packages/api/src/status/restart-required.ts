/**
 * Whether a running machine must be restarted for its present spec to take effect, and what can be changed while it runs. Source:
 * KubeVirt's vm controller, which compares with the revision taken at the start.
 */

import { compareQuantities, parseQuantity } from '@berth/meta'
import { onlyDisksChangedLive, onlyVolumesChangedLive } from '../hotplug/live-volumes.ts'
import type { VirtualMachineInstance, VirtualMachineInstanceSpec } from '../types/instance.ts'
import { semanticallyEqual } from './semantic-equality.ts'

export type RolloutStrategy = 'LiveUpdate' | 'Stage'

/** What a running machine can be given. */
export interface LiveAbilities {
  cpuHotplug: boolean
  memoryHotplug: boolean
}

export interface LiveUpdateInput {
  /** The template's spec of the revision the machine was started with. */
  started: VirtualMachineInstanceSpec
  /** The template's spec now. Both with their instance type applied; template metadata is not compared, as in KubeVirt. */
  current: VirtualMachineInstanceSpec
  instance: VirtualMachineInstance
  rollout: RolloutStrategy
  abilities: LiveAbilities
  /** Volumes whose claims change move while the machine runs. */
  movesVolumes?: boolean
}

const words = {
  socketsUp: "CPU sockets updated in template spec to a value higher than what's available",
  socketsDown: 'Reduction of CPU socket count requires a restart',
  armSockets: "ARM doesn't support CPU hotplug",
  memoryDown: 'memory updated in template spec to a value lower than what the VM started with',
  memoryUp: "memory updated in template spec to a value higher than what's available",
  memoryNotMigratable: 'memory updated in template spec. Memory-hotplug is only available for migratable VMs',
  memoryNoRoom: 'memory updated in template spec. Memory-hotplug is not available for this VM configuration',
  other: 'a non-live-updatable field was changed in the template spec',
}

/** The message of the RestartRequired condition; undefined when nothing needs a restart. */
export function restartRequiredMessage(input: LiveUpdateInput): string | undefined {
  const { started, current, rollout } = input
  const live = rollout === 'LiveUpdate'
  if (!semanticallyEqual(fixedPart(started, input, live), fixedPart(current, input, live))) return words.other
  return live ? (socketsMessage(input) ?? memoryMessage(input)) : undefined
}

/** Placement is copied to the running instance at once; it matters when the machine next moves. */
export const placementFields = ['nodeSelector', 'affinity', 'tolerations'] as const
export type PlacementField = (typeof placementFields)[number]

/** Placement fields in which the instance differs from the template. */
export function placementChanges({
  current,
  instance,
}: Pick<LiveUpdateInput, 'current' | 'instance'>): PlacementField[] {
  return placementFields.filter((field) => !semanticallyEqual(current[field], instance.spec[field], field))
}

/** What only a restart can change. */
function fixedPart(
  spec: VirtualMachineInstanceSpec,
  input: LiveUpdateInput,
  live: boolean,
): VirtualMachineInstanceSpec {
  const fixed: VirtualMachineInstanceSpec = { ...spec, domain: withoutOwnUuid(spec.domain, input) }
  // Disks come and go whatever the rollout strategy.
  if (onlyVolumesChangedLive(input.started, input.current, input.movesVolumes)) delete fixed.volumes
  if (onlyDisksChangedLive(input.started, input.current)) {
    const { disks: _disks, ...devices } = fixed.domain.devices
    fixed.domain = { ...fixed.domain, devices }
  }
  if (!live) return fixed
  for (const field of placementFields) delete fixed[field]
  const { started, current } = input
  // Both have to say something of processors, or giving up the whole member would count as a change of sockets.
  if (started.domain.cpu !== undefined && current.domain.cpu !== undefined) {
    const { sockets: _sockets, ...cpu } = fixed.domain.cpu ?? {}
    fixed.domain = { ...fixed.domain, cpu }
  }
  if (current.domain.memory?.guest !== undefined) {
    const { guest: _guest, ...memory } = fixed.domain.memory ?? {}
    fixed.domain = { ...fixed.domain, memory }
  }
  return fixed
}

/** Writing down the UUID that the machine has anyway changes nothing. */
function withoutOwnUuid(
  domain: VirtualMachineInstanceSpec['domain'],
  { current, instance }: LiveUpdateInput,
): VirtualMachineInstanceSpec['domain'] {
  const uuid = instance.spec.domain.firmware?.uuid
  if (uuid === undefined || current.domain.firmware?.uuid !== uuid) return domain
  const { uuid: _uuid, ...firmware } = domain.firmware ?? {}
  return { ...domain, firmware }
}

function socketsMessage({ current, instance, abilities }: LiveUpdateInput): string | undefined {
  const wanted = current.domain.cpu?.sockets
  const has = instance.spec.domain.cpu?.sockets ?? 1
  if (wanted === undefined || wanted === has) return undefined
  const most = abilities.cpuHotplug ? (instance.spec.domain.cpu?.maxSockets ?? has) : has
  if (wanted > most) return words.socketsUp
  if (wanted < has) return words.socketsDown
  return instance.spec.architecture === 'arm64' ? words.armSockets : undefined
}

function memoryMessage({ started, current, instance, abilities }: LiveUpdateInput): string | undefined {
  const { guest: has, maxGuest } = instance.spec.domain.memory ?? {}
  const wanted = current.domain.memory?.guest
  if (wanted === undefined || has === undefined || compare(wanted, has) === 0) return undefined
  const atBoot = instance.status?.memory?.guestAtBoot ?? started.domain.memory?.guest ?? has
  if (compare(wanted, atBoot) < 0) return words.memoryDown
  if (!abilities.memoryHotplug) return words.memoryNotMigratable
  if (maxGuest === undefined) return words.memoryNoRoom
  return compare(wanted, maxGuest) > 0 ? words.memoryUp : undefined
}

function compare(left: string, right: string): number {
  return compareQuantities(parseQuantity(left), parseQuantity(right))
}
