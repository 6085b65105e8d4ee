/** Nothing in the list: the first step when there is nothing at all, a wider query when nothing matches, the reason when it may not be read. */

import type { ReactNode } from 'react'
import type { TableSnapshot } from '../../live/index.ts'
import { useMessages } from '../../i18n/index.ts'
import { createPath } from '../../routes/paths.ts'
import { Button, Buttons, Empty } from '../../ui/index.ts'
import { loosened } from './search/edit-query.ts'

/** What has rows of its own; other sources only add to them. */
const listedKinds: ReadonlySet<string> = new Set(['virtualmachines', 'virtualmachineinstances', 'pods', 'deployments'])

export interface EmptyListProps {
  text: string
  table: TableSnapshot
  onText: (text: string) => void
}

export function EmptyList(props: EmptyListProps): ReactNode {
  // It stands in a grid, which has nothing but rows.
  return (
    <div role="row">
      <div role="gridcell" aria-colindex={1}>
        <Content {...props} />
      </div>
    </div>
  )
}

function Content({ text, table, onText }: EmptyListProps): ReactNode {
  const t = useMessages('workloads')
  if (table.sources.some(({ state }) => state === 'loading')) return <Empty title={t('loading')} />
  const listed = table.sources.filter(({ resource }) => listedKinds.has(resource))
  const readable = listed.filter(({ state }) => state === 'live' || state === 'stale')
  const refused = listed.find(({ state }) => state === 'forbidden')
  if (readable.length === 0 && refused !== undefined) {
    return (
      <Empty icon="info" title={t('empty.forbidden')}>
        {refused.message}
      </Empty>
    )
  }
  if (text.trim() === '') {
    return (
      <Empty
        icon="workloads"
        title={t('empty.title')}
        action={
          <Button kind="primary" icon="add" href={createPath()}>
            {t('create')}
          </Button>
        }
      >
        {t('empty.text')}
      </Empty>
    )
  }
  return (
    <Empty
      icon="search"
      title={t('empty.noMatch')}
      action={
        <Buttons>
          <Button onClick={() => onText('')}>{t('empty.clear')}</Button>
          {loosened(text).map(({ without, query }) => (
            <Button key={without} kind="quiet" onClick={() => onText(query)}>
              {t('empty.without', { term: without })}
            </Button>
          ))}
        </Buttons>
      }
    >
      {t('empty.noMatchText')}
    </Empty>
  )
}
