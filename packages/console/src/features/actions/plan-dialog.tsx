/** What an action would do to a selection, before it is done: how many, which are refused and why, what goes and what stays. */

import { useMutation, useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import { actionOf, type ActionId, type Plan, type Selection, type Task } from '@berth/view'
import { makePlan, startTask } from '../../backend/index.ts'
import { useMessages } from '../../i18n/index.ts'
import {
  Button,
  CheckboxField,
  Dialog,
  Notice,
  Problem,
  Skeleton,
  Stack,
  TextField,
  showToast,
} from '../../ui/index.ts'
import styles from './plan-dialog.module.css'
import { groupByWords, plainReason, type NamedGroup } from './plan-groups.ts'

export interface PlanDialogProps {
  action: ActionId
  /** As it was when the dialog was opened: a later one is not looked at. */
  selection: Selection
  /** Of a single object. */
  name?: string
  onClose: () => void
  /** The task runs: the selection is done with. */
  onStarted?: (task: Task) => void
}

/** From here on, what destroys is confirmed by typing how many. */
const largeDelete = 10
/** Names listed of each group. */
const mostNames = 30

export function PlanDialog({ action, selection, name, onClose, onStarted }: PlanDialogProps): ReactNode {
  const t = useMessages('actions')
  const [frozen] = useState(selection)
  const [opened] = useState(() => Date.now())
  const [keepDisks, setKeepDisks] = useState(false)
  const [typed, setTyped] = useState('')
  const { danger } = actionOf(action)
  const word = t(`action.${action}`)
  const plan = useQuery({
    // Each dialog asks anew: a plan is for one decision.
    queryKey: ['plan', action, opened, keepDisks],
    queryFn: async ({ signal }) =>
      makePlan({ action, selection: frozen, ...(keepDisks ? { options: { keepDisks } } : {}) }, signal),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  })
  const start = useMutation({
    mutationFn: startTask,
    onSuccess: (task) => {
      showToast({ text: t('plan.started'), tone: 'success' })
      onStarted?.(task)
      onClose()
    },
  })
  const count = plan.data?.counts.targets ?? 0
  const total = count + (plan.data?.counts.refused ?? 0)
  const mustType = danger === 'destroys' && count >= largeDelete
  const reason =
    plan.data === undefined
      ? t('plan.working')
      : count === 0
        ? t('plan.none')
        : mustType && typed.trim() !== String(count)
          ? t('plan.typeCountWrong', { count })
          : undefined
  const title =
    name !== undefined
      ? t('plan.titleOf', { action: word, name })
      : plan.data === undefined
        ? word
        : t('plan.title', { action: word, count: total })

  return (
    <Dialog
      title={title}
      onClose={onClose}
      actions={
        <Button
          kind={danger === 'destroys' || danger === 'loses' ? 'danger' : 'primary'}
          reason={reason}
          busy={start.isPending}
          onClick={() => plan.data !== undefined && start.mutate(plan.data)}
        >
          {count > 1 ? t('plan.confirm', { action: word, count }) : word}
        </Button>
      }
    >
      <Stack>
        {plan.isPending && <Skeleton lines={4} />}
        {plan.isError && <Problem title={t('plan.failed')} error={plan.error} onRetry={() => void plan.refetch()} />}
        {plan.data !== undefined && <PlanParts plan={plan.data} single={name !== undefined} />}
        {danger !== 'none' && count > 0 && (
          <Notice tone={danger === 'interrupts' ? 'info' : 'attention'}>{t(`plan.danger.${danger}`)}</Notice>
        )}
        {(keepDisks || hasDisks(plan.data)) && (
          <CheckboxField
            label={t('plan.keepDisks')}
            description={t('plan.keepDisksHint')}
            checked={keepDisks}
            onChange={(event) => setKeepDisks(event.currentTarget.checked)}
          />
        )}
        {mustType && (
          <TextField
            label={t('plan.typeCount', { count })}
            value={typed}
            inputMode="numeric"
            autoComplete="off"
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        {total > 1 && <p className={styles['stays']}>{t('plan.stays')}</p>}
        {start.isError && <Problem title={t('plan.startFailed')} error={start.error} />}
      </Stack>
    </Dialog>
  )
}

/** Disks that go with their machines: there is something to keep. */
function hasDisks(plan: Plan | undefined): boolean {
  return plan?.targets.some(({ effects }) => effects.some(({ effect }) => effect === 'disk-goes')) === true
}

function PlanParts({ plan, single }: { plan: Plan; single: boolean }): ReactNode {
  const t = useMessages('actions')
  const { targets, refused } = plan.counts
  const done = plan.targets.map(({ target, effects }) => ({
    target,
    words: effects
      // What holds for all of them stands below.
      .filter(({ effect }) => effect !== 'final')
      .map(({ effect, values }) => t(`effect.${effect}`, values ?? {}))
      .join(' '),
  }))
  const left = plan.refused.map(({ target, why }) => ({ target, words: plainReason(why) }))
  return (
    <>
      {targets > 0 && (
        <section className={styles['part']}>
          {!single && <h3>{t('plan.will', { count: targets })}</h3>}
          <Groups groups={groupByWords(done)} single={single} unlisted={targets - done.length} />
        </section>
      )}
      {refused > 0 && (
        <section className={styles['part']}>
          <h3>{t('plan.refused', { count: refused })}</h3>
          <Groups groups={groupByWords(left)} single={single} unlisted={refused - left.length} />
        </section>
      )}
    </>
  )
}

interface GroupsProps {
  groups: readonly NamedGroup[]
  single: boolean
  /** Objects that the plan counts and does not list. */
  unlisted: number
}

function Groups({ groups, single, unlisted }: GroupsProps): ReactNode {
  const t = useMessages('actions')
  return (
    <>
      <ul className={styles['groups']}>
        {groups.map(({ words, targets }) => (
          <li key={words}>
            {!single && (
              <p className={styles['names']}>
                {targets.slice(0, mostNames).map(({ cluster, namespace, name, resource }) => (
                  <span key={`${cluster}/${resource}/${namespace ?? ''}/${name}`} className={styles['target']}>
                    {name} <span className={styles['muted']}>{namespace}</span>
                  </span>
                ))}
                {targets.length > mostNames && (
                  <span className={styles['muted']}>{t('plan.andMore', { count: targets.length - mostNames })}</span>
                )}
              </p>
            )}
            <p className={styles['muted']}>{words}</p>
          </li>
        ))}
      </ul>
      {unlisted > 0 && <p className={styles['muted']}>{t('plan.andMore', { count: unlisted })}</p>}
    </>
  )
}
