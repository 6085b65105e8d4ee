import type { Task } from '@berth/view'
import { useMessages } from '../../i18n/index.ts'
import { Empty } from '../../ui/index.ts'
import { TaskLine } from './task-line.tsx'
import styles from './tasks.module.css'

export function TaskListView({ tasks, empty }: { tasks: readonly Task[]; empty?: string }) {
  const t = useMessages('tasks')
  if (tasks.length === 0) return <Empty icon="tasks" title={empty ?? t('none')} />
  return (
    <ul className={styles['list']}>
      {tasks.map((task) => (
        <TaskLine key={task.id} task={task} />
      ))}
    </ul>
  )
}
