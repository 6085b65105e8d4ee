/** Actions in two steps: a plan that says what would happen, then a task that does exactly that. What forms ask for is a task at once. */

import type { Status } from '@berth/meta'
import type { FormAction, Plan, PlanRequest, Task, TaskAnswers, TaskRequest, TaskRequests } from '@berth/view'
import { BackendError } from './backend-error.ts'
import { request } from './request.ts'

export async function makePlan(plan: PlanRequest, signal?: AbortSignal): Promise<Plan> {
  return request('/api/plans', { method: 'POST', body: plan, ...(signal === undefined ? {} : { signal }) })
}

export async function startTask(plan: Plan): Promise<Task> {
  const body: TaskRequest = { plan: plan.id }
  return request('/api/tasks', { method: 'POST', body })
}

/** The server asks for all of it and keeps it as a task. @returns of each item, in their order, the cluster's object, or a BackendError */
export async function runRequests(requests: TaskRequests): Promise<unknown[]> {
  const body: TaskRequest = { requests }
  const { answers } = await request<TaskAnswers>('/api/tasks', { method: 'POST', body })
  return answers.map((answer) => ('status' in answer ? failureOf(answer.status) : answer.object))
}

/** The same with one object. @throws {BackendError} what the cluster refused it with */
export async function runRequest(
  action: FormAction,
  item: TaskRequests['items'][number],
  goal?: TaskRequests['goal'],
): Promise<unknown> {
  const [answer] = await runRequests({ action, items: [item], ...(goal === undefined ? {} : { goal }) })
  if (answer instanceof BackendError) throw answer
  return answer
}

function failureOf(status: Status): BackendError {
  const { code, message = '', reason } = status
  return new BackendError({ code, message, status, ...(reason === undefined ? {} : { reason }) })
}

/** A new task for the items that failed. */
export async function retryTask(id: string): Promise<Task> {
  return request(`/api/tasks/${encodeURIComponent(id)}/retry`, { method: 'POST' })
}

/** Cancels what has not begun; a task that has ended is put away. */
export async function dismissTask(id: string): Promise<void> {
  await request(`/api/tasks/${encodeURIComponent(id)}`, { method: 'DELETE' })
}
