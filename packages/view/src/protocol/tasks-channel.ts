/** What the person asked for, how far it is, and what became of each object. */

import type { ObjectReference } from './reference.ts'

/** All tasks of the person signed in. */
export type TasksRequest = Record<string, never>

export interface TaskItem {
  target: ObjectReference
  state: 'waiting' | 'running' | 'done' | 'failed' | 'skipped'
  /** Why it failed or was skipped, in the server's words, and what to do next; of one that runs, the state it is in: `Starting`. */
  message?: string
}

export interface Task {
  id: string
  /** Id of an action (actions/), or of what a form does (rest/plan.ts). */
  action: string
  /** `Stop 3 VMs`; made by the browser from `action` and the count, so only the parts are here. */
  count: number
  /** Of a single target, for the title. */
  name?: string
  state: 'running' | 'done' | 'failed'
  startedAt: string
  endedAt?: string
  done: number
  failed: number
  skipped: number
  /** Of failed and running items all, of others as many as fit in 200. */
  items: TaskItem[]
  /** Words of the phase a long action is in: `waiting until it is Running`. */
  progress?: string
  /** What failed can be asked for again as it was. */
  repeatable?: boolean
}

export type TasksUpdate = { kind: 'all' | 'more'; tasks: Task[] }
