/** Whether a machine has come to where an action leads, is on the way, or will not get there by itself. */

import {
  isFinal,
  type PrintableStatus,
  type VirtualMachine,
  type VirtualMachineInstance,
  type VirtualMachineInstanceMigration,
} from '@berth/api'
import { isConditionTrue } from '@berth/meta'
import type { Goal } from './action.ts'

export interface GoalSight {
  machine: Readonly<VirtualMachine> | undefined
  instance: Readonly<VirtualMachineInstance> | undefined
  /** The newest one of this machine; of `migrated` only. */
  migration?: Readonly<VirtualMachineInstanceMigration> | undefined
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

function judgeMigration({ migration }: GoalSight, { migrationUid }: GoalStart): Verdict | undefined {
  if (migration === undefined || migration.metadata.uid === migrationUid) return undefined
  const phase = migration.status?.phase
  if (phase === 'Succeeded') return { kind: 'reached' }
  if (phase === 'Failed') return { kind: 'hopeless', why: 'The migration failed; the machine stays where it is.' }
  return { kind: 'waiting', status: phase ?? 'Pending' }
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
