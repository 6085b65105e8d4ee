import { useMessages } from '../../i18n/index.ts'
import { activityPath, tasksPath } from '../../routes/paths.ts'
import { LinkTabs } from '../../ui/index.ts'

export function ActivityTabs({ current }: { current: 'events' | 'tasks' }) {
  const t = useMessages('activity')
  return (
    <LinkTabs
      label={t('title')}
      current={current}
      tabs={[
        { id: 'events', label: t('events.title'), href: activityPath() },
        { id: 'tasks', label: t('tasks.title'), href: tasksPath() },
      ]}
    />
  )
}
