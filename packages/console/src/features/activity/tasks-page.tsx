/** Everything that was asked for here, with what became of it. */

import { useMessages } from '../../i18n/index.ts'
import { Notice, Page, Stack } from '../../ui/index.ts'
import { TaskListView, useTasks } from '../tasks/index.ts'
import { ActivityTabs } from './activity-tabs.tsx'

export function TasksPage() {
  const t = useMessages('activity')
  const tasks = useTasks()
  return (
    <Page title={t('title')} below={<ActivityTabs current="tasks" />}>
      <Stack>
        <TaskListView tasks={tasks} empty={t('tasks.none')} />
        <Notice>{t('tasks.about')}</Notice>
      </Stack>
    </Page>
  )
}
