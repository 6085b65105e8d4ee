/** Whether a machine has come to where an action leads, is on the way, or will not get there by itself. */

import { isFinal, type PrintableStatus, type VirtualMachine, type VirtualMachineInstance } from '@berth/api'
import { isConditionTrue } from '@berth/meta'
import type { Goal } from './action.ts'

export interface GoalSight {
  machine: Readonly<VirtualMachine> | undefined
  instance: Readonly<VirtualMachineInstance> | undefined
}

/** What was there before the request; tells a new run from the old one. */
export interface GoalStart {
  instanceUid?: string
  migrationUid?: string
}

export type Verdict = { kind: 'reached' } | { kind: 'waiting'; status: string } | { kind: 'hopeless'; why: string }

/** States that do not pass by themselves soon; waiting on would only hide them. */
const broken: ReadonlySet<PrintableStatus> = new Set<PrintableStatus>([
  'CrashLoopBackOff',
  'DataVolumeError',
  'ErrorUnschedulable',
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrorPvcNotFound',
])

export function judgeGoal(goal: Goal, sight: GoalSight, start: GoalStart = {}): Verdict {
  const { machine, instance } = sight
  if (goal === 'deleted') {
    return machine === undefined && instance === undefined
      ? { kind: 'reached' }
      : { kind: 'waiting', status: statusOf(sight) }
  }
  if (machine === undefined && instance === undefined) return { kind: 'hopeless', why: 'It was deleted meanwhile.' }
  const status = statusOf(sight)
  const waiting: Verdict = { kind: 'waiting', status }
  const runs = status === 'Running'
  switch (goal) {
    case 'stopped':
      return (instance === undefined || isFinal(instance)) && status === 'Stopped' ? { kind: 'reached' } : waiting
    case 'paused':
      return isConditionTrue(instance?.status?.conditions, 'Paused') ? { kind: 'reached' } : waiting
    case 'unpaused':
      return instance !== undefined && !isConditionTrue(instance.status?.conditions, 'Paused')
        ? { kind: 'reached' }
        : waiting
    case 'migrated':
      return judgeMigration(sight, start) ?? waiting
    case 'running':
      if (runs) return { kind: 'reached' }
      break
    case 'restarted':
      if (runs && instance !== undefined && instance.metadata.uid !== start.instanceUid) return { kind: 'reached' }
      break
  }
  return hopelessness(machine, instance, status) ?? waiting
}

function statusOf({ machine, instance }: GoalSight): string {
  return machine?.status?.printableStatus ?? instance?.status?.phase ?? 'Pending'
}

/** By what the instance says of its newest migration: people who may migrate a machine need not be let read migrations. */
function judgeMigration({ instance }: GoalSight, { migrationUid }: GoalStart): Verdict | undefined {
  const migration = instance?.status?.migrationState
  if (migration === undefined || migration.migrationUid === migrationUid) return undefined
  if (migration.failed === true)
    return { kind: 'hopeless', why: 'The migration failed; the machine stays where it is.' }
  return migration.completed === true ? { kind: 'reached' } : { kind: 'waiting', status: 'Migrating' }
}

/** An instance type that is not there, a quota, an image that can't be pulled: nothing comes until somebody mends it. */
function hopelessness(
  machine: Readonly<VirtualMachine> | undefined,
  instance: Readonly<VirtualMachineInstance> | undefined,
  status: string,
): Verdict | undefined {
  const conditions = machine?.status?.conditions
  const refused = instance === undefined && isConditionTrue(conditions, 'Failure')
  // The set holds some of the texts that `status` may be.
  if (!refused && !broken.has(status as PrintableStatus)) return undefined
  const told = conditions?.find(({ type, status: value, message }) => {
    const bad = type === 'Failure' ? value === 'True' : value === 'False' && type !== 'Ready'
    return bad && message !== undefined && message !== ''
  })
  return { kind: 'hopeless', why: told?.message === undefined ? status : `${status}: ${told.message}` }
}
