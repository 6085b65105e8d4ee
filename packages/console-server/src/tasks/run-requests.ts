/** Carries out what a form asks for: its requests as they are, with the person's own rights, each object by itself. */

import { StatusError } from '@berth/meta'
import type { Session } from '../sessions/session.ts'
import type { ParsedRequests } from './parse-requests.ts'
import { sightOfMove } from './sight-of-move.ts'
import { carryOut, type Sight, type TaskRunner } from './run-task.ts'
import type { TaskRecord } from './task-book.ts'

/** One request that the cluster does not answer by then has failed. */
const requestMs = 60_000

/** What the last request of an item came to. */
export type RequestAnswer = { object?: unknown } | { error: unknown }

/**
 * Returns at once; the answers are there when the cluster has said something to every item, which may be long before the task ends.
 * @throws {ConsoleError} TooManyRequests
 */
export function runRequests(
  { action, goal, items }: ParsedRequests,
  session: Session,
  runner: TaskRunner,
): { task: TaskRecord; answers: Promise<RequestAnswer[]> } {
  // What has succeeded is taken away: it is not sent again, and not kept.
  const left = items.map(({ calls, ...item }) => ({ ...item, calls: [...calls] }))
  const answers: RequestAnswer[] = []
  const sights: Sight[] = []
  const task = runner.book.open({
    owner: session.owner,
    action,
    targets: items.map(({ target }) => target),
    bytes: items.reduce(
      (sum, { calls, afterwards }) => sum + [...calls, ...afterwards].reduce((of, { size }) => of + size, 0),
      0,
    ),
  })
  task.repeat = (positions, asked) => {
    const wanted = new Set(positions)
    const again = left.filter((_item, position) => wanted.has(position))
    return runRequests({ action, goal, items: again }, asked, runner).task
  }
  const { promise, resolve } = Promise.withResolvers<RequestAnswer[]>()
  void carryOut(task, session, runner, {
    goal: goal === 'running' ? goal : undefined,
    settle: goal === 'running' ? undefined : goal,
    async request(position, client) {
      const calls = left[position]?.calls ?? []
      let object: unknown
      try {
        const { target, move } = left[position] ?? {}
        if (target !== undefined && move !== undefined) {
          sights[position] = await sightOfMove(client, { target, move, again: calls.length === 0 })
        }
        for (let call = calls[0]; call !== undefined; call = calls[0]) {
          const { method, path, body, size } = call
          const signal = AbortSignal.timeout(requestMs)
          object = await client.raw({ method, path, signal, ...(body === undefined ? {} : { body }) })
          calls.shift()
          task.bytes -= size
        }
      } catch (error) {
        answers[position] = { error }
        if (isConflict(error)) giveBack(task, runner)
        throw error
      }
      answers[position] = { object }
      return {}
    },
    sight: (position) => sights[position],
    async afterwards(position, client) {
      for (const { method, path, body } of left[position]?.afterwards ?? []) {
        const signal = AbortSignal.timeout(requestMs)
        await client.raw({ method, path, signal, ...(body === undefined ? {} : { body }) })
      }
    },
    asked() {
      resolve(task.items.map(({ message }, position) => answers[position] ?? { error: notAsked(message) }))
    },
  })
  return { task, answers: promise }
}

function isConflict(error: unknown): boolean {
  return error instanceof StatusError && error.code === 'Conflict'
}

/** What was made from an older state is not sent again as it is: the form merges, and asks anew. */
function giveBack(task: TaskRecord, { book }: TaskRunner): void {
  delete task.repeat
  if (task.action === 'edit' && task.items.length === 1) book.remove(task)
}

/** Cancelled, or of a cluster they are not signed in to. */
function notAsked(message: string | undefined): StatusError {
  return new StatusError('Forbidden', message ?? 'it was cancelled before it began')
}
