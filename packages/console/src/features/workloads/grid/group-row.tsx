/** The head of a group of lines: opens and closes it. */

import { memo, type ReactNode } from 'react'
import { stateWord } from '../../../i18n/index.ts'
import { Icon } from '../../../ui/index.ts'
import type { CellTools } from '../columns/cells.tsx'
import styles from './grid.module.css'

export interface GroupRowProps {
  /** The column it is a value of, or a label. */
  by: string
  group: string
  count: number
  collapsed: boolean
  index: number
  top: number
  /** Columns it spans. */
  span: number
  active: boolean
  tools: CellTools
}

export const GroupRow = memo(function GroupRow(props: GroupRowProps): ReactNode {
  const { by, group, count, collapsed, index, top, span, active, tools } = props
  return (
    <div
      role="row"
      className={styles['group']}
      aria-rowindex={index + 2}
      data-index={index}
      style={{ transform: `translateY(${top}px)` }}
    >
      <div
        role="gridcell"
        className={styles['groupCell']}
        aria-colindex={1}
        aria-colspan={span}
        aria-expanded={!collapsed}
        data-column={0}
        tabIndex={active ? 0 : -1}
      >
        <Icon name={collapsed ? 'next' : 'down'} />
        <span className={styles['groupName']}>
          {group === '' ? tools.t('group.none') : by === 'status' ? stateWord(tools.t, group) : group}
        </span>
        <span className={styles['groupCount']}>{tools.format.number(count)}</span>
      </div>
    </div>
  )
})
