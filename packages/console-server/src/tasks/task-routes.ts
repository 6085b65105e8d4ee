/** `POST /api/tasks`, its retry, and `DELETE`, which cancels what has not begun or puts away what has ended. */

import { isJsonObject } from '@berth/meta'
import type { Task, TaskAnswers } from '@berth/view'
import { ConsoleError } from '../errors.ts'
import { maxBodyBytes } from '../gateway/forward.ts'
import { statusOf } from '../http/answers.ts'
import type { RouteContext, Routes } from '../http/routes.ts'
import type { Session } from '../sessions/session.ts'
import { plans } from '../plans/plans.ts'
import { parseRequests } from './parse-requests.ts'
import { runRequests } from './run-requests.ts'
import { runPlan } from './run-task.ts'
import { taskOf, type TaskRecord } from './task-book.ts'
import { tasks } from './tasks.ts'

export const taskRoutes: Routes = (app, context) => {
  app.post('/api/tasks', { bodyLimit: maxBodyBytes }, (request) =>
    begin(request.body, context.person(request), context),
  )

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

async function begin(body: unknown, session: Session, context: RouteContext): Promise<Task | TaskAnswers> {
  const { plan, requests } = isJsonObject(body) ? body : {}
  if (requests !== undefined) return askFor(requests, session, context)
  if (typeof plan !== 'string') {
    throw new ConsoleError('BadRequest', 'plan: must be the id of a plan, or requests what is asked for')
  }
  return taskOf(runPlan(context.part(plans).take(session.owner, plan), session, context.part(tasks)))
}

function retry(task: TaskRecord, session: Session): TaskRecord {
  if (task.state === 'running') throw new ConsoleError('Conflict', 'the task still runs')
  const failed = task.items.flatMap(({ state }, position) => (state === 'failed' ? [position] : []))
  if (failed.length === 0) throw new ConsoleError('Conflict', 'nothing of the task has failed')
  if (task.repeat === undefined) {
    throw new ConsoleError('Conflict', 'somebody else changed it meanwhile', { remedy: 'Open its form again.' })
  }
  return task.repeat(failed, session)
}

/** The form hears what the cluster says of every item, and the task goes on to its goal. */
async function askFor(requests: unknown, session: Session, context: RouteContext): Promise<TaskAnswers> {
  const { task, answers } = runRequests(parseRequests(requests), session, context.part(tasks))
  const told = (await answers).map((answer) =>
    'error' in answer ? { status: statusOf(answer.error, context.logger).status } : answer,
  )
  return { task: taskOf(task), answers: told }
}
