/** What the status of a running machine says. Pure. */

import {
  agentProblem,
  migratability,
  type Migratability,
  type PersistentVolumeClaim,
  type VirtualMachineInstance,
} from '@berth/api'
import type { Domain, DomainStatus, GuestInfo } from '@berth/hypervisor'
import { getCondition } from '@berth/meta'
import type { CredentialResult } from './guest/credentials.ts'
import { isFrozen } from './guest/freeze.ts'
import type { ProbeResults } from './guest/probes.ts'
import type { ConditionUpdate, StatusUpdate } from './instance-status.ts'
import type { VolumeSteps } from './hotplug/volume-plugs.ts'
import { interfacesOf } from './interface-status.ts'
import { volumeStatusOf } from './volume-status.ts'

/** What is known of a running machine beside its driver's word. */
export interface Seen {
  guest: GuestInfo | undefined
  probes: ProbeResults
  credentials: CredentialResult | undefined
  claim: (name: string) => Readonly<PersistentVolumeClaim> | undefined
  /** Of volumes, in bytes, where it is told. */
  sizes: ReadonlyMap<string, number>
  /** The claim that keeps the machine's state. */
  state: Readonly<PersistentVolumeClaim> | undefined
  /** How far volumes are that come and go while it runs. */
  steps: VolumeSteps
  /** Storages that its failing disks lie in, where it waits for room. */
  fullStorages?: readonly string[]
}

export function runningUpdate(instance: Readonly<VirtualMachineInstance>, domain: Domain, seen: Seen): StatusUpdate {
  const { status, spec } = domain
  const { guest, claim, sizes, state, steps } = seen
  const migration = migratability(instance, (name) => claim(name)?.spec.accessModes)
  const conditions: ConditionUpdate[] = [readyCondition(instance, seen.probes), ...migrationConditions(migration)]
  const removeConditions = ['Synchronized', 'PodScheduled']
  const put = (type: string, condition: Omit<ConditionUpdate, 'type'> | undefined): void => {
    if (condition === undefined) removeConditions.push(type)
    else conditions.push({ type, ...condition })
  }
  put('Paused', status.state === 'paused' ? pausedCondition(status, seen.fullStorages ?? []) : undefined)
  const evicted = (instance.status?.evacuationNodeName ?? '') !== ''
  const eviction = { status: 'True', reason: 'EvictionRequested', message: 'VMI is marked for eviction' } as const
  put('EvictionRequested', evicted ? eviction : undefined)
  put('AgentConnected', status.agentConnected ? { status: 'True' } : undefined)
  const problem = guest === undefined ? undefined : agentProblem(instance.spec, guest.supportedCommands)
  // Before the agent has said what it can do, and once it is gone, what was found of it stays.
  if (guest !== undefined || !status.agentConnected)
    put('AgentVersionNotSupported', problem === undefined ? undefined : { status: 'True', reason: problem })
  if (seen.credentials !== undefined) {
    const { succeeded, message } = seen.credentials
    conditions.push({
      type: 'AccessCredentialsSynchronized',
      status: succeeded ? 'True' : 'False',
      ...(message === '' ? {} : { message }),
    })
  }
  return {
    phase: 'Running',
    machine: { type: spec.machine },
    interfaces: interfacesOf(domain, guest),
    volumeStatus: volumeStatusOf(instance, { domain, claim, sizes, state, steps }),
    migrationMethod: migration.method,
    fsFreezeStatus: isFrozen(instance) ? 'frozen' : undefined,
    ...(spec.vsockCid === undefined ? {} : { VSOCKCID: spec.vsockCid }),
    ...(guest === undefined ? {} : { guestOSInfo: { ...guest.os } }),
    conditions,
    removeConditions,
  }
}

/** As of its pod: its probe's word, where it has one. */
function readyCondition(instance: Readonly<VirtualMachineInstance>, { readiness }: ProbeResults): ConditionUpdate {
  if (isReady(instance, { readiness })) return { type: 'Ready', status: 'True' }
  return {
    type: 'Ready',
    status: 'False',
    reason: 'ContainersNotReady',
    message: 'containers with unready status: [compute]',
  }
}

/** Until the probe has had enough answers, a machine is what it was: an engine that starts anew makes nobody unready. */
export function isReady(
  instance: Readonly<VirtualMachineInstance>,
  { readiness }: Pick<ProbeResults, 'readiness'>,
): boolean {
  if (readiness === undefined) return true
  const before = getCondition(instance.status?.conditions, 'Ready')
  return readiness.well ?? (instance.status?.phase === 'Running' && before?.status === 'True')
}

function migrationConditions({ problems }: Migratability): ConditionUpdate[] {
  const [first] = problems
  return [
    { type: 'LiveMigratable', status: 'False', reason: first.reason, message: first.message },
    {
      type: 'StorageLiveMigratable',
      status: 'False',
      reason: 'NotMigratable',
      message: problems.map(({ reason, message }) => `${reason}: ${message}`).join(', '),
    },
  ]
}

function pausedCondition(status: DomainStatus, full: readonly string[]): Omit<ConditionUpdate, 'type'> {
  const names = full.map((name) => `"${name}"`).join(', ')
  const room = full.length === 0 ? '' : ` Storage ${names} is full: make room, and the machine goes on by itself.`
  return status.reason === 'io-error'
    ? {
        status: 'True',
        reason: 'PausedIOError',
        message: `VMI was paused, low-level IO error detected${status.detail === undefined ? '' : `: ${status.detail}`}${room}`,
      }
    : { status: 'True', reason: 'PausedByUser', message: 'VMI was paused by user' }
}
