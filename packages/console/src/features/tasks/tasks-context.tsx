/** One channel for all who show tasks. */

import { createContext, useContext, type ReactNode } from 'react'
import type { Task } from '@berth/view'
import { useFoldedChannel } from '../../live/index.ts'
import { foldTasks } from './task-list.ts'

const none: readonly Task[] = []
const everything = {}
const TasksContext = createContext<readonly Task[]>(none)

export function TasksProvider({ children }: { children: ReactNode }) {
  const { value } = useFoldedChannel('tasks', everything, foldTasks)
  return <TasksContext value={value ?? none}>{children}</TasksContext>
}

/** Newest first. */
export function useTasks(): readonly Task[] {
  return useContext(TasksContext)
}
