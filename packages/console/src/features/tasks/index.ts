export { taskTitle } from './task-title.ts'
export { TaskListView } from './task-list-view.tsx'
export { TasksPanel } from './tasks-panel.tsx'
export { TasksProvider, useTasks } from './tasks-context.tsx'
