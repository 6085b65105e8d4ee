/**
 * One look at one policy: where a run is due it is written down first, then its snapshots are asked for, then what they came to is told, and what
 * is no longer kept goes. Any line may be the last: what a run is and what its snapshots are called is in the status before one is made.
 */

import { parseDuration, type Clock } from '@berth/base'
import {
  snapshotPolicies,
  validateSnapshotPolicy,
  type PolicyMachineStatus,
  type SnapshotPolicy,
  type SnapshotPolicyStatus,
  type VirtualMachine,
  type VirtualMachineSnapshot,
} from '@berth/api'
import { parseKey, type Client, type EventRecorder, type ReconcileResult } from '@berth/kube'
import { deepEqual, formatTime, getCondition, parseTime, unlessMissing } from '@berth/meta'
import { beginSnapshot } from './begin-snapshot.ts'
import { isMadeBy, snapshotName } from './made-snapshot.ts'
import { bySource } from './made-snapshots.ts'
import { prune } from './prune.ts'
import { expired, type PolicySnapshot } from './retention.ts'
import { runStep } from './run.ts'
import { isOpen, whenDue } from './schedule.ts'
import { chooses } from './selection.ts'
import { listed, readyCondition, runCondition, suspendedReason, withConditions, withKept } from './status.ts'

export interface PolicyWorld {
  client: Client
  clock: Clock
  events: EventRecorder
  machines(namespace: string): readonly Readonly<VirtualMachine>[]
  /** Those that carry the policy's uid. */
  snapshots(policyUid: string): readonly Readonly<VirtualMachineSnapshot>[]
}

/** A clock that somebody sets, or a host that slept, is noticed within this. */
const longestWaitMs = 5 * 60_000
/** While a run goes on; what happens to its snapshots comes as it happens. */
const runWaitMs = 30_000
/** As KubeVirt has it for a snapshot that says nothing. */
const defaultDeadline = '5m'

export async function reconcilePolicy(world: PolicyWorld, key: string): Promise<ReconcileResult> {
  const { namespace = '', name } = parseKey(key)
  // Not from a cache: one that is late would begin a run twice.
  const policy = await unlessMissing(world.client.get(snapshotPolicies, { namespace, name }))
  if (policy === undefined || policy.metadata.deletionTimestamp !== undefined) return undefined
  const [problem] = validateSnapshotPolicy(policy)
  if (problem !== undefined) {
    const words = `${problem.field ?? 'spec'}: ${problem.message ?? 'invalid'}`
    await writeStatus(
      world,
      policy,
      withConditions(baseStatus(policy), [readyCondition(policy, { problem: words })], world.clock.now()),
    )
    return undefined
  }
  const told = await step(world, policy)
  const deleted = await pruneWhereDue(world, told)
  const waitMs = nextLook(world, told)
  return deleted ? { requeueAfterMs: Math.min(waitMs, runWaitMs) } : { requeueAfterMs: waitMs }
}

/** Begins a run, goes on with one, or only tells how it stands. */
async function step(world: PolicyWorld, policy: SnapshotPolicy): Promise<SnapshotPolicy> {
  const now = world.clock.now()
  const status = baseStatus(policy)
  if (status.run !== undefined) return goOn(world, policy, status)
  // What fell due while it was suspended is nobody's wish any more.
  const resumed = getCondition(status.conditions, 'Ready')?.reason === suspendedReason && policy.spec.suspend !== true
  if (resumed) status.countedFrom = formatTime(now)
  const { due, next } = dueTimes(policy, status, now)
  if (policy.spec.suspend === true || due === undefined) {
    if (policy.spec.suspend === true) delete status.nextRun
    else Object.assign(status, nextRun(next))
    status.machines = current(world, policy, status.machines ?? [])
    return writeStatus(world, policy, withConditions(status, [readyCondition(policy, { next })], now))
  }
  const machines = world
    .machines(policy.metadata.namespace ?? '')
    .filter((machine) => chooses(policy, machine))
    .map(({ metadata }) => metadata.name ?? '')
    .toSorted()
  const begun: SnapshotPolicyStatus = {
    ...status,
    run: { scheduled: formatTime(due), started: formatTime(now), machines },
    lastRun: formatTime(now),
    lastScheduled: formatTime(due),
    countedFrom: formatTime(now),
  }
  const written = await writeStatus(world, policy, withConditions(begun, [readyCondition(policy, { next: now })], now))
  return goOn(world, written, baseStatus(written))
}

