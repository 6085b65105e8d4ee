/** Tasks of people, in bounded memory: what was asked for, how far it is, what became of each object. */

import { randomUUID } from 'node:crypto'
import type { Clock } from '@berth/base'
import type { ObjectReference, Task, TaskItem } from '@berth/view'
import { ConsoleError } from '../errors.ts'
import type { Session } from '../sessions/session.ts'

/** Ended tasks beyond it are forgotten, oldest first. */
const maxPerOwner = 100
const maxItemsPerOwner = 50_000
/** Of bodies that are kept to be sent again. */
const maxBytesPerOwner = 32 * 1024 * 1024
/** A machine that hangs while it starts keeps its task for minutes; what else somebody does goes on. */
const maxRunningPerOwner = 60
const maxListedItems = 200

export interface TaskRecord {
  readonly id: string
  readonly owner: string
  readonly action: string
  readonly items: TaskItem[]
  /** Of what is kept to repeat it. */
  bytes: number
  state: Task['state']
  readonly startedAt: string
  endedAt?: string
  /** What has not begun is not begun any more. */
  readonly cancel: AbortController
  /** Begins anew with the items of these positions. Absent where nothing can be repeated. */
  repeat?: (positions: readonly number[], session: Session) => TaskRecord
}

export interface NewTask {
  owner: string
  action: string
  targets: readonly ObjectReference[]
  bytes?: number
}

export interface TaskBook {
  /** @throws {ConsoleError} TooManyRequests while as many as may run do */
  open(task: NewTask): TaskRecord
  /** Something of it changed. */
  touch(task: TaskRecord): void
  /** @throws {ConsoleError} NotFound */
  find(owner: string, id: string): TaskRecord
  remove(task: TaskRecord): void
  of(owner: string): Task[]
  /** `undefined`: one is gone, ask for all of them. */
  onChange(owner: string, listener: (task: TaskRecord | undefined) => void): () => void
  all(): TaskRecord[]
}

export function createTaskBook(clock: Clock): TaskBook {
  const byOwner = new Map<string, Map<string, TaskRecord>>()
  const listeners = new Map<string, Set<(task: TaskRecord | undefined) => void>>()

  const tasksOf = (owner: string): Map<string, TaskRecord> => {
    const tasks = byOwner.get(owner) ?? new Map<string, TaskRecord>()
    byOwner.set(owner, tasks)
    return tasks
  }
  const tell = (owner: string, task: TaskRecord | undefined): void => {
    for (const listener of listeners.get(owner) ?? []) listener(task)
  }

  return {
    open({ owner, action, targets, bytes = 0 }) {
      const tasks = tasksOf(owner)
      const running = [...tasks.values()].filter(({ state }) => state === 'running')
      if (running.length >= maxRunningPerOwner) {
        throw new ConsoleError('TooManyRequests', `${running.length} tasks are running`, {
          remedy: 'Wait until one of them has ended.',
          retryAfterSeconds: 5,
        })
      }
      let items = targets.length + [...tasks.values()].reduce((sum, task) => sum + task.items.length, 0)
      let kept = bytes + [...tasks.values()].reduce((sum, task) => sum + task.bytes, 0)
      for (const [id, task] of tasks) {
        if (tasks.size < maxPerOwner && items <= maxItemsPerOwner && kept <= maxBytesPerOwner) break
        if (task.state === 'running') continue
        tasks.delete(id)
        items -= task.items.length
        kept -= task.bytes
      }
      if (kept > maxBytesPerOwner) {
        throw new ConsoleError('TooManyRequests', 'the tasks that are running hold too much', {
          remedy: 'Wait until one of them has ended.',
          retryAfterSeconds: 5,
        })
      }
      const task: TaskRecord = {
        id: randomUUID(),
        owner,
        action,
        items: targets.map((target) => ({ target, state: 'waiting' })),
        bytes,
        state: 'running',
        startedAt: clock.now().toISOString(),
        cancel: new AbortController(),
      }
      tasks.set(task.id, task)
      tell(owner, task)
      return task
    },
    touch(task) {
      if (byOwner.get(task.owner)?.get(task.id) !== task) return
      const open = task.items.some(({ state }) => state === 'waiting' || state === 'running')
      if (!open && task.state === 'running') {
        task.state = task.items.some(({ state }) => state === 'failed') ? 'failed' : 'done'
        task.endedAt = clock.now().toISOString()
      }
      tell(task.owner, task)
    },
    find(owner, id) {
      const task = byOwner.get(owner)?.get(id)
      if (task === undefined) throw new ConsoleError('NotFound', 'there is no such task')
      return task
    },
    remove(task) {
      byOwner.get(task.owner)?.delete(task.id)
      tell(task.owner, undefined)
    },
    of: (owner) => [...(byOwner.get(owner)?.values() ?? [])].map(taskOf),
    onChange(owner, listener) {
      const known = listeners.get(owner) ?? new Set()
      listeners.set(owner, known)
      known.add(listener)
      return () => {
        known.delete(listener)
        if (known.size === 0) listeners.delete(owner)
      }
    },
    all: () => [...byOwner.values()].flatMap((tasks) => [...tasks.values()]),
  }
}

/** As the browser sees it. */
export function taskOf({ id, action, items, state, startedAt, endedAt, repeat }: TaskRecord): Task {
  const count = (wanted: TaskItem['state']): number => items.filter((item) => item.state === wanted).length
  const [first] = items
  const telling = items.filter((item) => item.state === 'failed' || item.state === 'running').slice(0, maxListedItems)
  const rest = items.filter((item) => item.state !== 'failed' && item.state !== 'running')
  const progress = items.find((item) => item.state === 'running' && item.message !== undefined)?.message
  return {
    id,
    action,
    count: items.length,
    ...(items.length === 1 && first !== undefined ? { name: first.target.name } : {}),
    state,
    startedAt,
    ...(endedAt === undefined ? {} : { endedAt }),
    done: count('done'),
    failed: count('failed'),
    skipped: count('skipped'),
    items: [...telling, ...rest.slice(0, maxListedItems - telling.length)],
    ...(progress === undefined ? {} : { progress }),
    ...(state === 'failed' && repeat !== undefined ? { repeatable: true } : {}),
  }
}
