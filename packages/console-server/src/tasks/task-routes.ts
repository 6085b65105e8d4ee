/** `POST /api/tasks`, its retry, and `DELETE`, which cancels what has not begun or puts away what has ended. */

import { isJsonObject } from '@berth/meta'
import type { ObjectReference, Task } from '@berth/view'
import { readReference } from '../channels/request-fields.ts'
import { ConsoleError } from '../errors.ts'
import type { Routes } from '../http/routes.ts'
import type { Session } from '../sessions/session.ts'
import { plans } from '../plans/plans.ts'
import { followTargets, runPlan } from './run-task.ts'
import { taskOf, type TaskRecord } from './task-book.ts'
import { tasks } from './tasks.ts'

const maxFollowed = 500
const followed = ['create', 'edit'] as const
const goals = ['running', 'restarted'] as const

export const taskRoutes: Routes = (app, context) => {
  app.post('/api/tasks', (request): Task => {
    const session = context.person(request)
    const runner = context.part(tasks)
    const body = isJsonObject(request.body) ? request.body : {}
    const { plan, follow } = body
    if (typeof plan === 'string') return taskOf(runPlan(context.part(plans).take(session.owner, plan), session, runner))
    if (follow !== undefined) return taskOf(followTargets(parseFollow(follow), session, runner))
    throw new ConsoleError('BadRequest', 'plan: must be the id of a plan')
  })

  app.post<{ Params: { id: string } }>('/api/tasks/:id/retry', (request): Task => {
    const session = context.person(request)
    return taskOf(retry(context.part(tasks).book.find(session.owner, request.params.id), session))
  })

  app.delete<{ Params: { id: string } }>('/api/tasks/:id', async (request, reply) => {
    const { book } = context.part(tasks)
    const task = book.find(context.person(request).owner, request.params.id)
    if (task.state === 'running') task.cancel.abort()
    else book.remove(task)
    return reply.code(204).send()
  })
}

function retry(task: TaskRecord, session: Session): TaskRecord {
  if (task.state === 'running') throw new ConsoleError('Conflict', 'the task still runs')
  const failed = task.items.flatMap(({ state }, position) => (state === 'failed' ? [position] : []))
  if (failed.length === 0) throw new ConsoleError('Conflict', 'nothing of the task has failed')
  if (task.repeat === undefined) throw new ConsoleError('Conflict', 'what a form asked for is repeated in the form')
  return task.repeat(failed, session)
}

function parseFollow(value: unknown): {
  action: string
  targets: ObjectReference[]
  goal: (typeof goals)[number] | undefined
} {
  const fields = isJsonObject(value) ? value : {}
  const action = followed.find((known) => known === fields['action'])
  if (action === undefined) throw new ConsoleError('BadRequest', `follow.action: must be one of ${followed.join(', ')}`)
  const { targets } = fields
  if (!Array.isArray(targets) || targets.length === 0 || targets.length > maxFollowed) {
    throw new ConsoleError('BadRequest', `follow.targets: must be 1 to ${maxFollowed} objects`)
  }
  const goal = goals.find((known) => known === fields['goal'])
  if (fields['goal'] !== undefined && goal === undefined) {
    throw new ConsoleError('BadRequest', `follow.goal: must be one of ${goals.join(', ')}`)
  }
  return { action, targets: targets.map(readReference), goal }
}