async function goOn(world: PolicyWorld, policy: SnapshotPolicy, status: SnapshotPolicyStatus): Promise<SnapshotPolicy> {
  const { run } = status
  if (run === undefined) return policy
  const { client, clock } = world
  const now = clock.now()
  const { name = '', namespace = '', uid = '' } = policy.metadata
  const scheduled = parseTime(run.scheduled)
  const snapshots = new Map(world.snapshots(uid).map((snapshot) => [snapshot.metadata.name, snapshot]))
  const machines = new Set(world.machines(namespace).map(({ metadata }) => metadata.name))
  const before = new Map((status.machines ?? []).map((machine) => [machine.name, machine]))
  const looked = runStep({
    machines: run.machines.map((machine) => {
      const snapshot = snapshotName({ policy: name, machine, scheduled })
      const made = snapshots.get(snapshot)
      return { name: machine, snapshot, made, before: before.get(machine), there: machines.has(machine) }
    }),
    stopped: stoppedBy(policy, now),
    deadlineMs: parseDuration(policy.spec.failureDeadline ?? defaultDeadline),
    nowMs: now.getTime(),
  })
  const found = new Map(looked.machines.map((machine) => [machine.name, machine]))
  for (const machine of looked.begin) found.set(machine, await beginSnapshot(client, policy, { machine, scheduled }))

  const results = run.machines.flatMap((machine) => found.get(machine) ?? [])
  const next: SnapshotPolicyStatus = { ...status, machines: current(world, policy, merged(before, found)) }
  if (!looked.done) {
    const written = await writeStatus(world, policy, next)
    tellMachines(world, written, { before, results })
    return written
  }
  delete next.run
  Object.assign(next, nextRun(dueTimes(policy, next, now).next))
  const outcome = runCondition(results)
  const written = await writeStatus(
    world,
    policy,
    withConditions(next, [outcome, readyCondition(policy, { next: now })], now),
  )
  tellMachines(world, written, { before, results })
  const failed = outcome.status === 'False'
  world.events.record(written, {
    type: failed ? 'Warning' : 'Normal',
    reason: failed ? 'RunFailed' : 'RunCompleted',
    message: outcome.message ?? '',
  })
  return written
}

function dueTimes(
  policy: Readonly<SnapshotPolicy>,
  status: SnapshotPolicyStatus,
  now: Date,
): ReturnType<typeof whenDue> {
  const madeAt = parseTime(policy.metadata.creationTimestamp ?? formatTime(now))
  const countedFrom = status.countedFrom === undefined ? madeAt : parseTime(status.countedFrom)
  return whenDue(policy.spec, { now, madeAt, countedFrom })
}

function nextRun(next: Date | undefined): { nextRun?: string } {
  return next === undefined ? {} : { nextRun: formatTime(next) }
}

function stoppedBy(policy: Readonly<SnapshotPolicy>, now: Date): string | undefined {
  if (policy.spec.suspend === true) return 'not taken: the policy was suspended before its turn'
  return isOpen(policy.spec, now) ? undefined : 'not taken: the window was over before its turn'
}

function baseStatus({ metadata, status }: Readonly<SnapshotPolicy>): SnapshotPolicyStatus {
  return { ...status, ...(metadata.generation === undefined ? {} : { observedGeneration: metadata.generation }) }
}

function merged(
  before: ReadonlyMap<string, PolicyMachineStatus>,
  found: ReadonlyMap<string, PolicyMachineStatus>,
): PolicyMachineStatus[] {
  return [...new Map([...before, ...found]).values()]
}

