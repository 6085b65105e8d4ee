/** The person's tasks, newest first, out of what the server tells. Pure. */

import type { Task, TasksUpdate } from '@berth/view'

export function foldTasks(before: readonly Task[] | undefined, update: TasksUpdate): readonly Task[] {
  const changed = new Map(update.tasks.map((task) => [task.id, task]))
  const kept = update.kind === 'all' ? [] : (before ?? []).filter(({ id }) => !changed.has(id))
  return [...kept, ...changed.values()].toSorted((one, other) => (one.startedAt < other.startedAt ? 1 : -1))
}

/** 0 to 1. */
export function partDone({ count, done, failed, skipped }: Task): number {
  return count === 0 ? 1 : (done + failed + skipped) / count
}

/** Failed objects by what the server said, the most frequent first. */
export function causesOf({ items }: Task): { message: string; names: string[] }[] {
  const causes = new Map<string, string[]>()
  for (const { state, message = '', target } of items) {
    if (state !== 'failed') continue
    const names = causes.get(message) ?? []
    names.push(target.name)
    causes.set(message, names)
  }
  return [...causes]
    .map(([message, names]) => ({ message, names }))
    .toSorted((one, other) => other.names.length - one.names.length)
}
