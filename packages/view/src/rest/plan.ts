/**
 * Actions go in two steps. `POST /api/plans` freezes a selection and says what would happen to each object; `POST /api/tasks` with the
 * plan's id does exactly that, and nothing else. A plan is forgotten after ten minutes.
 */

import type { Effect } from '../actions/effects.ts'
import type { ObjectReference } from '../protocol/reference.ts'
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

/**
 * `POST /api/tasks`. `follow`: the page itself has asked the cluster for something (a create, an edit), and wants it kept as a task
 * until it has come true.
 */
export type TaskRequest =
  | { plan: string }
  | { follow: { action: 'create' | 'edit'; targets: ObjectReference[]; goal?: 'running' | 'restarted' } }
