/** One task: what, how far, what failed and why, and what can be done about it. */

import { useMutation } from '@tanstack/react-query'
import { useState } from 'react'
import { kindOfResource, type Task, type TaskItem, type Tone } from '@berth/view'
import { dismissTask, retryTask } from '../../backend/index.ts'
import { useFormat, useMessages } from '../../i18n/index.ts'
import { Link } from '../../routes/navigation.tsx'
import { machinePath } from '../../routes/paths.ts'
import { Button, IconButton, ProgressBar, showToast, StatusMark } from '../../ui/index.ts'
import { causesOf, partDone } from './task-list.ts'
import { taskTitle } from './task-title.ts'
import styles from './tasks.module.css'

const tones: Record<Task['state'], Tone> = { running: 'starting', done: 'running', failed: 'attention' }

export interface TaskLineProps {
  task: Task
  /** All of its objects, and not only the failed ones. */
  whole?: boolean
}

export function TaskLine({ task, whole = false }: TaskLineProps) {
  const t = useMessages('tasks')
  const format = useFormat()
  const [opened, setOpened] = useState(whole)
  const tell = (error: Error): void => showToast({ text: error.message, tone: 'danger' })
  const retry = useMutation({ mutationFn: async () => retryTask(task.id), onError: tell })
  const dismiss = useMutation({ mutationFn: async () => dismissTask(task.id), onError: tell })
  const { state, count, done, failed, skipped } = task
  const title = taskTitle(task, t)
  const running = state === 'running'
  const waiting = count - done - failed - skipped > 0
  return (
    <li className={styles['task']}>
      <div className={styles['line']}>
        <IconButton
          icon={opened ? 'down' : 'next'}
          label={opened ? t('less', { title }) : t('more', { title })}
          aria-expanded={opened}
          onClick={() => setOpened(!opened)}
        />
        <span className={styles['title']}>{title}</span>
        <span className={styles['state']}>
          <StatusMark tone={tones[state]}>{t(`state.${state}`)}</StatusMark>
          {running && task.progress !== undefined && <span className={styles['detail']}>{task.progress}</span>}
        </span>
        <span className={styles['progress']}>
          {running && <ProgressBar value={count === 1 ? undefined : partDone(task)} label={title} />}
          <span className={styles['detail']}>{countText(task, t)}</span>
        </span>
        <span className={styles['detail']} title={format.time(task.startedAt)}>
          {running || task.endedAt === undefined
            ? format.relative(task.startedAt)
            : t('took', { time: format.duration(Date.parse(task.endedAt) - Date.parse(task.startedAt)) })}
        </span>
        <span className={styles['actions']}>
          {task.repeatable === true && (
            <Button icon="restart" busy={retry.isPending} onClick={() => retry.mutate()}>
              {t('retry', { count: failed })}
            </Button>
          )}
          {running && waiting && count > 1 && (
            <Button busy={dismiss.isPending} onClick={() => dismiss.mutate()}>
              {t('cancel')}
            </Button>
          )}
          {!running && <IconButton icon="close" label={t('dismiss', { title })} onClick={() => dismiss.mutate()} />}
        </span>
      </div>
      {failed > 0 && !opened && <Causes task={task} />}
      {opened && <Items task={task} />}
    </li>
  )
}

function countText({ count, done, failed, skipped }: Task, t: ReturnType<typeof useMessages>): string {
  const parts = [
    count > 1 ? t('done', { done, count }) : '',
    failed > 0 && count > 1 ? t('failed', { count: failed }) : '',
    skipped > 0 ? t('skipped', { count: skipped }) : '',
  ]
  return parts.filter((part) => part !== '').join(', ')
}

const mostCauses = 3
const mostNames = 5

function Causes({ task }: { task: Task }) {
  const t = useMessages('tasks')
  const causes = causesOf(task)
  return (
    <ul className={styles['causes']}>
      {causes.slice(0, mostCauses).map(({ message, names }) => (
        <li key={message}>
          {task.count > 1 && (
            <strong>
              {names.slice(0, mostNames).join(', ')}
              {names.length > mostNames && ` ${t('andMore', { count: names.length - mostNames })}`}:{' '}
            </strong>
          )}
          {message}
        </li>
      ))}
      {causes.length > mostCauses && <li>{t('moreCauses', { count: causes.length - mostCauses })}</li>}
    </ul>
  )
}

const itemTones: Record<TaskItem['state'], Tone> = {
  waiting: 'stopped',
  running: 'starting',
  done: 'running',
  failed: 'attention',
  skipped: 'stopped',
}

function Items({ task }: { task: Task }) {
  const t = useMessages('tasks')
  const left = task.count - task.items.length
  return (
    <ul className={styles['items']}>
      {task.items.map(({ target, state, message }) => (
        <li key={`${target.cluster}/${target.resource}/${target.namespace ?? ''}/${target.name}`}>
          <StatusMark tone={itemTones[state]}>{t(`item.${state}`)}</StatusMark>
          <Target task={task} target={target} />
          {message !== undefined && <span className={styles['detail']}>{message}</span>}
        </li>
      ))}
      {left > 0 && <li className={styles['detail']}>{t('notListed', { count: left })}</li>}
    </ul>
  )
}

function Target({ task, target }: { task: Task; target: TaskItem['target'] }) {
  const { cluster, namespace = '', name, resource } = target
  const gone = task.action === 'delete' && task.state === 'done'
  if (gone || kindOfResource(resource) !== 'VirtualMachine') return <span>{name}</span>
  return <Link href={machinePath({ cluster, namespace, name })}>{name}</Link>
}
