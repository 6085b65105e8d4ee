/** The selection and an action as one would type it elsewhere. */

import { useQuery } from '@tanstack/react-query'
import { useState, type ReactNode } from 'react'
import {
  actionOf,
  actionTable,
  showAs,
  type ActionId,
  type ActionSpec,
  type Selection,
  type ShownAs,
} from '@berth/view'
import { makePlan, useSession } from '../../../backend/index.ts'
import { useMessages } from '../../../i18n/index.ts'
import { CodeBlock, Dialog, Empty, Notice, Problem, Segments, SelectField, Skeleton, Stack } from '../../../ui/index.ts'

export interface ShowAsDialogProps {
  selection: Selection
  onClose: () => void
}

const tools = ['berth', 'kubectl', 'virtctl', 'api'] as const satisfies readonly (keyof ShownAs)[]

export function ShowAsDialog({ selection, onClose }: ShowAsDialogProps): ReactNode {
  const t = useMessages('workloads')
  const words = useMessages('actions')
  const { command } = useSession()
  const [frozen] = useState(selection)
  const [opened] = useState(() => Date.now())
  const [action, setAction] = useState<ActionId>('start')
  const [tool, setTool] = useState<keyof ShownAs>('berth')
  // A plan says which objects it would be; nothing is done with it.
  const plan = useQuery({
    queryKey: ['plan', 'show', action, opened],
    queryFn: async ({ signal }) => makePlan({ action, selection: frozen }, signal),
    gcTime: 0,
    retry: false,
  })
  const texts = (plan.data?.targets ?? []).map(({ target }) => showAs(actionOf(action), target, { command })[tool])
  const lines = texts.filter((text) => text !== undefined)
  const left = plan.data === undefined ? 0 : plan.data.counts.targets - lines.length
  return (
    <Dialog title={t('showAs.title')} onClose={onClose} size="large" closeWord={t('ui:close')}>
      <Stack>
        <SelectField
          label={t('showAs.action')}
          data={actionTable
            .filter((each: ActionSpec) => each.bulk)
            .map(({ id }) => ({ value: id, label: words(`action.${id}`) }))}
          value={action}
          allowDeselect={false}
          // Only values of `data` can be chosen.
          onChange={(value) => value !== null && setAction(value as ActionId)}
        />
        <Segments
          label={t('showAs.tool')}
          value={tool}
          options={tools.map((value) => ({ value, label: t(`showAs.${value}`) }))}
          onChange={setTool}
        />
        {plan.isPending && <Skeleton lines={4} />}
        {plan.isError && <Problem title={words('plan.failed')} error={plan.error} />}
        {plan.data !== undefined &&
          (lines.length === 0 ? (
            <Empty title={plan.data.counts.targets === 0 ? words('plan.none') : t('showAs.noCommand')} />
          ) : (
            <CodeBlock label={t(`showAs.${tool}`)} text={lines.join(tool === 'api' ? '\n\n' : '\n')} />
          ))}
        {left > 0 && lines.length > 0 && <Notice>{t('showAs.more', { count: left })}</Notice>}
      </Stack>
    </Dialog>
  )
}
