/**
 * Actions go in two steps. `POST /api/plans` freezes a selection and says what would happen to each object; `POST /api/tasks` with the
 * plan's id does exactly that, and nothing else. A plan is forgotten after ten minutes.
 */

import type { Status } from '@berth/meta'
import type { Effect } from '../actions/effects.ts'
import type { ObjectReference } from '../protocol/reference.ts'
import type { Task } from '../protocol/tasks-channel.ts'
import type { RowTable } from '../rows/row.ts'

/** Everything that matches but the exceptions, or the objects named. */
export type Selection =
  | { kind: 'query'; table: RowTable; query: string; except: string[] }
  | { kind: 'keys'; keys: string[] }

export interface PlanRequest {
  /** Id of an action (actions/). */
  action: string
  selection: Selection
  /** Of the action: grace period, what to keep of a delete. */
  options?: Record<string, string | number | boolean>
}

export interface Plan {
  id: string
  action: string
  /** Objects the action will be done to, and those it can't be done to with the reason. At most 500 of each are listed. */
  targets: { target: ObjectReference; effects: Effect[] }[]
  refused: { target: ObjectReference; why: string }[]
  counts: { targets: number; refused: number }
}

/** What forms ask for; life-cycle actions have the ids of actions/. */
export const formActions = [
  'create',
  'deploy',
  'edit',
  'attach',
  'detach',
  'insert',
  'eject',
  'make-template',
  'edit-template',
  'delete-template',
  'create-disk',
  'expand-disk',
  'retry-disk',
  'delete-disk',
  'take-snapshot',
  'edit-snapshot',
  'delete-snapshot',
  'restore',
  'clone',
  'export',
  'delete-export',
  'memory-dump',
  'delete-memory-dump',
  'create-policy',
  'edit-policy',
  'delete-policy',
  'upload-disk',
  'import-machine',
  'move-disk',
  'build-image',
  'cancel-build',
  'delete-build',
  'make-image',
  'publish-image',
  'change-image',
  'delete-image',
  'keep-fresh',
  'edit-fresh',
  'end-fresh',
] as const

/**
 * What to wait for after the requests were taken: a machine that runs; an object that is done, or has failed (`settled`), as its kind
 * says; an object that is gone.
 */
export const formGoals = ['running', 'settled', 'gone'] as const
export type FormGoal = (typeof formGoals)[number]

export type FormAction = (typeof formActions)[number]

/** A request that changes something in a cluster. */
export interface TaskCall {
  /** PATCH is a merge patch. */
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the root of the cluster's API: `apis/kubevirt.io/v1/…?fieldManager=…`. */
  path: string
  /** Sent as JSON, kept until it has succeeded so that it can be sent again, and never shown. */
  body?: unknown
}

export interface DiskMove {
  volume: string
  claim: string
}

export interface TaskRequests {
  action: FormAction
  goal?: FormGoal
  /**
   * Objects, each with its requests in order; one that fails ends those of its object.
   * `afterwards`: asked for once the object has come to the goal. `move`: a machine is settled when its volume is on that claim.
   */
  items: { target: ObjectReference; calls: TaskCall[]; afterwards?: TaskCall[]; move?: DiskMove }[]
}

/** `POST /api/tasks`: what a plan says, answered with a Task at once; or what a form asks for, answered with TaskAnswers. */
export type TaskRequest = { plan: string } | { requests: TaskRequests }

/**
 * What the cluster said to each item of a form, in their order, while the task goes on to its goal. An `edit` that lost against somebody
 * else's is no task: the form merges and asks again.
 */
export interface TaskAnswers {
  task: Task
  answers: ({ object?: unknown } | { status: Status })[]
}
