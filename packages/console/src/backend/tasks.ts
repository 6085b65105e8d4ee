/** Actions in two steps: a plan that says what would happen, then a task that does exactly that. */

import type { Plan, PlanRequest, Task, TaskRequest } from '@berth/view'
import { request } from './request.ts'

export async function makePlan(plan: PlanRequest, signal?: AbortSignal): Promise<Plan> {
  return request('/api/plans', { method: 'POST', body: plan, ...(signal === undefined ? {} : { signal }) })
}

export async function startTask(plan: Plan): Promise<Task> {
  const body: TaskRequest = { plan: plan.id }
  return request('/api/tasks', { method: 'POST', body })
}

/** Keeps what the page has asked a cluster for (a create, an edit) as a task until it has come true. */
export async function followTask(follow: Extract<TaskRequest, { follow: unknown }>['follow']): Promise<Task> {
  const body: TaskRequest = { follow }
  return request('/api/tasks', { method: 'POST', body })
}

/** A new task for the items that failed. */
export async function retryTask(id: string): Promise<Task> {
  return request(`/api/tasks/${encodeURIComponent(id)}/retry`, { method: 'POST' })
}

/** Cancels what has not begun; a task that has ended is put away. */
export async function dismissTask(id: string): Promise<void> {
  await request(`/api/tasks/${encodeURIComponent(id)}`, { method: 'DELETE' })
}
