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
import { groupByReason } from './refused-reasons.ts'

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
/** Names listed of each part. */
const mostNames = 12

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
        {action === 'delete' && (
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

function PlanParts({ plan, single }: { plan: Plan; single: boolean }): ReactNode {
  const t = useMessages('actions')
  const { targets, refused } = plan.counts
  const shown = plan.targets.slice(0, mostNames)
  return (
    <>
      {targets > 0 && (
        <section className={styles['part']}>
          {!single && <h3>{t('plan.will', { count: targets })}</h3>}
          <ul className={styles['names']}>
            {shown.map(({ target, effects }) => (
              <li key={`${target.cluster}/${target.resource}/${target.namespace ?? ''}/${target.name}`}>
                {!single && (
                  <span className={styles['name']}>
                    {target.name} <span className={styles['place']}>{target.namespace}</span>
                  </span>
                )}
                {effects.length > 0 && (
                  <ul className={styles['effects']}>
                    {effects.map(({ effect, values }) => (
                      <li key={effect + String(values?.['name'] ?? '')}>{t(`effect.${effect}`, values ?? {})}</li>
                    ))}
                  </ul>
                )}
              </li>
            ))}
          </ul>
          {targets > shown.length && (
            <p className={styles['place']}>{t('plan.andMore', { count: targets - shown.length })}</p>
          )}
        </section>
      )}
      {refused > 0 && (
        <section className={styles['part']}>
          <h3>{t('plan.refused', { count: refused })}</h3>
          <ul className={styles['names']}>
            {groupByReason(plan.refused).map(({ why, names }) => (
              <li key={why}>
                <span className={styles['name']}>{why}</span>
                <span className={styles['place']}>
                  {names.slice(0, mostNames).join(', ')}
                  {names.length > mostNames && ` ${t('plan.andMore', { count: names.length - mostNames })}`}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
    </>
  )
}