/** Machines that are chosen, in the run, or still have snapshots; others are forgotten. */
function current(
  world: PolicyWorld,
  policy: Readonly<SnapshotPolicy>,
  machines: readonly PolicyMachineStatus[],
): PolicyMachineStatus[] {
  const { namespace = '', uid = '' } = policy.metadata
  const snapshots = bySource(world.snapshots(uid))
  const known = new Map(machines.map((machine) => [machine.name, machine]))
  const inRun = new Set(policy.status?.run?.machines)
  const chosen = world.machines(namespace).filter((machine) => chooses(policy, machine))
  const names = new Set([...chosen.map(({ metadata }) => metadata.name ?? ''), ...snapshots.keys(), ...inRun])
  const all = [...names].map(
    (name): PolicyMachineStatus => known.get(name) ?? { name, result: 'Waiting', message: 'no run yet' },
  )
  return listed(withKept(all, snapshots))
}

/** What has changed for a machine is an event of it. */
function tellMachines(
  world: PolicyWorld,
  policy: Readonly<SnapshotPolicy>,
  { before, results }: { before: ReadonlyMap<string, PolicyMachineStatus>; results: readonly PolicyMachineStatus[] },
): void {
  const { namespace = '', name = '' } = policy.metadata
  const machines = new Map(world.machines(namespace).map((machine) => [machine.metadata.name, machine]))
  for (const { name: machineName, result, snapshot = '', message = '' } of results) {
    const last = before.get(machineName)
    const machine = machines.get(machineName)
    if (machine === undefined || (last?.result === result && last.snapshot === snapshot)) continue
    if (result === 'Taken') {
      const words = `Snapshot policy ${name} took snapshot ${snapshot}`
      world.events.record(machine, { type: 'Normal', reason: 'PolicySnapshotTaken', message: words })
    } else if (result === 'Failed') {
      const words = `Snapshot policy ${name} could not take snapshot ${snapshot}: ${message}`
      world.events.record(machine, { type: 'Warning', reason: 'PolicySnapshotFailed', message: words })
    }
  }
}

/** The policy with its new status; nothing is written when nothing has changed. */
async function writeStatus(
  world: PolicyWorld,
  policy: SnapshotPolicy,
  status: SnapshotPolicyStatus,
): Promise<SnapshotPolicy> {
  if (deepEqual(status, policy.status)) return policy
  return world.client.updateStatus(snapshotPolicies, { ...policy, status })
}

/** @returns whether something was deleted */
async function pruneWhereDue(world: PolicyWorld, policy: SnapshotPolicy): Promise<boolean> {
  const now = world.clock.now()
  if (
    known(world, policy).every(
      (snapshots) => expired(snapshots, { keep: policy.spec.keep, nowMs: now.getTime() }).goes.length === 0,
    )
  ) {
    return false
  }
  const deleted = await prune(world.client, policy, now)
  if (deleted.length === 0) return false
  const shown = deleted.slice(0, 5).join(', ')
  const more = deleted.length > 5 ? ` and ${deleted.length - 5} more` : ''
  const message = `deleted ${deleted.length === 1 ? 'a snapshot' : `${deleted.length} snapshots`} no longer kept: ${shown}${more}`
  world.events.record(policy, { type: 'Normal', reason: 'SnapshotsDeleted', message })
  return true
}

/** The caches' idea of the policy's snapshots, by machine. */
function known(world: PolicyWorld, { metadata }: Readonly<SnapshotPolicy>): PolicySnapshot[][] {
  const { uid } = metadata
  return [...bySource(world.snapshots(uid ?? '').filter((snapshot) => isMadeBy(snapshot, uid))).values()]
}

function nextLook(world: PolicyWorld, policy: Readonly<SnapshotPolicy>): number {
  const nowMs = world.clock.now().getTime()
  if (policy.status?.run !== undefined) return runWaitMs
  const next = policy.status?.nextRun
  const times = known(world, policy).map((snapshots) => expired(snapshots, { keep: policy.spec.keep, nowMs }).nextMs)
  if (next !== undefined && policy.spec.suspend !== true) times.push(parseTime(next).getTime())
  const soonest = Math.min(...times.filter((time) => time !== undefined))
  return Math.max(1000, Math.min(longestWaitMs, soonest - nowMs))
}
