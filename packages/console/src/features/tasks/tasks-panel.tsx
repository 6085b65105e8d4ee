/** The person's tasks in the dock. */

import { TaskListView } from './task-list-view.tsx'
import { useTasks } from './tasks-context.tsx'

export function TasksPanel() {
  return <TaskListView tasks={useTasks()} />
}
