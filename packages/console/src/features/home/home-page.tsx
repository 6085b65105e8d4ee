/** What needs somebody now, then how much room there is, what moves, what was done last. */

import { useMemo } from 'react'
import { TaskListView, useTasks } from '../tasks/index.ts'
import { CapacityOf } from '../hosts/index.ts'
import { useSession } from '../../backend/index.ts'
import { useMessages } from '../../i18n/index.ts'
import { useRowsStore, useTable, type TableSnapshot } from '../../live/index.ts'
import { cataloguePath, createPath, tasksPath, workloadsPath } from '../../routes/paths.ts'
import { Link } from '../../routes/navigation.tsx'
import { scopeQuery, useScope } from '../../routes/scope.ts'
import { Button, Buttons, Empty, Page, Section, Skeleton } from '../../ui/index.ts'
import { Attention } from './attention.tsx'
import styles from './home.module.css'
import { States } from './states.tsx'

const recentTasks = 5

export function HomePage() {
  const t = useMessages('home')
  const { clusters } = useSession()
  const scope = useScope()
  const part = scopeQuery(scope)
  const query = useMemo(
    () => ({ table: 'workloads' as const, query: part, sort: [{ column: 'age', descending: true }], facets: ['tone'] }),
    [part],
  )
  const store = useRowsStore(query)
  const table = useTable(store)
  const tasks = useTasks()
  if (isFirstRun(table) && part === '') return <FirstRun />
  const shown = scope.cluster === undefined ? clusters : clusters.filter(({ id }) => id === scope.cluster)
  return (
    <Page
      title={t('title')}
      actions={
        <Button kind="primary" icon="add" href={createPath()}>
          {t('create')}
        </Button>
      }
    >
      <div className={styles['grid']}>
        <div className={styles['main']}>
          <Section title={t('attention.title')}>
            <Attention scope={part} clusters={shown} />
          </Section>
          <Section title={t('tasks.title')} actions={<Link href={tasksPath()}>{t('tasks.all')}</Link>}>
            {tasks.length === 0 ? (
              <p className={styles['calm']}>{t('tasks.none')}</p>
            ) : (
              <TaskListView tasks={tasks.slice(0, recentTasks)} />
            )}
          </Section>
        </div>
        <div className={styles['side']}>
          <Section title={t('states.title')} actions={<Link href={workloadsPath()}>{t('states.all')}</Link>}>
            {table.seen ? <States table={table} /> : <Skeleton lines={4} />}
          </Section>
          {shown.map((cluster) => (
            <Section
              key={cluster.id}
              title={clusters.length > 1 ? t('capacity.of', { name: cluster.name }) : t('capacity.title')}
            >
              <CapacityOf cluster={cluster} />
            </Section>
          ))}
        </div>
      </div>
    </Page>
  )
}

/** Nothing there, and not because something can't be seen. */
function isFirstRun({ seen, total, sources, status }: TableSnapshot): boolean {
  return (
    seen && status === 'live' && total === 0 && sources.every(({ state }) => state === 'live' || state === 'absent')
  )
}

function FirstRun() {
  const t = useMessages('home')
  return (
    <Page title={t('title')}>
      <Empty
        icon="screen"
        title={t('first.title')}
        action={
          <Buttons>
            <Button kind="primary" icon="template" href={createPath()}>
              {t('first.create')}
            </Button>
            <Button href={cataloguePath()}>{t('first.catalogue')}</Button>
          </Buttons>
        }
      >
        {t('first.text')}
      </Empty>
    </Page>
  )
}
