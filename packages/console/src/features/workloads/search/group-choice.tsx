/** What the list is grouped by. */

import type { ReactNode } from 'react'
import { useMessages } from '../../../i18n/index.ts'
import { Button, Menu } from '../../../ui/index.ts'

export interface GroupChoiceProps {
  group: string | undefined
  onGroup: (group: string | undefined) => void
  /** Key of the labels that are looked at. */
  tag: string | undefined
  onMenu: (open: boolean) => void
}

const columns = ['namespace', 'node', 'status', 'kind', 'os', 'cluster'] as const

export function GroupChoice({ group, onGroup, tag, onMenu }: GroupChoiceProps): ReactNode {
  const t = useMessages('workloads')
  const byLabel = group?.startsWith('label:') === true ? group : tag === undefined ? undefined : `label:${tag}`
  const word = (id: string): string =>
    id.startsWith('label:') ? t('group.label', { key: id.slice('label:'.length) }) : t(`column.${id}`)
  const ids = [...columns, ...(byLabel === undefined ? [] : [byLabel])]
  return (
    <Menu
      label={t('group.title')}
      align="end"
      onChange={onMenu}
      groups={[
        {
          items: [
            { id: 'none', label: t('group.off'), checked: group === undefined, onSelect: () => onGroup(undefined) },
          ],
        },
        {
          title: t('group.title'),
          items: ids.map((id) => ({ id, label: word(id), checked: group === id, onSelect: () => onGroup(id) })),
        },
      ]}
    >
      <Button icon="down">{group === undefined ? t('group.button') : t('group.by', { column: word(group) })}</Button>
    </Menu>
  )
}
